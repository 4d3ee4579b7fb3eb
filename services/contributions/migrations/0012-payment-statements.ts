import { Migration } from '../../kernel/migration.js';
import { byIndexOnly } from './0002-guards.js';

const owned = `contributor_id text not null, check (starts_with(contribution_id, contributor_id || ':'))`;
const key = `contribution_id text not null, ordinal integer not null check (ordinal >= 1)`;
const publishes = `is_own(contributor_id) and holds_role('publisher')`;
const policies: Record<string, { select: string; insert: string }> = {
  // Nothing is stated of a draft, so all of it is published.
  payment_statement: { select: 'true', insert: publishes },
  payment_evidence: {
    select: `is_own(contributor_id) or holds_role('auditor') or holds_role('mission-unit') or holds_role('mission-finance')`,
    insert: publishes,
  },
};

/** What contributors state to have paid, all of it each time, and that a contribution is gone from its source. */
export class PaymentStatements extends Migration {
  override up(): void {
    this.addSql(`create table payment_statement (
      ${key}, currency text not null, stated bigint not null check (stated >= 0), payments jsonb not null,
      gone_because text check (gone_because <> ''), by_subject text not null, by_organisation text not null,
      recorded_at timestamptz(3) not null default clock_timestamp(), released_at timestamptz(3),
      known_at timestamptz(3) not null generated always as (coalesce(released_at, recorded_at)) stored, ${owned},
      primary key (contribution_id, ordinal), check (gone_because is null or stated = 0),
      foreign key (contribution_id) references contribution deferrable initially deferred)`);
    // Payment references are for the two sides and auditors only.
    this.addSql(`create table payment_evidence (
      ${key}, payment_references jsonb not null, ${owned}, primary key (contribution_id, ordinal),
      foreign key (contribution_id, ordinal) references payment_statement
        deferrable initially deferred)`);
    for (const [table, { select, insert }] of Object.entries(policies)) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`create trigger kept_here after insert on ${table} referencing new table as added
        for each statement execute function guard_place()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (${select})`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    this.addSql(`create index contribution_by_lever on contribution (lever_id) where lever_id is not null`);
    this.addSql(guardStatement);
    this.addSql(`create trigger what_can_be_stated after insert on payment_statement referencing new table as added
      for each statement execute function guard_statement()`);
  }
}

// Each follows the one before, is in the currency of the contribution, and adds up.
const guardStatement = `create function guard_statement() returns trigger language plpgsql ${byIndexOnly} as $$
  declare wrong text;
  begin
    select a.contribution_id into wrong from added a join contribution c on c.id = a.contribution_id
      left join contribution_version v on v.contribution_id = c.id and v.number = c.number
      left join payment_statement b on b.contribution_id = a.contribution_id and b.ordinal = a.ordinal - 1
      where c.state = 'DRAFT' or v.currency is distinct from a.currency or (a.ordinal > 1) <> (b.ordinal is not null)
        or b.known_at > a.known_at or a.stated <> (select coalesce(sum((each->>'minor')::bigint), 0) from jsonb_array_elements(a.payments) as each)
        or exists (select from jsonb_array_elements(a.payments) as each
          where (each->>'minor')::bigint <= 0 or (each->>'paidOn')::date is null) limit 1;
    if wrong is not null then
      raise exception 'this cannot be stated of contribution %', wrong using errcode = 'check_violation';
    end if;
    return null;
  end $$`;
