import { Migration } from '../../kernel/migration.js';

/** Views that must be empty: the pool identity and the running sums, both checked against the postings alone. */
export class Proof extends Migration {
  override up(): void {
    this.addSql(`create view pool_identity as
      with word as (
        select transfer.pool_id, account.financial_year, account.control_total,
          sum(posting.amount) filter (where account.kind = 'UNALLOCATED' and transfer.kind in ('DEPOSIT', 'MATCH')) as deposited,
          sum(posting.amount) filter (where account.kind = 'UNALLOCATED' and transfer.kind in ('CARRY_IN', 'SWITCH')) as moved_in,
          sum(posting.amount) filter (where account.kind = 'UNALLOCATED') as unallocated,
          sum(posting.amount) filter (where account.kind in ('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED')) as undrawn,
          sum(posting.amount) filter (where account.kind in ('WITH_RECIPIENT', 'SPENT')) as drawn_less_refunded,
          sum(posting.amount) filter (where account.kind = 'REFUND_DUE') as refund_due,
          sum(posting.amount) filter (where account.kind = 'RETURNED') as returned,
          sum(posting.amount) filter (where account.kind = 'LAPSED') as lapsed,
          sum(posting.amount) filter (where account.kind = 'CARRIED_FORWARD' and transfer.kind = 'CARRY_OUT') as carried_out,
          sum(posting.amount) filter (where account.kind = 'SUSPENSE') as suspense,
          sum(posting.amount) filter (where account.kind = 'CONTRIBUTOR_SOURCE') as source,
          sum(posting.amount) filter (where account.kind = 'FX_DIFFERENCE') as fx_difference
        from posting join transfer on transfer.id = posting.transfer_id join account on account.id = posting.account_id
        group by transfer.pool_id, account.financial_year, account.control_total)
      select * from word where coalesce(deposited, 0) + coalesce(moved_in, 0) <> coalesce(unallocated, 0) + coalesce(undrawn, 0)
          + coalesce(drawn_less_refunded, 0) + coalesce(refund_due, 0) + coalesce(returned, 0) + coalesce(lapsed, 0)
          + coalesce(carried_out, 0)
        or coalesce(deposited, 0) + coalesce(suspense, 0) + coalesce(source, 0) + coalesce(fx_difference, 0) <> 0`);
    this.addSql(`create view running_drift as
      with line as (
        select posting.account_id, posting.amount, account.kind as account_kind, transfer.kind, transfer.financial_year,
               transfer.effective_on, (transfer.recorded_at at time zone 'UTC')::date as recorded_on, transfer.contribution_id, transfer.allocation_id, transfer.drawdown_id, transfer.deposit_id
          from posting join transfer on transfer.id = posting.transfer_id join account on account.id = posting.account_id),
      proven as (
        select 'balance' as what, account_id as of, '' as part, sum(amount) as amount from line group by 2
        union all select 'day', account_id, concat_ws(' ', effective_on, recorded_on, kind, financial_year), sum(amount)
          from line group by 2, 3
        union all select 'postings', account_id, concat_ws(' ', effective_on, recorded_on, kind, financial_year), count(*)
          from line group by 2, 3
        union all select 'movement', account_id, kind || ' ' || financial_year, sum(amount) from line group by 2, 3
        union all select 'deposited', contribution_id, '', sum(amount) from line
          where account_kind = 'UNALLOCATED' and kind in ('DEPOSIT', 'MATCH') group by 2
        union all select 'holding', allocation_id, account_kind, sum(amount) from line
          where account_kind in ('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT') group by 2, 3
        union all select 'holding', drawdown_id, account_kind, sum(amount) from line
          where drawdown_id is not null and account_kind in ('ALLOCATION_RESERVED', 'WITH_RECIPIENT') group by 2, 3
        union all select 'holding', deposit_id, account_kind, sum(amount) from line where account_kind = 'SUSPENSE' group by 2, 3
        union all select 'committed', contribution_id, '', sum(committed) from expected_change group by 2
        union all select 'written off', contribution_id, '', sum(written_off) from expected_change group by 2
        union all select 'expected', pool_id, '', sum(committed - written_off) from expected_change where pool_id is not null group by 2),
      kept as (
        select 'balance' as what, id as of, '' as part, balance::numeric as amount from account
        union all select 'day', account_id, concat_ws(' ', day, recorded_on, kind, financial_year), change from account_day
        union all select 'postings', account_id, concat_ws(' ', day, recorded_on, kind, financial_year), postings from account_day
        union all select 'movement', account_id, kind || ' ' || financial_year, amount from account_movement
        union all select 'deposited', id, '', deposited from expected
        union all select 'holding', holder_id, account_kind, balance from holding
        union all select 'committed', id, '', committed from expected
        union all select 'written off', id, '', written_off from expected
        union all select 'expected', pool_id, '', committed - written_off from expected_total)
      select what, of, part, proven.amount as proven, kept.amount as kept
        from proven full join kept using (what, of, part) where coalesce(proven.amount, 0) <> coalesce(kept.amount, 0)`);
  }
}
