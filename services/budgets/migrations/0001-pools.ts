import { keepHistoryOf } from '../../kernel/database.js';
import { Migration } from '../../kernel/migration.js';

const recorded = `recorded_at timestamptz(3) not null default date_trunc('milliseconds', clock_timestamp())`;
const years = `check (financial_year ~ '^[0-9]{4}-[0-9]{2}$')`;
const controlTotals = `'RDEL_ADMIN', 'RDEL_PROGRAMME', 'CDEL', 'RAME', 'CAME', 'NON_BUDGET'`;
const ofPool = `foreign key (pool_id, currency) references pooled_budget (id, currency)`;

/** Pools, what is expected in them, what they set aside and what recipients draw. */
export class Pools extends Migration {
  override up(): void {
    this.addSql(`create table pooled_budget (
      id text primary key, mission_id text not null check (mission_id <> ''), name text not null check (name <> ''),
      host_id text not null check (host_id <> ''), pool_manager_id text,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      state text not null check (state in ('DRAFT', 'OPEN', 'FROZEN', 'CLOSING', 'CLOSED')),
      annual boolean not null, calendar_years boolean not null,
      control_totals text[] not null
        check (cardinality(control_totals) > 0 and control_totals <@ array[${controlTotals}]),
      delegated_limit_minor bigint check (delegated_limit_minor >= 0),
      virement_limit_minor bigint check (virement_limit_minor >= 0),
      carry_over_cap_percent numeric check (carry_over_cap_percent between 0 and 100),
      closed_periods text[] not null default '{}', state_reason text check (state_reason <> ''),
      illustrative boolean not null, source_reference text, version integer not null default 1, ${recorded},
      unique (mission_id, name), unique (id, currency))`);
    this.financialYears();
    this.expected();
    this.addSql(`create table allocation (
      id text primary key, pool_id text not null, currency text not null, recipient_id text, challenge_id text,
      purpose text not null check (purpose <> ''), reference text check (reference <> ''),
      financial_year text not null ${years}, control_total text not null check (control_total in (${controlTotals})),
      amount_minor bigint not null check (amount_minor > 0), effective_on date not null, hash text not null,
      state text not null check (state in ('PROPOSED', 'RECOMMENDED', 'APPROVED', 'UNCOVERED', 'WITHDRAWN')),
      ring_fence text check (ring_fence <> ''),
      requested_by text not null, recommended_by text, approved_by text, approved_hash text,
      approved_as text check (approved_as in ('approver', 'accounting-officer')), version integer not null default 1, ${recorded},
      ${ofPool},
      constraint approved_by_another_person check (approved_by <> requested_by),
      constraint approved_as_somebody check (approved_as is null or approved_by is not null),
      constraint recommended_by_somebody check (state <> 'RECOMMENDED' or recommended_by is not null),
      constraint recommended_by_another_person check (recommended_by <> requested_by and recommended_by <> approved_by),
      constraint approval_binds_the_proposal check (approved_hash = hash),
      check ((state in ('APPROVED', 'UNCOVERED')) = (approved_by is not null)),
      check ((approved_by is null) = (approved_hash is null)))`);
    this.addSql(`create unique index allocation_reference_once on allocation (pool_id, reference)`);
    this.addSql(`create index on allocation (pool_id, id)`);
    this.addSql(`create index allocation_approved on allocation (pool_id, coalesce(recipient_id, ''), recorded_at)
      where state = 'APPROVED'`);
    this.addSql(`create index allocation_uncovered on allocation (pool_id) where state = 'UNCOVERED'`);
    this.stages();
    this.addSql(`create table drawdown (
      id text primary key, allocation_id text not null references allocation, currency text not null,
      amount_minor bigint not null check (amount_minor > 0), purpose text,
      state text not null check (state in ('REQUESTED', 'APPROVED', 'PAID', 'VOIDED', 'EXPIRED')),
      expires_on date, end_reason text check (end_reason <> ''), requested_by text not null, approved_by text,
      version integer not null default 1, ${recorded},
      constraint ended_for_a_reason check (state not in ('VOIDED', 'EXPIRED') or end_reason is not null),
      constraint approved_by_another_person check (approved_by <> requested_by),
      check (state = 'VOIDED' or (state = 'REQUESTED') = (approved_by is null)))`);
    this.addSql(`create index on drawdown (allocation_id, id)`);
    this.addSql(`create index drawdown_to_expire on drawdown (expires_on) where state = 'APPROVED'`);
    this.addSql(`create table virement (
      id text primary key, pool_id text not null, currency text not null, from_id text not null references allocation,
      to_id text not null references allocation, amount_minor bigint not null check (amount_minor > 0),
      reason text not null check (reason <> ''), consent text check (consent <> ''), hash text not null,
      state text not null check (state in ('REQUESTED', 'APPROVED', 'WITHDRAWN')),
      requested_by text not null, approved_by text,
      approved_as text check (approved_as in ('approver', 'accounting-officer')), version integer not null default 1, ${recorded},
      ${ofPool}, check (from_id <> to_id),
      constraint approved_as_somebody check (approved_as is null or approved_by is not null),
      constraint approved_by_another_person check (approved_by <> requested_by),
      check ((state = 'APPROVED') = (approved_by is not null)))`);
    this.addSql(`create index on virement (pool_id, id)`);
    for (const table of ['pooled_budget', 'allocation', 'drawdown', 'virement']) {
      for (const sql of keepHistoryOf(table)) this.addSql(sql);
    }
    this.fixedContent();
  }

