import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { lockExpected } from './expected.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import type { Draft, PoolFacts } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { openPeriod } from './ledger/period.js';
import { Transfer } from './ledger/transfer.js';
import { PooledBudget } from './pooled-budget.js';
import { attempt } from './verdict.js';

/**
 * Matches deposits that name one of these contributions and wait in its pool's suspense, oldest first, up to what is
 * committed; each on the day the deposit took effect, as if the commitment had been known then. One whose pool does not
 * take it now, or whose year is closed, stays in suspense and is matched by hand: a commitment is known all the same.
 */
export async function matchWaitingDeposits(em: EntityManager, contributionIds: string[]): Promise<void> {
  const waiting = await inSuspenseFor(em, contributionIds);
  if (waiting.length === 0) return;
  const expected = await lockExpected(em, contributionIds);
  const pools = await em.find(PooledBudget, { id: { $in: waiting.map(({ deposit }) => deposit.poolId) } });
  const room = new Map([...expected].map(([id, { left }]) => [id, left]));
  const drafts: Draft[] = [];
  for (const { deposit, left } of waiting) {
    const pool = pools.find(({ id }) => id === deposit.poolId)!;
    if (!takesMatch(pool, deposit)) continue;
    const contributionId = deposit.contributionId!;
    const most = room.get(contributionId) ?? 0n;
    const minor = left < most ? left : most;
    if (minor === 0n) continue;
    room.set(contributionId, most - minor);
    drafts.push({ ...matchDraft(deposit, pool, contributionId, minor), requestedBy: 'contributions' });
  }
  const ledger = await Ledger.lock(em, drafts);
  for (const draft of drafts) ledger.add(draft);
  await ledger.write();
}

function takesMatch(pool: PooledBudget, { financialYear, effectiveOn }: Transfer): boolean {
  const tried = attempt(() => {
    pool.expectMoving(TransferKind.MATCH, false);
    openPeriod(pool, financialYear, effectiveOn);
  });
  return 'done' in tried;
}

/** Money of a deposit out of suspense, for a contribution; on the day of the deposit. */
export function matchDraft(deposit: Transfer, pool: PoolFacts, contributionId: string, minor: bigint) {
  const { effectiveOn, financialYear, controlTotal, reference, id: depositId } = deposit;
  const moves = [{ from: AccountKind.SUSPENSE, to: AccountKind.UNALLOCATED, minor }];
  const what = { kind: TransferKind.MATCH, pool, moves, contributionId, depositId };
  return { ...what, effectiveOn, financialYear, controlTotal, reference };
}

async function inSuspenseFor(em: EntityManager, contributionIds: string[]) {
  const rows = await query<{ left: string }>(
    em,
    `select transfer.*, holding.balance as left from transfer
       join holding on holding.holder_id = transfer.id and account_kind = 'SUSPENSE' and balance > 0
       join expected on expected.id = transfer.contribution_id and expected.pool_id = transfer.pool_id
      where transfer.contribution_id = any(?::text[]) and transfer.kind = 'DEPOSIT' order by transfer.id`,
    [contributionIds],
  );
  const transferOf = nounOfRow(em, Transfer);
  return rows.map(({ left, ...row }) => ({ deposit: transferOf(row), left: BigInt(left) }));
}
