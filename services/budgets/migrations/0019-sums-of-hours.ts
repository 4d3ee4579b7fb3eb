import { Migration } from '../../kernel/migration.js';

// As in 0003-ledger-guards: joined by index, the plans of a first call on empty tables stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const posted = `posted join transfer on transfer.id = posted.transfer_id join account on account.id = posted.account_id`;

const hourOf = (instant: string) => `date_trunc('hour', ${instant}, 'UTC')`;
const inHour = '(account_id, hour, day, kind, financial_year)';
const certifiedInHour = '(account_id, hour, day, financial_year)';

/** The sums per day once more per hour: what was known at an instant inside a day is then read without the rest of that day. */
export class SumsOfHours extends Migration {
  override up(): void {
    this.withoutWriters();
    this.tables();
    this.keepAccounts();
    this.keepCertified();
    this.proof();
  }

  /** Nothing is written between what is filled here and the triggers that keep it from then on. */
  private withoutWriters(): void {
    // Every posting and certificate there is gets added up; that may take longer than a request may.
    this.addSql('set local statement_timeout = 0');
    this.addSql('lock table posting, expenditure_certificate in share row exclusive mode');
  }

  /** An account's hours from one to another are one range of the key. */
  private tables(): void {
    this.addSql(`create table account_hour (
      account_id text not null references account, hour timestamptz not null, day date not null, kind text not null,
      financial_year text not null, change bigint not null, postings bigint not null, last_id text not null,
      primary key ${inHour})`);
    this.addSql(`insert into account_hour
      select account_id, ${hourOf('recorded_at')}, effective_on, kind, financial_year, sum(amount), count(*), max(id)
        from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5`);
    this.addSql(`create table certified_hour (
      account_id text not null references account, hour timestamptz not null, day date not null, financial_year text not null,
      change bigint not null, primary key ${certifiedInHour})`);
    this.addSql(`insert into certified_hour
      select account_id, ${hourOf('known_at')}, day, financial_year, sum(amount) from certified_line group by 1, 2, 3, 4`);
    for (const table of ['account_hour', 'certified_hour']) {
      this.addSql(`create trigger not_by_hand before insert or update or delete or truncate on ${table}
        for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    }
  }

  /** As 0013-sums-that-stay-small has it, by hour, and the days from these. */
  private keepAccounts(): void {
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

  /** As 0013-sums-that-stay-small has it, and by hour. */
  private keepCertified(): void {
    const byDayAndHour = (row: string, more: string) => `
        with line as materialized (
          select posting.account_id, transfer.effective_on as day, transfer.financial_year, posting.amount,
                 greatest(transfer.recorded_at, ${row}.recorded_at) as known_at
            from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
            ${more} and account.kind = 'SPENT'),
        hours as (
          insert into certified_hour (account_id, hour, day, financial_year, change)
            select account_id, ${hourOf('known_at')}, day, financial_year, amount from line
            on conflict ${certifiedInHour} do update set change = certified_hour.change + excluded.change)
        insert into certified_day (account_id, day, known_on, financial_year, change)
          select account_id, day, (known_at at time zone 'UTC')::date, financial_year, amount from line
          on conflict (account_id, day, known_on, financial_year) do update set change = certified_day.change + excluded.change;`;
    this.addSql(`create or replace function keep_certified() returns trigger ${definer} as $$
      begin
        insert into account_certified (account_id, financial_year, amount)
          select posting.account_id, transfer.financial_year, posting.amount from transfer
            join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
           where transfer.id = new.transfer_id and account.kind = 'SPENT'
          on conflict (account_id, financial_year) do update set amount = account_certified.amount + excluded.amount;
        ${byDayAndHour('new', 'where transfer.id = new.transfer_id')}
        return null;
      end $$`);
    this.addSql(`create or replace function take_out_certified() returns trigger ${definer} as $$
      begin
        update account_certified set amount = account_certified.amount + posting.amount from posting
         where posting.transfer_id = new.id and posting.account_id = account_certified.account_id
           and account_certified.financial_year = new.financial_year
           and exists (select from expenditure_certificate where transfer_id = new.reverses_id);
        ${byDayAndHour(
          'certificate',
          'join expenditure_certificate as certificate on certificate.transfer_id = transfer.reverses_id where transfer.id = new.id',
        )}
        return null;
      end $$`);
  }

  /** The hours too from the postings alone. */
  private proof(): void {
    const hour = `hour at time zone 'UTC'`;
    this.addSql('alter view running_drift rename to day_drift');
    this.addSql(`create view running_drift as
      with proven as (
        select account_id, ${hourOf('recorded_at')} as hour, effective_on as day, kind, financial_year,
               sum(amount) as change, count(*) as postings, max(id) as last_id
          from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5),
      certified as (
        select account_id, ${hourOf('known_at')} as hour, day, financial_year, sum(amount) as change from certified_line group by 1, 2, 3, 4)
      select * from day_drift
      union all
      select what, account_id, concat_ws(' ', day, ${hour}, kind, financial_year), each.proven, each.kept
        from proven full join account_hour as kept using ${inHour} cross join lateral (values
          ('hour', proven.change, kept.change, proven.change is distinct from kept.change),
          ('postings of an hour', proven.postings, kept.postings, proven.postings is distinct from kept.postings),
          ('last id of an hour', null, null, proven.last_id is distinct from kept.last_id))
          as each (what, proven, kept, is_wrong)
       where is_wrong
      union all
      select 'certified hour', account_id, concat_ws(' ', day, ${hour}, financial_year), certified.change, kept.change
        from certified full join certified_hour as kept using ${certifiedInHour}
       where certified.change is distinct from kept.change`);
  }
}