  /** The parts of an allocation that are released one after the other, each when its gate is passed. */
  private stages(): void {
    this.addSql(`create table allocation_stage (
      allocation_id text not null references allocation, number integer not null check (number > 0),
      gate text not null check (gate <> ''), amount_minor bigint not null check (amount_minor > 0),
      released_by text, released_on date, evidence text check (evidence <> ''), released_at timestamptz(3), ${recorded},
      primary key (allocation_id, number),
      check (num_nulls(released_by, released_on, evidence, released_at) in (0, 4)))`);
    this.addSql(`create function stages_are_the_whole() returns trigger language plpgsql as $$
      begin
        if (select sum(amount_minor) from allocation_stage where allocation_id = new.allocation_id)
             <> (select amount_minor from allocation where id = new.allocation_id) then
          raise exception 'the stages of allocation % are not its amount', new.allocation_id using errcode = 'HB004';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger stages_are_the_whole after insert on allocation_stage
      deferrable initially deferred for each row execute function stages_are_the_whole()`);
    this.addSql(`create function refuse_second_release() returns trigger language plpgsql as $$
      begin
        raise exception 'a stage is released once and keeps its content' using errcode = 'HB002';
      end $$`);
    this.addSql(`create trigger released_once before update on allocation_stage for each row
      when (old.released_by is not null or (new.allocation_id, new.number, new.gate, new.amount_minor)
        is distinct from (old.allocation_id, old.number, old.gate, old.amount_minor))
      execute function refuse_second_release()`);
  }

  /** As kernel/dates.ts has it: 2025-26 runs from April, 2025-25 is a calendar year. */
  private financialYears(): void {
    this.addSql(`create function financial_year_of(day date, calendar boolean) returns text language sql immutable as $$
      select case when calendar then to_char(day, 'YYYY-YY')
        else to_char(day - interval '3 months', 'YYYY-') || to_char(day + interval '9 months', 'YY') end $$`);
    this.addSql(`create function financial_year_end(label text) returns date language sql immutable as $$
      select case when right(label, 2) = substr(label, 3, 2) then make_date(left(label, 4)::integer, 12, 31)
        else make_date(left(label, 4)::integer + 1, 3, 31) end $$`);
    this.addSql(`create function financial_year_before(label text) returns text language sql immutable as $$
      select financial_year_of((financial_year_end(label) - interval '1 year')::date, right(label, 2) = substr(label, 3, 2)) $$`);
  }

