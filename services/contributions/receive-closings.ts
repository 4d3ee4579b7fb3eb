import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { isDay } from '../kernel/dates.js';
import { poolIsClosed, stepsTo } from './ending.js';
import { lockInOrder } from './standing.js';
import { ContributionState } from './states.js';
import { takeSteps } from './writing.js';

const content = z.object({
  closings: z.array(
    z.object({
      contributionId: z.string().min(1),
      budgetId: z.string().min(1),
      effectiveOn: z.string().refine(isDay),
    }),
  ),
});

interface Found {
  id: string;
  contributor_id: string;
  state: ContributionState;
  number: number;
  version: number;
}

/**
 * Takes in `budgets.closed`: nothing of these contributions is under way in their pool any more. Those that are
 * DEPOSITED are FULFILLED and CLOSED; what is still outstanding of the others stays due until it is written off.
 */
export async function receiveClosings(em: EntityManager, event: unknown): Promise<void> {
  const { closings } = content.parse(event);
  const ids = closings.map(({ contributionId }) => contributionId);
  await lockInOrder(em, ids);
  const rows = await query<Found>(
    em,
    `select id, contributor_id, state, number, version from contribution where id = any(?) order by id`,
    [ids],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const missing = ids.find((id) => !found.has(id));
  if (missing) throw new Error(`there is no contribution ${missing}`);
  await query(
    em,
    `insert into ledger_closing (contribution_id, contributor_id, budget_id, effective_on)
     select id, contributor, budget, on_day::date from unnest(?::text[], ?::text[], ?::text[], ?::text[]) as closed(id, contributor, budget, on_day)
     on conflict do nothing`,
    [
      ids,
      ids.map((id) => found.get(id)!.contributor_id),
      closings.map(({ budgetId }) => budgetId),
      closings.map(({ effectiveOn }) => effectiveOn),
    ],
  );
  const walks = closings.flatMap(({ contributionId, effectiveOn }) => {
    const { contributor_id: contributorId, ...of } = found.get(contributionId)!;
    if (of.state !== ContributionState.DEPOSITED) return [];
    const how = { effectiveOn, reason: poolIsClosed };
    return [stepsTo({ ...of, contributorId }, [ContributionState.FULFILLED, ContributionState.CLOSED], how)];
  });
  const ledger = { subject: 'ledger', organisation: null };
  for (const place of [0, 1]) {
    await takeSteps(
      em,
      ledger,
      walks.map((walk) => walk[place]!),
    );
  }
}
