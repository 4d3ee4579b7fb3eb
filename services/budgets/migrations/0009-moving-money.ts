import { Migration } from '../../kernel/migration.js';

// As in 0003-ledger-guards: joined by index, the plans of a first call on empty tables stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const postings = 'posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id';
const lines = `transfer join ${postings}`;

/** What the database itself refuses of money that moves between allocations and years, lapses or is returned. */
export class MovingMoney extends Migration {
  override up(): void {
    this.addSql(`create unique index carried_out_once on transfer (pool_id, financial_year, control_total)
      where kind = 'CARRY_OUT' and reverses_id is null`);
    this.addSql(`create index stakes_moved on transfer (pool_id, id) where kind in ('CARRY_IN', 'SWITCH', 'RETURN')`);
    this.neverReversed();
    this.keptBorders();
    this.virementIsMoved();
    this.virementWithinLimit();
    this.onlyApprovedHold();
    this.yearHasTurned();
    this.returnedByShares();
    this.returnedWasPaidIn();
  }

  /** One half of a deed is not taken back without the other. */
  private neverReversed(): void {
    this.addSql(`create function refuse_reversal() returns trigger language plpgsql as $$
      begin
        raise exception 'a % is undone by a new one in the other direction', new.kind using errcode = 'HB004';
      end $$`);
    this.addSql(`create trigger never_reversed before insert on transfer for each row
      when (new.reverses_id is not null and new.kind in ('VIREMENT', 'SWITCH', 'CARRY_OUT', 'CARRY_IN', 'RELEASE'))
      execute function refuse_reversal()`);
  }

  /** Money keeps its pool and year, and without a named consent its control total and ring-fence. */
  private keptBorders(): void {
    this.addSql(`create function virement_keeps_borders() returns trigger ${definer} as $$
      begin
        perform from allocation as source join allocation as target on target.id = new.to_id
            join pooled_budget as pool on pool.id = new.pool_id
          where source.id = new.from_id and source.pool_id = pool.id and target.pool_id = pool.id
            and (source.financial_year = target.financial_year or not pool.annual)
            and (new.consent is not null
              or source.control_total = target.control_total and source.ring_fence is not distinct from target.ring_fence);
        if not found then
          raise exception 'virement % would cross a border', new.id using errcode = 'HB014';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger keeps_borders before insert on virement
      for each row execute function virement_keeps_borders()`);
  }

  /** At commit: an approved virement has moved in full, at once, between approved allocations; no other one has moved. */
  private virementIsMoved(): void {
    this.addSql(`create function virement_is_moved() returns trigger ${definer} as $$
      declare asked virement; source allocation; target allocation; moved record; switched bigint;
      begin
        select * into asked from virement where id = to_jsonb(new) ->> tg_argv[0];
        select * into source from allocation where id = asked.from_id;
        select * into target from allocation where id = asked.to_id;
        select count(distinct transfer.id) as number, count(distinct effective_on) as days,
               coalesce(bool_and(transfer.pool_id = asked.pool_id and (kind.name <> 'SWITCH' or transfer.consent = asked.consent)), true) as within,
               coalesce(sum(amount) filter (where kind.name = 'VIREMENT' and allocation_id = source.id and is_available), 0) as taken,
               coalesce(sum(amount) filter (where kind.name = 'VIREMENT' and allocation_id = target.id and is_available), 0) as given,
               coalesce(sum(amount) filter (where kind.name = 'SWITCH' and account.control_total = source.control_total), 0) as switched_from,
               coalesce(sum(amount) filter (where kind.name = 'SWITCH' and account.control_total = target.control_total), 0) as switched_to
          into moved
          from ${lines} cross join lateral (select transfer.kind as name, account.kind = 'ALLOCATION_AVAILABLE' as is_available) as kind
         where transfer.virement_id = asked.id;
        switched := case when source.control_total = target.control_total then 0 else asked.amount_minor end;
        if asked.state = 'APPROVED' and (moved.within, moved.days, source.state, target.state, moved.number, moved.taken,
               moved.given, moved.switched_from, moved.switched_to)
             is distinct from (true, 1::bigint, 'APPROVED', 'APPROVED', case when switched > 0 then 3 else 2 end::bigint,
               -asked.amount_minor::numeric, asked.amount_minor::numeric, -switched::numeric, switched::numeric)
           or asked.state <> 'APPROVED' and moved.number > 0 then
          raise exception 'virement % is % and has not moved just so', asked.id, asked.state using errcode = 'HB007';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger virement_is_moved after insert or update on virement
      deferrable initially deferred for each row execute function virement_is_moved('id')`);
    this.addSql(`create constraint trigger virement_is_moved after insert on transfer deferrable initially deferred
      for each row when (new.virement_id is not null) execute function virement_is_moved('virement_id')`);
  }

