import { Migration } from '../../kernel/migration.js';

const definer = 'language plpgsql security definer set search_path = public, pg_temp';

/** Expenditure that a recipient's accounting officer stands for, and how much of what is spent that is. */
export class Certificates extends Migration {
  override up(): void {
    this.addSql(`create table expenditure_certificate (
      transfer_id text primary key references transfer, certified_by text not null check (certified_by <> ''),
      recorded_at timestamptz(3) not null default date_trunc('milliseconds', clock_timestamp()))`);
    this.addSql(`create trigger only_added before update or delete or truncate on expenditure_certificate
      for each statement execute function refuse_change()`);
    this.addSql(`alter table expenditure_certificate enable always trigger only_added`);
    this.addSql(`create table account_certified (
      account_id text not null references account, financial_year text not null,
      amount bigint not null check (amount >= 0), primary key (account_id, financial_year))`);
    this.addSql(`create trigger not_by_hand before insert or update or delete or truncate on account_certified
      for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    this.onlyExpenditure();
    this.keepCertified();
    this.proof();
  }

  /** A certificate is of expenditure that stands, by another person than reported it. */
  private onlyExpenditure(): void {
    this.addSql(`create function only_expenditure() returns trigger ${definer} as $$
      declare certified transfer;
      begin
        -- A reversal holds a key lock on what it reverses: whichever of the two comes second waits for the first here.
        select * into certified from transfer where id = new.transfer_id for update;
        if certified.kind is distinct from 'EXPENDITURE' or certified.reverses_id is not null
            or certified.requested_by = new.certified_by
            or exists (select from transfer where reverses_id = new.transfer_id) then
          raise exception 'transfer % is no expenditure that % can certify', new.transfer_id, new.certified_by
            using errcode = 'HB012';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger only_expenditure before insert on expenditure_certificate
      for each row execute function only_expenditure()`);
  }

  /** How much of each account of expenditure is certified, per financial year; a reversal takes its part out again. */
  private keepCertified(): void {
    this.addSql(`create function keep_certified() returns trigger ${definer} as $$
      begin
        insert into account_certified (account_id, financial_year, amount)
          select posting.account_id, transfer.financial_year, posting.amount from transfer
            join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
           where transfer.id = new.transfer_id and account.kind = 'SPENT'
          on conflict (account_id, financial_year) do update set amount = account_certified.amount + excluded.amount;
        return null;
      end $$`);
    this.addSql(`create trigger keep_certified after insert on expenditure_certificate
      for each row execute function keep_certified()`);
    this.addSql(`create function take_out_certified() returns trigger ${definer} as $$
      begin
        update account_certified set amount = account_certified.amount + posting.amount from posting
         where posting.transfer_id = new.id and posting.account_id = account_certified.account_id
           and account_certified.financial_year = new.financial_year
           and exists (select from expenditure_certificate where transfer_id = new.reverses_id);
        return null;
      end $$`);
    this.addSql(`create constraint trigger take_out_certified after insert on transfer deferrable initially deferred
      for each row when (new.kind = 'EXPENDITURE' and new.reverses_id is not null) execute function take_out_certified()`);
  }

  private proof(): void {
    this.addSql(`alter view running_drift rename to posting_drift`);
    this.addSql(`create view running_drift as
      with proven as (
        select posting.account_id, transfer.financial_year, sum(posting.amount) as proven
          from expenditure_certificate as certificate
          join transfer on certificate.transfer_id = coalesce(transfer.reverses_id, transfer.id)
          join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
         where account.kind = 'SPENT' group by 1, 2)
      select * from posting_drift
      union all
      select 'certified', account_id, financial_year, proven, amount::numeric
        from proven full join account_certified using (account_id, financial_year)
       where coalesce(proven, 0) <> coalesce(amount, 0)`);
  }
}
