import { Migration } from '../../kernel/migration.js';
import { addKeptColumns } from './add-kept-columns.js';

// As in 0003-ledger-guards: joined by index, the plans of a first call on empty tables stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';

/** The first day of a pool, stated when it is opened and kept: nothing in it takes effect earlier. */
export class FirstDayOfPools extends Migration {
  override up(): void {
    for (const sql of addKeptColumns('pooled_budget', { starts_on: 'date' })) this.addSql(sql);
    this.addSql(`create or replace function refuse_another_host() returns trigger language plpgsql as $$
      begin
        raise exception 'a pool keeps its host, mission, currency and first day' using errcode = 'HB002';
      end $$`);
    this.addSql(`create trigger fixed_first_day before update on pooled_budget for each row
      when (new.starts_on is distinct from old.starts_on) execute function refuse_another_host()`);
    this.poolTakesIt();
  }

  /** As 0003-ledger-guards has it, and nothing of a day or financial year before the pool. */
  private poolTakesIt(): void {
    this.addSql(`create or replace function pool_takes_it() returns trigger language plpgsql security definer
      set search_path = public, pg_temp ${byIndex} as $$
      declare wrong record;
      begin
        perform pg_advisory_xact_lock_shared(hashtext('pool moves'), hashtext(pool_id))
          from (select distinct pool_id from added order by 1) as pool;
        -- One question for both, as it is asked of everything that is written.
        select added.id, added.period, pool.state, pool.starts_on,
               least(added.effective_on, financial_year_end(added.financial_year)) < pool.starts_on as is_early into wrong
          from added join pooled_budget as pool on pool.id = added.pool_id
         where pool.state not in ('OPEN', 'CLOSING') or (pool.state = 'CLOSING' and added.kind = 'DEPOSIT' and added.reverses_id is null)
            or added.financial_year || ' ' || added.period = any (pool.closed_periods)
            or pool.starts_on is not null
              and least(added.effective_on, financial_year_end(added.financial_year)) < pool.starts_on limit 1;
        if found and wrong.is_early then
          raise exception 'transfer %: its pool begins on %', wrong.id, wrong.starts_on using errcode = 'HB020';
        elsif found then
          raise exception 'transfer %: its pool is % or % is closed', wrong.id, wrong.state, wrong.period using errcode = 'HB009';
        end if;
        return null;
      end $$`);
  }
}
