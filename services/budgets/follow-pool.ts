import type { Context } from '../kernel/context.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Expected, expectedAsKnown } from './expected.js';
import {
  type Deposited,
  type FollowedPool,
  followPool,
  type Moved,
  type Placed,
  positionKinds,
} from './followed-place.js';
import type { AccountKind } from './ledger/account.js';
import type { ControlTotal } from './ledger/control-total.js';

/** A pool, cut at the end of a day (null: as it stands). */
export interface PoolAsked {
  pool: string;
  effectiveOn: string | null;
}

interface PositionRow {
  pool_id: string;
  financial_year: string | null;
  control_total: ControlTotal;
  kind: AccountKind | 'REFUNDED';
  allocation_id: string | null;
  amount: string;
}

interface DepositRow {
  pool_id: string;
  financial_year: string | null;
  control_total: ControlTotal;
  contribution_id: string;
  amount: string;
}

interface MovedRow {
  pool_id: string;
  id: string;
  kind: Moved['kind'];
  from_year: string | null;
  from_total: ControlTotal;
  to_year: string | null;
  to_total: ControlTotal;
  contribution_id: string | null;
  amount: string;
}

const cutKey = ({ effectiveOn }: PoolAsked) => effectiveOn ?? '';

/** The money of many pools: three SQL statements for all that are cut alike. */
export const followedPools: Loader<PoolAsked, FollowedPool> = {
  cacheKey: (asked) => asked.pool + cutKey(asked),
  async batch(asked, context) {
    const found = new Map<PoolAsked, FollowedPool>();
    for (const alike of grouped([...new Set(asked.map(cutKey))], asked, cutKey)) {
      const pools = alike.map(({ pool }) => pool);
      const cut = { until: alike[0]!.effectiveOn ?? 'infinity', knownAt: context.knownAt?.toISOString() ?? 'infinity' };
      const isCut = alike[0]!.effectiveOn !== null || context.knownAt !== null;
      const lying = await (isCut ? positionsThen(context, pools, cut) : positionsNow(context, pools));
      const deposits = await depositsOf(context, pools, cut);
      const moves = await movesOf(context, pools, cut);
      for (const each of alike) {
        const isHere = ({ pool_id }: { pool_id: string }) => pool_id === each.pool;
        const [here, refunds] = [lying.filter(isHere), lying.filter((row) => isHere(row) && row.kind === 'REFUNDED')];
        const pool = followPool(
          deposits.filter(isHere).map(depositedIn),
          moves.filter(isHere).map(movedBy),
          here.flatMap((row): Placed[] => (row.kind === 'REFUNDED' ? [] : [{ ...placedIn(row), kind: row.kind }])),
          refunds.map(placedIn),
        );
        found.set(each, pool);
      }
    }
    return asked.map((each) => found.get(each)!);
  },
};

/** What is expected of contributions, for the pool they are paid into. */
export const expectations: Loader<string, Expected> = {
  async batch(ids, context) {
    const from = expectedAsKnown(context, 'expected.id = any(?::text[])');
    const found = await context.nouns(Expected, `select * from ${from} where pool_id is not null`, [ids]);
    return inOrder(ids, found, ({ id }) => id);
  },
};

const placedIn = ({ financial_year, control_total, allocation_id, amount }: Omit<PositionRow, 'kind'>) => ({
  place: { financialYear: financial_year, controlTotal: control_total },
  ...{ allocation: allocation_id, minor: BigInt(amount) },
});

const depositedIn = ({ financial_year, control_total, contribution_id, amount }: DepositRow): Deposited => ({
  place: { financialYear: financial_year, controlTotal: control_total },
  ...{ contribution: contribution_id, minor: BigInt(amount) },
});

const movedBy = (row: MovedRow): Moved => ({
  ...{ transfer: row.id, kind: row.kind, contribution: row.contribution_id, minor: BigInt(row.amount) },
  from: { financialYear: row.from_year, controlTotal: row.from_total },
  to: { financialYear: row.to_year, controlTotal: row.to_total },
});