  /** What contributors are bound to pay in. Changes are kept as differences, so that it can be read at any date. */
  private expected(): void {
    this.addSql(`create table expected (
      id text primary key, mission_id text not null, contributor_id text not null, pool_id text, currency text not null,
      committed bigint not null check (committed >= 0), written_off bigint not null default 0 check (written_off >= 0),
      deposited bigint not null default 0 check (deposited >= 0), effective_on date not null, ${recorded},
      ${ofPool},
      constraint deposited_within_commitment check (deposited <= committed - written_off),
      constraint deposited_in_a_pool check (pool_id is not null or deposited = 0))`);
    this.addSql(`create index on expected (pool_id, id)`);
    this.addSql(`create index on expected (mission_id, currency) where pool_id is null`);
    this.addSql(`create table expected_change (
      id bigint generated always as identity primary key, contribution_id text not null references expected,
      pool_id text references pooled_budget, committed bigint not null, written_off bigint not null,
      effective_on date not null, ${recorded})`);
    this.addSql(`create index on expected_change (contribution_id)`);
    this.addSql(`create index on expected_change (pool_id)`);
    this.addSql(`create table expected_total (
      pool_id text primary key references pooled_budget, committed bigint not null, written_off bigint not null)`);
    this.addSql(`create function keep_expected_changes() returns trigger language plpgsql security definer
      set search_path = public, pg_temp as $$
      begin
        if tg_op = 'INSERT' then
          insert into expected_change (contribution_id, pool_id, committed, written_off, effective_on)
            values (new.id, new.pool_id, new.committed, new.written_off, new.effective_on);
          return null;
        end if;
        if new.pool_id is distinct from old.pool_id then
          if old.deposited > 0 then
            raise exception 'contribution % has deposits in pool % and stays there', old.id, old.pool_id using errcode = 'HB003';
          end if;
          -- The new pool gets what the old one loses, each part with the day it took effect.
          insert into expected_change (contribution_id, pool_id, committed, written_off, effective_on)
            select old.id, pool.id, pool.sign * sum(committed), pool.sign * sum(written_off), effective_on
              from expected_change cross join (values (old.pool_id, -1), (new.pool_id, 1)) as pool (id, sign)
             where contribution_id = old.id and pool_id is not distinct from old.pool_id
             group by pool.id, pool.sign, effective_on
            having sum(committed) <> 0 or sum(written_off) <> 0
             order by pool.sign, effective_on;
        end if;
        if (new.committed, new.written_off) <> (old.committed, old.written_off) then
          insert into expected_change (contribution_id, pool_id, committed, written_off, effective_on)
            values (new.id, new.pool_id, new.committed - old.committed, new.written_off - old.written_off, new.effective_on);
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger keep_expected_changes after insert or update of pool_id, committed, written_off on expected
      for each row execute function keep_expected_changes()`);
    this.addSql(`create function keep_expected_total() returns trigger language plpgsql security definer
      set search_path = public, pg_temp as $$
      begin
        insert into expected_total (pool_id, committed, written_off)
          select pool_id, sum(committed), sum(written_off) from changed where pool_id is not null group by pool_id
          on conflict (pool_id) do update set committed = expected_total.committed + excluded.committed,
                                              written_off = expected_total.written_off + excluded.written_off;
        return null;
      end $$`);
    this.addSql(`create trigger keep_expected_total after insert on expected_change referencing new table as changed
      for each statement execute function keep_expected_total()`);
  }

  /** An approval is of what was proposed: neither a proposal nor a request can change its content afterwards. */
  private fixedContent(): void {
    const allocation = `id pool_id currency recipient_id challenge_id purpose reference financial_year control_total
      amount_minor effective_on ring_fence hash requested_by`;
    const drawdown = 'id allocation_id currency amount_minor purpose requested_by';
    const virement = 'id pool_id currency from_id to_id amount_minor reason consent hash requested_by';
    this.addSql(`create function refuse_new_content() returns trigger language plpgsql as $$
      begin
        raise exception '% % keeps its content; withdraw it and propose anew', tg_table_name, old.id using errcode = 'HB002';
      end $$`);
    for (const [table, columns] of Object.entries({ allocation, drawdown, virement })) {
      const each = columns.split(/\s+/);
      const row = (name: string) => `(${each.map((column) => `${name}.${column}`).join(', ')})`;
      this.addSql(`create trigger fixed_content before update on ${table} for each row
        when (${row('new')} is distinct from ${row('old')}) execute function refuse_new_content()`);
    }
  }
}
