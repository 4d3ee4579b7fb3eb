import type { ControlTotal } from './ledger/control-total.js';
import { type Moved, type PaidIn, placeKey, stakesAfter } from './shares.js';

/** Asks the database, inside a deed or inside a reading. */
export type Ask = <Found>(sql: string, params: unknown[]) => Promise<Found[]>;

interface PaidRow {
  pool_id: string;
  financial_year: string | null;
  control_total: ControlTotal;
  contribution_id: string;
  contributor_id: string;
  amount: string;
}

interface MovedRow {
  pool_id: string;
  from_year: string | null;
  from_total: ControlTotal;
  to_year: string | null;
  to_total: ControlTotal;
  contribution_id: string | null;
  amount: string;
}

/** Whose money a pool holds, place by place, and who brought each contribution. */
export class Stakes {
  constructor(
    private readonly weights: Map<string, Map<string, bigint>>,
    private readonly contributors: ReadonlyMap<string, string>,
  ) {}

  /** What of each contribution is still at stake in a financial year (null where authority does not expire). */
  at(financialYear: string | null, controlTotal: ControlTotal): ReadonlyMap<string, bigint> {
    return this.weights.get(placeKey({ financialYear, controlTotal })) ?? new Map();
  }

  contributorOf(contribution: string): string {
    return this.contributors.get(contribution)!;
  }
}

/** Reads the stakes in pools, as recorded by an instant, in two statements however many pools. */
export async function stakesOf(ask: Ask, poolIds: readonly string[], knownAt: string): Promise<Map<string, Stakes>> {
  const paid = await ask<PaidRow>(
    `select transfer.pool_id, account.financial_year, account.control_total, expected.id as contribution_id,
            expected.contributor_id, sum(posting.amount)::text as amount
       from expected join transfer on transfer.contribution_id = expected.id and transfer.pool_id = expected.pool_id
       join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
      where expected.pool_id = any(?::text[]) and transfer.kind in ('DEPOSIT', 'MATCH') and transfer.recorded_at <= ?
        and account.kind = 'UNALLOCATED'
      group by transfer.pool_id, account.financial_year, account.control_total, expected.id`,
    [poolIds, knownAt],
  );
  // The reversal of a return gives the stake back: its lines run the other way, from where it was returned to.
  const moved = await ask<MovedRow>(
    `select transfer.pool_id, source.financial_year as from_year, source.control_total as from_total,
            target.financial_year as to_year, target.control_total as to_total, contribution_id,
            (case when reverses_id is null then given.amount else -given.amount end)::text as amount
       from transfer
       join posting as taken on taken.transfer_id = transfer.id and taken.amount < 0
       join account as source on source.id = taken.account_id
       join posting as given on given.transfer_id = transfer.id and given.amount > 0
       join account as target on target.id = given.account_id
      where transfer.pool_id = any(?::text[]) and transfer.kind in ('CARRY_IN', 'SWITCH', 'RETURN')
        and transfer.recorded_at <= ? order by transfer.id`,
    [poolIds, knownAt],
  );
  return new Map(
    poolIds.map((poolId) => {
      const paidHere = paid.filter(({ pool_id }) => pool_id === poolId);
      const movedHere = moved.filter(({ pool_id }) => pool_id === poolId);
      const contributors = new Map(
        paidHere.map(({ contribution_id, contributor_id }) => [contribution_id, contributor_id]),
      );
      return [poolId, new Stakes(stakesAfter(paidHere.map(paidIn), movedHere.map(movedFrom)), contributors)];
    }),
  );
}

const paidIn = ({ financial_year, control_total, contribution_id, amount }: PaidRow): PaidIn => ({
  place: { financialYear: financial_year, controlTotal: control_total },
  ...{ contribution: contribution_id, minor: BigInt(amount) },
});

const movedFrom = ({ from_year, from_total, to_year, to_total, contribution_id, amount }: MovedRow): Moved => ({
  from: { financialYear: from_year, controlTotal: from_total },
  to: { financialYear: to_year, controlTotal: to_total },
  ...{ contribution: contribution_id, minor: BigInt(amount) },
});