/** As it stands now: as many rows as there are accounts and allocations, however many postings. */
function positionsNow(context: Context, pools: string[]): Promise<PositionRow[]> {
  return context.rows<PositionRow>(
    `select pool_id, financial_year, control_total, kind, null as allocation_id, balance::text as amount from account
      where pool_id = any(?::text[]) and kind in ('UNALLOCATED', 'CARRIED_FORWARD', 'REFUND_DUE', 'LAPSED') and balance <> 0
     union all
     select pool_id, case when annual then financial_year end, control_total, account_kind, holder_id, balance::text
       from allocation join pooled_budget on pooled_budget.id = pool_id join holding on holder_id = allocation.id
      where pool_id = any(?::text[]) and balance <> 0
     union all
     select pool_id, account.financial_year, control_total, 'REFUNDED', null, (-sum(amount))::text
       from account join account_movement as moved on moved.account_id = account.id
      where pool_id = any(?::text[]) and account.kind = 'WITH_RECIPIENT' and moved.kind = 'REFUND' group by 1, 2, 3`,
    [pools, pools, pools],
  );
}

interface Cut {
  until: string;
  knownAt: string;
}

/** At another day or instant: from the postings that took effect and were recorded by then. */
function positionsThen(context: Context, pools: string[], { until, knownAt }: Cut): Promise<PositionRow[]> {
  return context.rows<PositionRow>(
    `with line as (
       select transfer.pool_id, account.financial_year, account.control_total, account.kind, transfer.kind as cause,
              case when account.kind = any(?::text[]) then allocation_id end as allocation_id, posting.amount
         from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
        where transfer.pool_id = any(?::text[]) and effective_on <= ? and recorded_at <= ?)
     select pool_id, financial_year, control_total, kind, allocation_id, sum(amount)::text as amount from line
      where kind = any(?::text[]) group by 1, 2, 3, 4, 5 having sum(amount) <> 0
     union all
     select pool_id, financial_year, control_total, 'REFUNDED', null, (-sum(amount))::text from line
      where kind = 'WITH_RECIPIENT' and cause = 'REFUND' group by 1, 2, 3`,
    [positionKinds.slice(4), pools, until, knownAt, positionKinds],
  );
}

function depositsOf(context: Context, pools: string[], { until, knownAt }: Cut): Promise<DepositRow[]> {
  return context.rows<DepositRow>(
    `select transfer.pool_id, account.financial_year, account.control_total, expected.id as contribution_id,
            sum(posting.amount)::text as amount
       from expected join transfer on transfer.contribution_id = expected.id and transfer.pool_id = expected.pool_id
       join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
      where expected.pool_id = any(?::text[]) and transfer.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED'
        and transfer.effective_on <= ? and transfer.recorded_at <= ?
      group by 1, 2, 3, 4`,
    [pools, until, knownAt],
  );
}

/** The reversal of a return gives the stake back: its lines run the other way, from where it was returned to. */
function movesOf(context: Context, pools: string[], { until, knownAt }: Cut): Promise<MovedRow[]> {
  return context.rows<MovedRow>(
    `select transfer.pool_id, transfer.id, transfer.kind, source.financial_year as from_year, source.control_total as from_total,
            target.financial_year as to_year, target.control_total as to_total, contribution_id,
            (case when reverses_id is null then given.amount else -given.amount end)::text as amount
       from transfer
       join posting as taken on taken.transfer_id = transfer.id and taken.amount < 0
       join account as source on source.id = taken.account_id
       join posting as given on given.transfer_id = transfer.id and given.amount > 0
       join account as target on target.id = given.account_id
      where transfer.pool_id = any(?::text[]) and transfer.kind in ('CARRY_IN', 'SWITCH', 'RETURN')
        and transfer.effective_on <= ? and transfer.recorded_at <= ? order by transfer.id`,
    [pools, until, knownAt],
  );
}
