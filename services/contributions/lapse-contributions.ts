import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { inTransaction } from '../kernel/transaction.js';
import type { Contribution } from './contribution.js';
import { stepsTo } from './ending.js';
import { ContributionState } from './states.js';
import { takeSteps } from './writing.js';

const atOnce = 100;

interface Due {
  id: string;
  contributor_id: string;
  number: number;
  version: number;
  valid_until: string;
}

/**
 * Lapses pledges and negotiations whose last offer is over in London, on the day after its last. Processes that do so
 * at the same moment share the work: each leaves to the other what that has locked.
 */
export async function lapseContributions(em: EntityManager): Promise<void> {
  const today = dayInLondon(new Date());
  for (let after: string | null = ''; after !== null; ) {
    const beyond: string = after;
    after = await inTransaction(em, (each) => lapseSome(each, today, beyond));
  }
}

/** Lapses the next of them by id; answers the last id that was looked at, null when there is none. */
async function lapseSome(em: EntityManager, today: string, after: string): Promise<string | null> {
  // Time holds no token; row-level security and the state table know it as they know an event.
  await query(em, `select set_config('app.roles', 'event', true)`);
  const due = await query<Due>(
    em,
    `select c.id, c.contributor_id, c.number, c.version, v.valid_until::text from contribution_version v
       join contribution c on c.id = v.contribution_id and c.number = v.number
      where v.valid_until < ? and c.state in ('PLEDGED', 'NEGOTIATING') and c.id > ?
      order by c.id limit ${atOnce} for update of c skip locked`,
    [today, after],
  );
  if (due.length === 0) return null;
  const steps = due.flatMap(({ id, contributor_id: contributorId, number, version, valid_until: last }) => {
    const of: Pick<Contribution, 'id' | 'contributorId' | 'number' | 'version'> = {
      id,
      contributorId,
      number,
      version,
    };
    const how = { effectiveOn: dayAfter(last), reason: `The offer stood until ${last}.` };
    return stepsTo(of, [ContributionState.LAPSED], how);
  });
  await takeSteps(em, { subject: 'time', organisation: null }, steps);
  return due.at(-1)!.id;
}

function dayAfter(day: string): string {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}
