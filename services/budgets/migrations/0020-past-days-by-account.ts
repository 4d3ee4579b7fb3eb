import { Migration } from '../../kernel/migration.js';

// As in 0003-ledger-guards: joined by index, the plans of a first call on empty tables stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const posted = `posted join transfer on transfer.id = posted.transfer_id join account on account.id = posted.account_id`;

const hourOf = (instant: string) => `date_trunc('hour', ${instant}, 'UTC')`;
const inHour = '(account_id, hour, day, kind, financial_year)';

/** What an account holds at the end of past days is checked at the same cost however many accounts there are. */
export class PastDaysByAccount extends Migration {
  override up(): void {
    const added = (table: string) => `update
              set change = ${table}.change + excluded.change, postings = ${table}.postings + excluded.postings,
                  last_id = greatest(${table}.last_id, excluded.last_id)`;
    this.addSql(`create or replace function keep_accounts() returns trigger ${definer} as $$
      declare wrong text;
      begin
        perform from account where id in (select account_id from posted) order by id for no key update;
        select transfer.id into wrong from ${posted} where transfer.written_by <> pg_current_xact_id() limit 1;
        if found then
          raise exception 'transfer % is written already; correct it by a reversal', wrong using errcode = 'HB002';
        end if;
        with moved as materialized (
          select account_id, ${hourOf('recorded_at')} as hour, effective_on as day, kind, financial_year,
                 sum(amount) as change, count(*) as postings, min(transfer_id) as first_id, max(transfer_id) as last_id
            from posted join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5),
        balances as (
          update account set balance = balance + change, latest_on = greatest(account.latest_on, latest)
            from (select account_id, sum(change) as change, max(day) as latest from moved group by 1) as each
           where account.id = each.account_id),
        hours as (
          insert into account_hour (account_id, hour, day, kind, financial_year, change, postings, last_id)
            select account_id, hour, day, kind, financial_year, change, postings, last_id from moved
            on conflict ${inHour} do ${added('account_hour')}),
        days as (
          insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings, first_id, last_id)
            select account_id, day, (hour at time zone 'UTC')::date, kind, financial_year,
                   sum(change), sum(postings), min(first_id), max(last_id) from moved group by 1, 2, 3, 4, 5
            on conflict (account_id, day, recorded_on, kind, financial_year) do ${added('account_day')},
                  first_id = least(account_day.first_id, excluded.first_id))
        insert into account_movement (account_id, kind, financial_year, amount)
          select account_id, kind, financial_year, sum(change) from moved group by 1, 2, 3
          on conflict (account_id, kind, financial_year) do update
            set amount = account_movement.amount + excluded.amount;
        -- Only what is taken out for a day in the past needs more than the check on the balance.
        with taken as materialized (
          select account_id, min(effective_on) as since from posted join transfer on transfer.id = transfer_id
           where amount < 0 group by 1)
        select touched.id into wrong from taken
          cross join lateral (
            -- Without the fence the first plan of a connection, made while there are few accounts, may read all of them.
            select id, balance from account where id = taken.account_id and latest_on > taken.since
               and kind not in ('CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE') offset 0) as touched
          cross join lateral (
            select touched.balance - coalesce(sum(change) over (order by day desc
                     rows between unbounded preceding and 1 preceding), 0) as at_its_end
              from (select day, sum(change) as change from account_day
                     where account_id = touched.id and day >= taken.since group by day) as each_day) as past
         where past.at_its_end < 0 limit 1;
        if found then
          raise exception 'account % would be below zero at the end of a past day', wrong using errcode = 'HB001';
        end if;
        return null;
      end $$`);
  }
}
