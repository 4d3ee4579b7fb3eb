import { Migration } from '../../kernel/migration.js';
import { allowedSteps, byIndexOnly } from './0002-guards.js';

const inside = `holds_role('auditor') or holds_role('mission-unit') or holds_role('mission-finance') or is_own(contributor_id)`;

/** A write-off holds once two people of two organisations have approved the same. Earlier ones had one approval, and stay. */
export class WriteOffApprovals extends Migration {
  override up(): void {
    this.addSql(`create table write_off_approval (
      contribution_id text not null, ordinal integer not null check (ordinal >= 1),
      content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
      side text not null check (side in ('CONTRIBUTOR', 'MISSION')), subject text not null, organisation text not null,
      version integer not null, amount bigint not null check (amount > 0), currency text not null,
      reason text not null check (reason <> ''), effective_on date not null,
      recorded_at timestamptz(3) not null default clock_timestamp(), contributor_id text not null,
      primary key (contribution_id, ordinal), check (starts_with(contribution_id, contributor_id || ':')),
      foreign key (contribution_id) references contribution deferrable initially deferred)`);
    this.addSql(`alter table write_off add content_hash text`);
    this.addSql(`create unique index write_off_approved on write_off (contribution_id, content_hash)`);
    this.addSql(`create trigger append_only before update or delete or truncate on write_off_approval
      for each statement execute function refuse_change()`);
    this.addSql(`create trigger kept_here after insert on write_off_approval referencing new table as added
      for each statement execute function guard_place()`);
    this.addSql(isWrittenOff);
    this.policies();
    this.addSql(guardApproval);
    this.addSql(`create trigger what_can_be_approved after insert on write_off_approval referencing new table as added
      for each statement execute function guard_write_off_approval()`);
    this.addSql(guardWriteOff);
    this.addSql(`create trigger two_approvals after insert on write_off referencing new table as added
      for each statement execute function guard_write_off()`);
    // The second approval may be the mission's, and what follows from it is a step of the contribution.
    const steps = [
      ...allowedSteps,
      ...['COMMITTED WRITTEN_OFF', 'DEPOSITED FULFILLED', 'FULFILLED CLOSED'].map((step) => `'FINANCE ${step}'`),
    ];
    this.addSql(`create or replace function may_become(party text, old_state text, new_state text) returns boolean
      language sql immutable return party || ' ' || old_state || ' ' || new_state = any (array[${steps.join(', ')}])`);
  }

  private policies(): void {
    this.addSql(`alter table write_off_approval enable row level security, force row level security`);
    // What waits is between the two sides; what holds shows who approved it.
    this.addSql(`create policy seen on write_off_approval for select
      using (${inside} or is_written_off(contribution_id, content_hash))`);
    this.addSql(`create policy written on write_off_approval for insert
      with check (is_own(organisation) and ((side = 'MISSION' and holds_role('mission-finance'))
        or (side = 'CONTRIBUTOR' and holds_role('accounting-officer') and is_own(contributor_id))))`);
    this.addSql(`alter policy written on write_off
      with check (holds_role('mission-finance') or (holds_role('accounting-officer') and is_own(contributor_id)))`);
  }
}

// In plpgsql, so that it stays a look-up for each row that is read, of which there are few.
const isWrittenOff = `create function is_written_off(contribution text, hash text) returns boolean language plpgsql stable as $$
  begin
    return exists (select from write_off w where w.contribution_id = contribution and w.content_hash = hash);
  end $$`;

// Of a contribution as it stands now; each follows the one before.
const guardApproval = `create function guard_write_off_approval() returns trigger language plpgsql ${byIndexOnly} as $$
  declare wrong text;
  begin
    select a.contribution_id into wrong from added a left join contribution c on c.id = a.contribution_id
      left join contribution_version v on v.contribution_id = c.id and v.number = c.number
      where c.id is null or c.state not in ('COMMITTED', 'PART_DEPOSITED') or c.version <> a.version or v.currency is distinct from a.currency
        or is_written_off(a.contribution_id, a.content_hash)
        or a.ordinal > 1 and not exists (select from write_off_approval b
          where b.contribution_id = a.contribution_id and b.ordinal = a.ordinal - 1) limit 1;
    if wrong is not null then
      raise exception 'no write-off of contribution % can be approved so', wrong using errcode = 'check_violation';
    end if;
    return null;
  end $$`;

// The last two approvals are of just this, and no more goes than is outstanding.
const guardWriteOff = `create function guard_write_off() returns trigger language plpgsql ${byIndexOnly} as $$
  declare wrong text;
  begin
    select a.contribution_id into wrong from added a left join contribution c on c.id = a.contribution_id
      where not exists (select from write_off_approval one
          join write_off_approval other on other.contribution_id = one.contribution_id and other.ordinal = one.ordinal - 1
        where one.contribution_id = a.contribution_id and one.side <> other.side and one.subject <> other.subject
          and one.organisation <> other.organisation
          and (one.version, one.content_hash, one.amount, one.currency, one.reason, one.effective_on)
            = (c.version, a.content_hash, a.amount, a.currency, a.reason, a.effective_on)
          and (other.version, other.content_hash, other.amount, other.currency, other.reason, other.effective_on)
            = (c.version, a.content_hash, a.amount, a.currency, a.reason, a.effective_on)
          and not exists (select from write_off_approval later
            where later.contribution_id = one.contribution_id and later.ordinal > one.ordinal)) limit 1;
    if wrong is not null then
      raise exception 'the write-off of contribution % lacks two approvals of it', wrong using errcode = 'check_violation';
    end if;
    select a.contribution_id into wrong from added a join contribution c on c.id = a.contribution_id
      join contribution_version v on v.contribution_id = c.id and v.number = c.number
      where v.total < (select sum(amount) from write_off w where w.contribution_id = a.contribution_id)
        + coalesce((select deposited from ledger_deposit d where d.contribution_id = a.contribution_id order by d.id desc limit 1), 0) limit 1;
    if wrong is not null then
      raise exception 'the write-off of contribution % is more than is outstanding', wrong using errcode = 'check_violation';
    end if;
    return null;
  end $$`;
