import { Migration } from '../../kernel/migration.js';

const controlTotal = `control_total text not null check (control_total in
  ('RDEL_ADMIN', 'RDEL_PROGRAMME', 'CDEL', 'RAME', 'CAME', 'NON_BUDGET'))`;
const accountKinds = `'CONTRIBUTOR_SOURCE', 'SUSPENSE', 'UNALLOCATED', 'ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED',
  'WITH_RECIPIENT', 'SPENT', 'REFUND_DUE', 'RETURNED', 'LAPSED', 'CARRIED_FORWARD', 'FX_DIFFERENCE'`;
const year = `check (financial_year ~ '^[0-9]{4}-[0-9]{2}$')`;

/** Accounts, transfers and postings, and the sums over postings that are kept running. */
export class LedgerTables extends Migration {
  override up(): void {
    this.addSql(`create table account (
      id text primary key, pool_id text not null, currency text not null, financial_year text ${year}, ${controlTotal},
      kind text not null check (kind in (${accountKinds})), balance bigint not null default 0, latest_on date,
      foreign key (pool_id, currency) references pooled_budget (id, currency),
      unique nulls not distinct (pool_id, financial_year, control_total, kind),
      constraint account_not_below_zero check (balance >= 0 or kind in ('CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE')))`);
    this.addSql(`create table transfer (
      id text primary key, kind text not null, pool_id text not null, currency text not null,
      amount_minor bigint not null check (amount_minor > 0), effective_on date not null,
      recorded_at timestamptz(3) not null default date_trunc('milliseconds', clock_timestamp()),
      financial_year text not null ${year}, period text not null check (period ~ '^P(0[1-9]|1[0-2])$'), ${controlTotal},
      reason text, reference text check (reference <> ''), consent text check (consent <> ''),
      virement_id text references virement, reverses_id text references transfer, requested_by text not null, approved_by text,
      contribution_id text, allocation_id text references allocation, drawdown_id text references drawdown,
      deposit_id text references transfer,
      received_minor bigint check (received_minor > 0), received_currency text, exchange_rate numeric check (exchange_rate > 0),
      exchanged_on date, realised_minor bigint check (realised_minor > 0), written_by xid8 not null default pg_current_xact_id(),
      foreign key (pool_id, currency) references pooled_budget (id, currency),
      constraint transfer_reversed_once unique (reverses_id),
      constraint approved_by_another_person check (approved_by <> requested_by),
      check (num_nulls(received_minor, received_currency, exchange_rate, exchanged_on) in (0, 4)),
      constraint realised_by_exchange check (realised_minor is null or received_minor is not null),
      check (received_currency <> currency),
      constraint switch_has_consent check (kind <> 'SWITCH' or consent is not null),
      check ((kind in ('VIREMENT', 'SWITCH')) = (virement_id is not null)))`);
    this.addSql(`create unique index deposit_reference_once on transfer (pool_id, reference)
      where kind = 'DEPOSIT' and reverses_id is null`);
    this.addSql(`create index on transfer (pool_id, id)`);
    this.addSql(`create index on transfer (pool_id, recorded_at)`);
    for (const column of ['contribution_id', 'allocation_id', 'drawdown_id', 'deposit_id', 'virement_id']) {
      this.addSql(`create index on transfer (${column}) where ${column} is not null`);
    }
    this.addSql(`create table posting (
      transfer_id text not null references transfer, account_id text not null references account,
      amount bigint not null check (amount <> 0), primary key (transfer_id, account_id))`);
    this.running();
    this.chart();
    this.lockAccounts();
  }

