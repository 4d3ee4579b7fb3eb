import type { EntityManager } from '@mikro-orm/postgresql';
import { Allocation } from './allocation.js';
import type { Drawdown } from './drawdown.js';
import type { TransferKind } from './ledger/chart.js';
import type { Draft, Move } from './ledger/draft.js';
import { PooledBudget } from './pooled-budget.js';

export interface Drawing {
  allocation: Allocation;
  pool: PooledBudget;
}

/** The allocation that a drawdown draws on, and its pool. */
export async function drawingOf(em: EntityManager, { allocationId }: Pick<Drawdown, 'allocationId'>): Promise<Drawing> {
  const allocation = await em.findOneOrFail(Allocation, allocationId);
  return { allocation, pool: await em.findOneOrFail(PooledBudget, allocation.poolId) };
}

/** A transfer of an allocation's money, in the allocation's year and control total. */
export function allocationDraft(
  { allocation, pool }: Drawing,
  transfer: { kind: TransferKind; move: Move; effectiveOn: string; requestedBy: string },
): Draft {
  const { financialYear, controlTotal, id: allocationId } = allocation;
  const { kind, move, effectiveOn, requestedBy } = transfer;
  return { ...{ kind, pool, effectiveOn, requestedBy, moves: [move] }, financialYear, controlTotal, allocationId };
}
