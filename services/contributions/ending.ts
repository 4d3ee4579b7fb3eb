import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import type { Contribution } from './contribution.js';
import { readStanding } from './standing.js';
import { ContributionState } from './states.js';
import { type By, type Step, takeSteps } from './writing.js';

/** Steps of one contribution that follow each other; its terms stay. Each is taken by itself. */
export function stepsTo(
  { id, contributorId, number, version }: Pick<Contribution, 'id' | 'contributorId' | 'number' | 'version'>,
  states: readonly ContributionState[],
  { effectiveOn, reason = null }: { effectiveOn: string; reason?: string | null },
): Step[] {
  return states.map((state, place) => ({
    ...{ id, contributorId, number, version: version + 1 + place, state, effectiveOn, reason },
  }));
}

export const poolIsClosed = 'Its pool is closed: all of it was spent, refunded, returned or carried over.';

/** A contribution that becomes DEPOSITED after its pool was closed has come to its end with that. */
export async function endWithPool(em: EntityManager, by: By, id: string): Promise<void> {
  const sql = `select effective_on::text from ledger_closing where contribution_id = ?`;
  const [closing] = await query<{ effective_on: string }>(em, sql, [id]);
  if (!closing) return;
  const { contribution } = await readStanding(em, id);
  const how = { effectiveOn: closing.effective_on, reason: poolIsClosed };
  for (const step of stepsTo(contribution, [ContributionState.FULFILLED, ContributionState.CLOSED], how)) {
    await takeSteps(em, by, [step]);
  }
}
