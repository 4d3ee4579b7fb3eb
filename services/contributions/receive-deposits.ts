import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { isDay } from '../kernel/dates.js';
import { toMinor } from '../kernel/money.js';
import { lockInOrder } from './standing.js';
import { ContributionState, nextStates } from './states.js';
import { tellWebhooks } from './telling-webhooks.js';
import { WebhookEvent } from './webhook.js';
import { add, type Step, takeSteps } from './writing.js';

const content = z.object({
  deposits: z.array(
    z.object({
      contributionId: z.string(),
      /** What the ledger has matched to it so far, as a decimal string. */
      deposited: z.string(),
      committed: z.string(),
      currency: z.string().length(3),
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
  total: string;
  currency: string;
  written_off: string;
}

const { COMMITTED, PART_DEPOSITED, DEPOSITED, SUSPENDED } = ContributionState;
const reversed = 'The ledger reversed what had arrived.';

/**
 * Takes in `budgets.deposited`: keeps what the ledger says has arrived and moves contributions that have arrived in
 * part or in whole, and back those of which it was reversed. Where the state table has no such step the figure alone is kept: the ledger is right about money.
 */
export async function receiveDeposits(em: EntityManager, event: unknown): Promise<void> {
  const { deposits } = content.parse(event);
  // Figures are what has arrived so far, so of two for one contribution the later one says it all.
  const latest = new Map(deposits.map((deposit) => [deposit.contributionId, deposit]));
  const ids = [...latest.keys()];
  await lockInOrder(em, ids);
  const rows = await query<Found>(
    em,
    `select c.id, c.contributor_id, c.state, c.number, c.version, v.total, v.currency,
       (select coalesce(sum(amount), 0) from write_off w where w.contribution_id = c.id) as written_off
     from contribution c cross join lateral (select total, currency from contribution_version
       where contribution_id = c.id and number = c.number limit 1) as v
     where c.id = any(?) and v.total is not null`,
    [ids],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const figures: object[] = [];
  const steps: Step[] = [];
  for (const { contributionId, deposited, currency, effectiveOn } of latest.values()) {
    const of = found.get(contributionId);
    if (of?.currency !== currency) throw new Error(`there is no contribution ${contributionId} in ${currency}`);
    const arrived = toMinor(deposited, currency);
    figures.push({
      ...{ contribution_id: of.id, contributor_id: of.contributor_id, deposited: arrived.toString(), currency },
      effective_on: effectiveOn,
    });
    const hadArrived = of.state === PART_DEPOSITED || of.state === DEPOSITED;
    const state = standsBy(arrived, of);
    if ((arrived === 0n && !hadArrived) || !nextStates[of.state].includes(state) || of.state === SUSPENDED) continue;
    const { id, contributor_id: contributorId, number, version } = of;
    const reason = hadArrived && state !== DEPOSITED ? reversed : null;
    steps.push({ id, contributorId, version: version + 1, number, state, effectiveOn, reason });
  }
  await add(em, 'ledger_deposit', figures);
  const happenings = [...latest.values()].map(({ contributionId: id, deposited: amount, currency, effectiveOn }) => ({
    ...{ contributorId: found.get(id)!.contributor_id, about: id },
    data: { contribution: id, deposited: { amount, currency }, effectiveOn },
  }));
  await tellWebhooks(em, WebhookEvent.DEPOSITED, happenings);
  await takeSteps(em, { subject: 'ledger', organisation: null }, steps);
}

function standsBy(arrived: bigint, { total, written_off }: Found): ContributionState {
  if (arrived === 0n) return COMMITTED;
  return arrived + BigInt(written_off) >= BigInt(total) ? DEPOSITED : PART_DEPOSITED;
}
