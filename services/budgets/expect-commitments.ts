import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { isDay } from '../kernel/dates.js';
import { toMinor } from '../kernel/money.js';
import { lockExpected, type Room } from './expected.js';
import { matchWaitingDeposits } from './match-waiting-deposits.js';
import { BudgetState, lockPoolsOf, PooledBudget } from './pooled-budget.js';

const day = z.string().refine(isDay);
const committedShape = z.object({
  commitments: z.array(
    z.object({
      contributionId: z.string().min(1),
      contributorId: z.string().min(1),
      missionId: z.string().min(1),
      budgetId: z.string().nullable(),
      currency: z.string(),
      amount: z.string(),
      effectiveOn: day,
    }),
  ),
});
type Commitment = z.infer<typeof committedShape>['commitments'][number];

/**
 * Takes in `contributions.committed`: what contributors are bound to pay. The same contribution again states its new
 * total, which never falls below what is already deposited. Deposits that came before their commitment was known, and
 * wait in suspense under its name, are matched now.
 */
export async function expectCommitments(em: EntityManager, content: unknown): Promise<void> {
  const { commitments } = committedShape.parse(content);
  if (commitments.length === 0) return;
  await lockPoolsOf(
    em,
    commitments.map(({ missionId }) => missionId),
  );
  const pools = await poolsFor(em, commitments);
  const before = await lockExpected(
    em,
    commitments.map(({ contributionId }) => contributionId),
  );
  // The last one stands where one event names a contribution twice.
  const rows = [...new Map(commitments.map((each) => [each.contributionId, each])).values()].map((commitment) => ({
    id: commitment.contributionId,
    mission_id: commitment.missionId,
    contributor_id: commitment.contributorId,
    currency: commitment.currency,
    pool_id: poolFor(commitment, before.get(commitment.contributionId), pools),
    committed: toMinor(commitment.amount, commitment.currency).toString(),
    effective_on: commitment.effectiveOn,
  }));
  await query(
    em,
    `insert into expected (id, mission_id, contributor_id, currency, pool_id, committed, effective_on)
     select id, mission_id, contributor_id, currency, pool_id, committed, effective_on
       from jsonb_populate_recordset(null::expected, ?::jsonb)
     on conflict (id) do update set mission_id = excluded.mission_id, contributor_id = excluded.contributor_id,
       pool_id = excluded.pool_id, effective_on = excluded.effective_on,
       committed = greatest(excluded.committed, expected.deposited + expected.written_off)`,
    [JSON.stringify(rows)],
  );
  await matchWaitingDeposits(
    em,
    rows.map(({ id }) => id).filter((id) => !before.has(id)),
  );
}

async function poolsFor(em: EntityManager, commitments: Commitment[]): Promise<PooledBudget[]> {
  return em.find(PooledBudget, { missionId: { $in: commitments.map(({ missionId }) => missionId) } });
}

function poolFor(commitment: Commitment, before: Room | undefined, pools: PooledBudget[]): string | null {
  if (before && before.currency !== commitment.currency) {
    throw new Error(`Contribution ${before.id} is expected in ${before.currency}, not in ${commitment.currency}.`);
  }
  if (before && before.deposited > 0n) return before.poolId;
  const { missionId, currency, budgetId } = commitment;
  const fitting = pools.filter((pool) => pool.missionId === missionId && pool.currency === currency);
  const named = fitting.find(({ id }) => id === budgetId);
  if (named) return named.id;
  if (before?.poolId) return before.poolId;
  const open = fitting.filter(({ state }) => state === BudgetState.OPEN);
  return open.length === 1 ? open[0]!.id : null;
}
