import { Migration } from '../../kernel/migration.js';

// As in 0003-ledger-guards: joined by index, the plans of a first call on empty tables stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const posted = `posted join transfer on transfer.id = posted.transfer_id join account on account.id = posted.account_id`;

/**
 * What reading still had to walk postings for: what an account held before a page of its history, where a list as known
 * earlier begins, and how much was certified at another day or instant.
 */
export class SumsThatStaySmall extends Migration {
  override up(): void {
    this.boundsOfDays();
    this.keepAccounts();
    this.certifiedDays();
    this.keepCertified();
    this.proof();
  }

  /** The first and last transfer of each sum, by id: a sum that ends before a page is taken whole. */
  private boundsOfDays(): void {
    this.addSql(`alter table account_day add column first_id text, add column last_id text`);
    this.addSql(`alter table account_day disable trigger not_by_hand`);
    this.addSql(`update account_day set first_id = line.first_id, last_id = line.last_id
      from (select account_id, effective_on, (recorded_at at time zone 'UTC')::date as recorded_on, kind, financial_year,
                   min(id) as first_id, max(id) as last_id
              from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5) as line
     where account_day.account_id = line.account_id and account_day.day = line.effective_on
       and account_day.recorded_on = line.recorded_on and account_day.kind = line.kind
       and account_day.financial_year = line.financial_year`);
    this.addSql(`alter table account_day enable trigger not_by_hand`);
    this.addSql(`alter table account_day alter column first_id set not null, alter column last_id set not null`);
  }

  /** As 0003-ledger-guards has it, and the bounds of each day. */
  private keepAccounts(): void {
    this.addSql(`create or replace function keep_accounts() returns trigger ${definer} as $$
      declare wrong text;
      begin
        perform from account where id in (select account_id from posted) order by id for no key update;
        select transfer.id into wrong from ${posted} where transfer.written_by <> pg_current_xact_id() limit 1;
        if found then
          raise exception 'transfer % is written already; correct it by a reversal', wrong using errcode = 'HB002';
        end if;
        with moved as materialized (
          select account_id, effective_on, (recorded_at at time zone 'UTC')::date as recorded_on, kind, financial_year,
                 sum(amount) as change, count(*) as postings, min(transfer_id) as first_id, max(transfer_id) as last_id
            from posted join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5),
        balances as (
          update account set balance = balance + change, latest_on = greatest(account.latest_on, latest)
            from (select account_id, sum(change) as change, max(effective_on) as latest from moved group by 1) as each
           where account.id = each.account_id),
        days as (
          insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings, first_id, last_id)
            select * from moved
            on conflict (account_id, day, recorded_on, kind, financial_year) do update
              set change = account_day.change + excluded.change, postings = account_day.postings + excluded.postings,
                  first_id = least(account_day.first_id, excluded.first_id),
                  last_id = greatest(account_day.last_id, excluded.last_id))
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
  }

  /** By the day of effect and the day, in UTC, from which on both the transfer and its certificate are known. */
  private certifiedDays(): void {
    this.addSql(`create table certified_day (
      account_id text not null references account, day date not null, known_on date not null, financial_year text not null,
      change bigint not null, primary key (account_id, day, known_on, financial_year))`);
    this.addSql(`create view certified_line as
      select transfer.pool_id, posting.account_id, transfer.effective_on as day, transfer.financial_year, posting.amount,
             greatest(transfer.recorded_at, certificate.recorded_at) as known_at
        from expenditure_certificate as certificate
        join transfer on certificate.transfer_id = coalesce(transfer.reverses_id, transfer.id)
        join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
       where account.kind = 'SPENT'`);
    this.addSql(`insert into certified_day (account_id, day, known_on, financial_year, change)
      select account_id, day, (known_at at time zone 'UTC')::date, financial_year, sum(amount) from certified_line group by 1, 2, 3, 4`);
    this.addSql(`create trigger not_by_hand before insert or update or delete or truncate on certified_day
      for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    this.addSql(`create index on expenditure_certificate (recorded_at)`);
  }

  /** As 0005-certificates has it, and by day. */
  private keepCertified(): void {
    const byDay = (row: string) => `insert into certified_day (account_id, day, known_on, financial_year, change)
        select posting.account_id, transfer.effective_on,
               (greatest(transfer.recorded_at, ${row}.recorded_at) at time zone 'UTC')::date, transfer.financial_year, posting.amount
          from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id`;
    const added = `on conflict (account_id, day, known_on, financial_year) do update set change = certified_day.change + excluded.change`;
    this.addSql(`create or replace function keep_certified() returns trigger ${definer} as $$
      begin
        insert into account_certified (account_id, financial_year, amount)
          select posting.account_id, transfer.financial_year, posting.amount from transfer
            join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
           where transfer.id = new.transfer_id and account.kind = 'SPENT'
          on conflict (account_id, financial_year) do update set amount = account_certified.amount + excluded.amount;
        ${byDay('new')} where transfer.id = new.transfer_id and account.kind = 'SPENT' ${added};
        return null;
      end $$`);
    this.addSql(`create or replace function take_out_certified() returns trigger ${definer} as $$
      begin
        update account_certified set amount = account_certified.amount + posting.amount from posting
         where posting.transfer_id = new.id and posting.account_id = account_certified.account_id
           and account_certified.financial_year = new.financial_year
           and exists (select from expenditure_certificate where transfer_id = new.reverses_id);
        ${byDay('certificate')} join expenditure_certificate as certificate on certificate.transfer_id = transfer.reverses_id
         where transfer.id = new.id and account.kind = 'SPENT' ${added};
        return null;
      end $$`);
  }

  private proof(): void {
    this.addSql(`alter view running_drift rename to sum_drift`);
    this.addSql(`create view running_drift as
      with proven as (
        select account_id, concat_ws(' ', day, (known_at at time zone 'UTC')::date, financial_year) as part, sum(amount) as proven
          from certified_line group by 1, 2),
      kept as (select account_id, concat_ws(' ', day, known_on, financial_year) as part, change from certified_day),
      bounds as (
        select account_id, effective_on as day, (recorded_at at time zone 'UTC')::date as recorded_on, kind, financial_year,
               min(id) as first_id, max(id) as last_id
          from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5)
      select * from sum_drift
      union all
      select 'certified day', account_id, part, proven, change::numeric from proven full join kept using (account_id, part)
       where coalesce(proven, 0) <> coalesce(change, 0)
      union all
      select 'bounds', account_id, concat_ws(' ', day, recorded_on, kind, financial_year), null, null
        from bounds full join account_day as kept using (account_id, day, recorded_on, kind, financial_year)
       where (bounds.first_id, bounds.last_id) is distinct from (kept.first_id, kept.last_id)`);
  }
}
