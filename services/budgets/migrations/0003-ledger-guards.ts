import { Migration } from '../../kernel/migration.js';

// A function keeps the plans of its first call, when the tables were empty; joined by index they stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const posted = `posted join transfer on transfer.id = posted.transfer_id join account on account.id = posted.account_id`;

/** What the database itself refuses, whoever asks: the second guard of the ledger's rules. */
export class LedgerGuards extends Migration {
  override up(): void {
    this.onlyAdded();
    this.keptByTriggers();
    this.keepAccounts();
    this.keepHoldings();
    this.transferIsWhole();
    this.approvalIsCovered();
    this.poolTakesIt();
  }

  /** Transfers and postings are never changed or deleted, not even by the owner of the tables. */
  private onlyAdded(): void {
    this.addSql(`create function refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% is only added to; correct it by a reversal', tg_table_name using errcode = 'HB002';
      end $$`);
    for (const table of ['transfer', 'posting', 'expected_change', 'chart']) {
      this.addSql(`create trigger only_added before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable always trigger only_added`);
    }
  }

  /** The running sums change only inside the triggers on postings. */
  private keptByTriggers(): void {
    this.addSql(`create function refuse_by_hand() returns trigger language plpgsql as $$
      begin
        raise exception '% is kept by the ledger, not by hand', tg_table_name using errcode = 'HB002';
      end $$`);
    for (const table of ['account_day', 'account_movement', 'holding', 'expected_total']) {
      this.addSql(`create trigger not_by_hand before insert or update or delete or truncate on ${table}
        for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    }
    this.addSql(`create trigger not_by_hand before update or delete or truncate on account
      for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    this.addSql(`create trigger opened_empty before insert on account
      for each row when (new.balance <> 0 or new.latest_on is not null) execute function refuse_by_hand()`);
  }

  private keepAccounts(): void {
    this.addSql(`create function keep_accounts() returns trigger ${definer} as $$
      declare wrong text;
      begin
        perform from account where id in (select account_id from posted) order by id for no key update;
        select transfer.id into wrong from ${posted} where transfer.written_by <> pg_current_xact_id() limit 1;
        if found then
          raise exception 'transfer % is written already; correct it by a reversal', wrong using errcode = 'HB002';
        end if;
        with moved as materialized (
          select account_id, effective_on, (recorded_at at time zone 'UTC')::date as recorded_on, kind, financial_year,
                 sum(amount) as change, count(*) as postings
            from posted join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5),
        balances as (
          update account set balance = balance + change, latest_on = greatest(account.latest_on, latest)
            from (select account_id, sum(change) as change, max(effective_on) as latest from moved group by 1) as each
           where account.id = each.account_id),
        days as (
          insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings) select * from moved
            on conflict (account_id, day, recorded_on, kind, financial_year) do update
              set change = account_day.change + excluded.change, postings = account_day.postings + excluded.postings)
        insert into account_movement (account_id, kind, financial_year, amount)
          select account_id, kind, financial_year, sum(change) from moved group by 1, 2, 3
          on conflict (account_id, kind, financial_year) do update
            set amount = account_movement.amount + excluded.amount;
        -- Only what is taken out for a day in the past needs more than the check on the balance.
        select touched.id into wrong from (
            select account.id, account.balance, min(transfer.effective_on) as since from ${posted}
             where posted.amount < 0 and account.kind not in ('CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE')
             group by account.id having min(transfer.effective_on) < account.latest_on) as touched
          cross join lateral (
            select touched.balance - coalesce(sum(change) over (order by day desc
                     rows between unbounded preceding and 1 preceding), 0) as at_its_end
              from (select day, sum(change) as change from account_day
                     where account_id = touched.id and day >= touched.since group by day) as each_day) as past
         where past.at_its_end < 0 limit 1;
        if found then
          raise exception 'account % would be below zero at the end of a past day', wrong using errcode = 'HB001';
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger keep_accounts after insert on posting referencing new table as posted
      for each statement execute function keep_accounts()`);
  }

  /** Inside the pool's accounts: what each allocation, drawdown and unmatched deposit holds, what each contribution paid. */
  private keepHoldings(): void {
    this.addSql(`create function keep_holdings() returns trigger ${definer} as $$
      declare wrong text;
      begin
        with moved as materialized (
          select holder.id as holder_id, account.kind as account_kind, sum(posted.amount) as change
            from ${posted} cross join lateral (values
              (transfer.allocation_id, array['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT']),
              (transfer.drawdown_id, array['ALLOCATION_RESERVED', 'WITH_RECIPIENT']),
              (transfer.deposit_id, array['SUSPENSE'])) as holder (id, kinds)
            where account.kind = any (holder.kinds) and holder.id is not null group by 1, 2),
        kept as (
          update holding set balance = balance + change from moved
           where holding.holder_id = moved.holder_id and holding.account_kind = moved.account_kind
          returning holding.holder_id, holding.account_kind)
        insert into holding (holder_id, account_kind, balance)
          select holder_id, account_kind, change from moved
           where not exists (select from kept where kept.holder_id = moved.holder_id and kept.account_kind = moved.account_kind);
        -- Materialized, so that no index by kind is read, which has every transfer of the pool in it.
        with line as materialized (
          select transfer.contribution_id, transfer.pool_id, transfer.id, transfer.kind as cause, account.kind, posted.amount
            from ${posted}),
        matched as materialized (
          select contribution_id, pool_id, min(id) as transfer_id, sum(amount) as change
            from line where kind = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH') group by 1, 2),
        kept as (
          update expected set deposited = deposited + change from matched
           where expected.id = matched.contribution_id and expected.pool_id = matched.pool_id returning expected.id)
        select transfer_id into wrong from matched
         where not exists (select from kept where kept.id = matched.contribution_id) limit 1;
        if found then
          raise exception 'transfer % matches no contribution that is expected in its pool', wrong using errcode = 'HB003';
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger keep_holdings after insert on posting referencing new table as posted
      for each statement execute function keep_holdings()`);
  }

  /** At commit: a transfer is complete, balanced, within its pool, year and control total, and follows the chart. */
  private transferIsWhole(): void {
    this.addSql(`create function transfer_is_whole() returns trigger ${definer} as $$
      declare found_postings record; original transfer;
      begin
        select count(*) as number, coalesce(sum(posting.amount), 0) as sum,
               sum(posting.amount) filter (where posting.amount > 0) as moved,
               coalesce(sum(posting.amount) filter (where account.kind = 'FX_DIFFERENCE'), 0) as exchanged,
               coalesce(sum(posting.amount) filter (where account.kind in ('UNALLOCATED', 'SUSPENSE')), 0) as credited,
               bool_and(account.pool_id = new.pool_id and account.control_total = any (pool.control_totals)
                 and (account.control_total = new.control_total or new.kind = 'SWITCH')
                 and (account.financial_year is not distinct from case when pool.annual then new.financial_year end
                   or new.kind = 'CARRY_IN' and account.kind = 'CARRIED_FORWARD'
                     and account.financial_year = financial_year_before(new.financial_year))) as within,
               bool_or(account.kind = any (array['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT']))
                 as of_allocation,
               bool_and(account.kind = any (case when (posting.amount > 0) = (new.reverses_id is null)
                 then charted.to_kinds else charted.from_kinds end)) as charted
          into found_postings
          from posting join account on account.id = posting.account_id join pooled_budget as pool on pool.id = account.pool_id
            cross join (select array_agg(from_kind) as from_kinds, array_agg(to_kind) as to_kinds
              from chart where transfer_kind = new.kind) as charted
         where posting.transfer_id = new.id;
        if found_postings.number < 2 or found_postings.sum <> 0 or found_postings.moved <> new.amount_minor then
          raise exception 'transfer % does not balance', new.id using errcode = 'HB004';
        end if;
        if not found_postings.within then
          raise exception 'transfer % mixes pools, financial years or control totals', new.id using errcode = 'HB005';
        end if;
        if found_postings.charted is not true then
          raise exception 'transfer % is not what a % moves', new.id, new.kind using errcode = 'HB006';
        end if;
        if new.kind in ('DEPOSIT', 'MATCH') <> (new.deposit_id is not null)
            or found_postings.of_allocation <> (new.allocation_id is not null)
            or new.kind in ('RESERVATION', 'RELEASE', 'PAYMENT', 'REFUND') <> (new.drawdown_id is not null)
            or new.kind = 'RETURN' and new.contribution_id is null then
          raise exception 'transfer % does not name what it is for', new.id using errcode = 'HB006';
        end if;
        if new.kind = 'DEPOSIT' and new.reverses_id is null
            and found_postings.exchanged <> coalesce(new.realised_minor - found_postings.credited, 0) then
          raise exception 'transfer % states another exchange difference than it posts', new.id using errcode = 'HB004';
        end if;
        if new.reverses_id is not null then
          select * into original from transfer where id = new.reverses_id;
          if (new.kind, new.pool_id, new.contribution_id, new.allocation_id, new.drawdown_id, new.deposit_id, new.virement_id)
               is distinct from (original.kind, original.pool_id, original.contribution_id, original.allocation_id,
                                 original.drawdown_id, original.deposit_id, original.virement_id)
             or original.reverses_id is not null
             or exists (select account_id, -amount from posting where transfer_id = new.id
                        except select account_id, amount from posting where transfer_id = original.id)
             or exists (select account_id, amount from posting where transfer_id = original.id
                        except select account_id, -amount from posting where transfer_id = new.id) then
            raise exception 'transfer % does not reverse transfer % exactly', new.id, original.id using errcode = 'HB004';
          end if;
        end if;
        if new.kind = 'RESERVATION' and new.reverses_id is null and exists (select from allocation_stage where allocation_id = new.allocation_id)
           and (select coalesce(sum(balance), 0) from holding where holder_id = new.allocation_id
                  and account_kind in ('ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'))
             > (select coalesce(sum(amount_minor), 0) from allocation_stage
                 where allocation_id = new.allocation_id and released_by is not null) then
          raise exception 'allocation % draws on a stage that is not released', new.allocation_id using errcode = 'HB008';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger transfer_is_whole after insert on transfer deferrable initially deferred
      for each row execute function transfer_is_whole()`);
  }

  /** At commit: what is approved is set aside in full, and nothing else is. */
  private approvalIsCovered(): void {
    this.addSql(`create function approval_is_covered() returns trigger ${definer} as $$
      declare set_aside numeric; approved boolean;
      begin
        select coalesce(sum(posting.amount), 0) into set_aside from transfer
            join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
          where transfer.allocation_id = new.id and transfer.kind = 'ALLOCATION' and account.kind = 'ALLOCATION_AVAILABLE';
        select state = 'APPROVED' into approved from allocation where id = new.id;
        if set_aside <> (case when approved then new.amount_minor else 0 end) then
          raise exception 'allocation % is % with % set aside', new.id, new.state, set_aside using errcode = 'HB007';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger approval_is_covered after insert or update on allocation
      deferrable initially deferred for each row execute function approval_is_covered()`);
  }

  /**
   * Nothing moves in a pool that is not open, or in a period that is closed. Movers share a lock that whoever freezes the
   * pool or closes a period needs alone, so neither can slip past the other.
   */
  private poolTakesIt(): void {
    this.addSql(`create function pool_takes_it() returns trigger ${definer} as $$
      declare wrong record;
      begin
        perform pg_advisory_xact_lock_shared(hashtext('pool moves'), hashtext(pool_id))
          from (select distinct pool_id from added order by 1) as pool;
        select added.id, added.period, pool.state into wrong from added join pooled_budget as pool on pool.id = added.pool_id
         where pool.state not in ('OPEN', 'CLOSING') or (pool.state = 'CLOSING' and added.kind = 'DEPOSIT' and added.reverses_id is null)
            or added.financial_year || ' ' || added.period = any (pool.closed_periods) limit 1;
        if found then
          raise exception 'transfer %: its pool is % or % is closed', wrong.id, wrong.state, wrong.period using errcode = 'HB009';
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger pool_takes_it after insert on transfer referencing new table as added
      for each statement execute function pool_takes_it()`);
    this.addSql(`create function pool_is_still() returns trigger language plpgsql as $$
      begin
        if not new.closed_periods @> old.closed_periods then
          raise exception 'a period that was closed stays closed' using errcode = 'HB002';
        end if;
        perform pg_advisory_xact_lock(hashtext('pool moves'), hashtext(new.id));
        return new;
      end $$`);
    // Its name puts it before keep_history: what moved before is recorded earlier than the change that halted it.
    this.addSql(`create trigger halt_moves before update on pooled_budget for each row
      when ((new.state, new.closed_periods) is distinct from (old.state, old.closed_periods)) execute function pool_is_still()`);
    this.addSql(`create function refuse_another_host() returns trigger language plpgsql as $$
      begin
        raise exception 'a pool keeps its host, mission and currency' using errcode = 'HB002';
      end $$`);
    this.addSql(`create trigger one_accounting_officer before update on pooled_budget for each row
      when ((new.id, new.host_id, new.mission_id, new.currency, new.annual, new.calendar_years)
        is distinct from (old.id, old.host_id, old.mission_id, old.currency, old.annual, old.calendar_years))
      execute function refuse_another_host()`);
  }
}