  /** At commit: only an accounting officer passes the limit, however the amount is split within 30 days. */
  private virementWithinLimit(): void {
    this.addSql(`create function virement_within_limit() returns trigger ${definer} as $$
      declare most bigint; moved numeric;
      begin
        select virement_limit_minor into most from pooled_budget where id = new.pool_id;
        if most is null then
          return null;
        end if;
        -- The deed holds these locks already; whoever writes by hand waits here for the others.
        perform from allocation where id in (new.from_id, new.to_id) order by id for no key update;
        select sum(other.amount_minor) into moved from virement as other
         where other.pool_id = new.pool_id and other.state = 'APPROVED'
           and other.from_id in (new.from_id, new.to_id) and other.to_id in (new.from_id, new.to_id)
           and exists (select from transfer as theirs join transfer as ours on ours.virement_id = new.id
             where theirs.virement_id = other.id and (theirs.recorded_at > ours.recorded_at - interval '30 days'
               or abs(theirs.effective_on - ours.effective_on) <= 30));
        if moved > most then
          raise exception 'virement % passes the limit of its pool: % of %', new.id, moved, most using errcode = 'HB010';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger virement_within_limit after insert or update on virement
      deferrable initially deferred for each row
      when (new.state = 'APPROVED' and new.approved_as is distinct from 'accounting-officer')
      execute function virement_within_limit()`);
  }

  /** At commit: an allocation that is not approved holds nothing, so that no money stands where nobody can reach it. */
  private onlyApprovedHold(): void {
    this.addSql(`create function only_approved_hold() returns trigger ${definer} as $$
      begin
        perform from allocation join holding on holder_id = allocation.id
          where allocation.id = to_jsonb(new) ->> tg_argv[0] and state <> 'APPROVED' and balance > 0;
        if found then
          raise exception 'allocation % is not approved and holds money', to_jsonb(new) ->> tg_argv[0] using errcode = 'HB007';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger only_approved_hold after update on allocation deferrable initially deferred
      for each row when (new.state <> 'APPROVED') execute function only_approved_hold('id')`);
    this.addSql(`create constraint trigger only_approved_hold after insert on transfer deferrable initially deferred
      for each row when (new.reverses_id is not null and new.allocation_id is not null)
      execute function only_approved_hold('allocation_id')`);
  }

  /** At commit: what is carried out is carried in, on the turn of a year that is over and within the cap; nothing lapses before. */
  private yearHasTurned(): void {
    this.addSql(`create function year_has_turned() returns trigger ${definer} as $$
      declare pool pooled_budget; ended text; last_day date; came_in numeric;
      begin
        select * into pool from pooled_budget where id = new.pool_id;
        ended := case when new.kind = 'CARRY_IN' then financial_year_before(new.financial_year) else new.financial_year end;
        last_day := financial_year_end(ended);
        if not pool.annual or last_day >= (clock_timestamp() at time zone 'Europe/London')::date
           or (case new.kind when 'CARRY_OUT' then new.effective_on <> last_day
                when 'CARRY_IN' then new.effective_on <> last_day + 1 else new.effective_on < last_day end) then
          raise exception 'transfer %: no % of % on %', new.id, new.kind, ended, new.effective_on using errcode = 'HB015';
        end if;
        if new.kind = 'LAPSE' then
          return null;
        end if;
        perform from transfer as twin where twin.pool_id = new.pool_id and twin.control_total = new.control_total
          and twin.kind = case new.kind when 'CARRY_OUT' then 'CARRY_IN' else 'CARRY_OUT' end
          and case new.kind when 'CARRY_OUT' then financial_year_before(twin.financial_year) else twin.financial_year end = ended
          and twin.amount_minor = new.amount_minor and twin.written_by = new.written_by;
        if not found then
          raise exception 'transfer %: what is carried out is carried in', new.id using errcode = 'HB004';
        end if;
        if new.kind = 'CARRY_OUT' and pool.carry_over_cap_percent is not null then
          select coalesce(sum(moved.amount), 0) into came_in from account
              join account_movement as moved on moved.account_id = account.id
            where account.pool_id = new.pool_id and account.financial_year = ended and account.kind = 'UNALLOCATED'
              and account.control_total = new.control_total and moved.kind in ('DEPOSIT', 'MATCH', 'CARRY_IN');
          if new.amount_minor * 100 > came_in * pool.carry_over_cap_percent then
            raise exception 'transfer % carries over more than % percent', new.id, pool.carry_over_cap_percent using errcode = 'HB010';
          end if;
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger year_has_turned after insert on transfer deferrable initially deferred
      for each row when (new.kind in ('CARRY_OUT', 'CARRY_IN', 'LAPSE')) execute function year_has_turned()`);
  }