  /** Sums over postings, kept by triggers so that a balance costs the same with ten or ten million postings. */
  private running(): void {
    // By the day of effect and, in UTC, the day of recording: a statement at any two of them is a sum over few rows.
    this.addSql(`create table account_day (
      account_id text not null references account, day date not null, recorded_on date not null, kind text not null,
      financial_year text not null, change bigint not null, postings bigint not null,
      primary key (account_id, day, recorded_on, kind, financial_year))`);
    this.addSql(`create table account_movement (
      account_id text not null references account, kind text not null, financial_year text not null,
      amount bigint not null, primary key (account_id, kind, financial_year))`);
    this.addSql(`create table holding (
      holder_id text not null, account_kind text not null,
      balance bigint not null constraint holding_not_below_zero check (balance >= 0),
      primary key (holder_id, account_kind))`);
    this.addSql(
      `create index holding_in_suspense on holding (holder_id) where account_kind = 'SUSPENSE' and balance > 0`,
    );
  }

  /** Which kind of transfer moves what between which kinds of accounts; ledger/chart.ts says the same in code. */
  private chart(): void {
    this.addSql(`create table chart (
      transfer_kind text not null, from_kind text not null, to_kind text not null,
      primary key (transfer_kind, from_kind, to_kind))`);
    this.addSql(`insert into chart values
      ('DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED'), ('DEPOSIT', 'CONTRIBUTOR_SOURCE', 'SUSPENSE'),
      ('MATCH', 'SUSPENSE', 'UNALLOCATED'), ('ALLOCATION', 'UNALLOCATED', 'ALLOCATION_AVAILABLE'),
      ('RESERVATION', 'ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED'), ('PAYMENT', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT'),
      ('EXPENDITURE', 'WITH_RECIPIENT', 'SPENT'),
      ('DEPOSIT', 'CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE'), ('DEPOSIT', 'FX_DIFFERENCE', 'UNALLOCATED'),
      ('DEPOSIT', 'FX_DIFFERENCE', 'SUSPENSE'), ('RELEASE', 'ALLOCATION_RESERVED', 'ALLOCATION_AVAILABLE'),
      ('VIREMENT', 'ALLOCATION_AVAILABLE', 'UNALLOCATED'), ('VIREMENT', 'UNALLOCATED', 'ALLOCATION_AVAILABLE'),
      ('SWITCH', 'UNALLOCATED', 'UNALLOCATED'), ('REFUND', 'WITH_RECIPIENT', 'UNALLOCATED'),
      ('REFUND', 'WITH_RECIPIENT', 'REFUND_DUE'), ('RETURN', 'REFUND_DUE', 'RETURNED'), ('RETURN', 'UNALLOCATED', 'RETURNED'),
      ('CARRY_OUT', 'UNALLOCATED', 'CARRIED_FORWARD'), ('CARRY_IN', 'CARRIED_FORWARD', 'UNALLOCATED'),
      ('LAPSE', 'UNALLOCATED', 'LAPSED'), ('LAPSE', 'ALLOCATION_AVAILABLE', 'LAPSED')`);
  }

  /** Finds accounts, opening those that are missing, and locks them in the order of their ids: no two writers deadlock. */
  private lockAccounts(): void {
    this.addSql(`create function lock_accounts(wanted jsonb) returns setof account language plpgsql security definer
      set search_path = public, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
      begin
        insert into account (id, pool_id, currency, financial_year, control_total, kind)
          select wished.id, wished.pool_id, wished.currency, wished.financial_year, wished.control_total, wished.kind
            from jsonb_populate_recordset(null::account, wanted) as wished
           where not exists (select from account where account.pool_id = wished.pool_id and account.kind = wished.kind
             and account.control_total = wished.control_total
             and account.financial_year is not distinct from wished.financial_year)
          order by wished.pool_id, wished.financial_year, wished.control_total, wished.kind
          on conflict do nothing;
        return query select account.* from account where account.id in (
            select opened.id from jsonb_populate_recordset(null::account, wanted) as wished
              join account as opened on opened.pool_id = wished.pool_id and opened.kind = wished.kind
               and opened.control_total = wished.control_total
               and opened.financial_year is not distinct from wished.financial_year)
          order by account.id for no key update;
      end $$`);
  }
}
