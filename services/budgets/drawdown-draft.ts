import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { Allocation } from './allocation.js';
import type { Drawdown } from './drawdown.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
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

/** A transfer that gives back to the allocation what a drawdown still has reserved. */
export function releaseDraft(
  drawing: Drawing,
  release: { drawdownId: string; minor: bigint; effectiveOn: string; requestedBy: string; reason: string },
): Draft {
  const { drawdownId, minor, reason, ...when } = release;
  const { ALLOCATION_RESERVED: from, ALLOCATION_AVAILABLE: to } = AccountKind;
  const draft = allocationDraft(drawing, { kind: TransferKind.RELEASE, move: { from, to, minor }, ...when });
  return { ...draft, drawdownId, reason };
}

/** What is reserved for a drawdown and not yet paid, in minor units; the drawdown is locked. */
export async function reservedFor(em: EntityManager, drawdownId: string): Promise<bigint> {
  const sql = `select balance from holding where holder_id = ? and account_kind = ?`;
  const [row] = await query<{ balance: string }>(em, sql, [drawdownId, AccountKind.ALLOCATION_RESERVED]);
  return BigInt(row?.balance ?? 0);
}