  /**
   * At commit: nobody is given back more than it paid into the pool; and, where no money came from or went to another year
   * or control total, every part is its share of the whole, rounded up or down by less than a penny.
   */
  private returnedByShares(): void {
    this.addSql(`create function returned_by_shares() returns trigger ${definer} as $$
      declare unfair boolean;
      begin
        select coalesce(sum(posting.amount), 0) > coalesce((select deposited from expected
                 where id = new.contribution_id and pool_id = new.pool_id), 0) into unfair
          from ${lines} where transfer.contribution_id = new.contribution_id and account.kind = 'RETURNED';
        if unfair then
          raise exception 'transfer % returns more than was paid in', new.id using errcode = 'HB003';
        end if;
        perform from transfer where pool_id = new.pool_id and kind in ('CARRY_IN', 'SWITCH', 'RETURN')
          and (kind <> 'RETURN' or written_by = new.written_by and id < new.id) limit 1;
        if found then
          return null;
        end if;
        with place as (
          select account.financial_year, account.control_total from posting join account on account.id = posting.account_id
           where posting.transfer_id = new.id and account.kind = 'RETURNED'),
        stake as (
          select transfer.contribution_id, coalesce(sum(posting.amount) filter (where account.kind = 'UNALLOCATED'
                   and transfer.kind in ('DEPOSIT', 'MATCH')), 0) - coalesce(sum(posting.amount) filter (
                   where account.kind = 'RETURNED' and transfer.written_by <> new.written_by), 0) as weight,
                 coalesce(sum(posting.amount) filter (
                   where account.kind = 'RETURNED' and transfer.written_by = new.written_by), 0) as part
            from expected join transfer on transfer.contribution_id = expected.id join ${postings}
            join place on account.control_total = place.control_total
             and account.financial_year is not distinct from place.financial_year
           where expected.pool_id = new.pool_id and transfer.pool_id = new.pool_id
           group by transfer.contribution_id)
        select bool_or(abs(stake.part * whole.weight - whole.part * greatest(stake.weight, 0)) >= whole.weight) into unfair
          from stake cross join (select sum(greatest(weight, 0)) as weight, sum(part) as part from stake) as whole;
        if unfair then
          raise exception 'transfer % is not returned by shares', new.id using errcode = 'HB016';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger returned_by_shares after insert on transfer deferrable initially deferred
      for each row when (new.kind = 'RETURN' and new.reverses_id is null) execute function returned_by_shares()`);
  }

  /** At commit: a deposit that was reversed since leaves nobody with more than it paid in. */
  private returnedWasPaidIn(): void {
    this.addSql(`create function returned_was_paid_in() returns trigger ${definer} as $$
      begin
        perform from expected where id = new.contribution_id and deposited < (
          select coalesce(sum(posting.amount), 0) from ${lines}
           where transfer.contribution_id = new.contribution_id and account.kind = 'RETURNED');
        if found then
          raise exception 'transfer % takes back what was returned already', new.id using errcode = 'HB003';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger returned_was_paid_in after insert on transfer deferrable initially deferred
      for each row when (new.kind in ('DEPOSIT', 'MATCH') and new.reverses_id is not null and new.contribution_id is not null)
      execute function returned_was_paid_in()`);
  }
}
