import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { Release } from './release.js';
import { now } from './released.js';

/**
 * A release of the organisation, still to come, in its newest revision, for a deed that adds to it, moves it or calls it
 * off. Who adds waits for who moves it, and the other way round. Refuses with UNKNOWN_RELEASE, ILLEGAL_TRANSITION and
 * RELEASE_HAS_COME.
 */
export async function releaseToFill(
  em: EntityManager,
  id: string,
  organisation: string,
  { alone }: { alone: boolean },
): Promise<Release> {
  await query(em, `select pg_advisory_xact_lock${alone ? '' : '_shared'}(hashtextextended(?, 0))`, [id]);
  const [newest] = await em.find(Release, { id }, { orderBy: { revision: 'desc' }, limit: 1 });
  if (newest?.organisationId !== organisation) {
    refuse('UNKNOWN_RELEASE', 'Your organisation has no release with this id; schedule it first.', ['release']);
  }
  if (newest.calledOff) throw new Refused([new IllegalTransition('This release', 'CALLED_OFF', [])]);
  if (await isComing(em, newest.scheduledAt)) {
    const at = newest.scheduledAt.toISOString();
    refuse('RELEASE_HAS_COME', `This release comes at ${at}, which is now or over; schedule another one.`, ['release']);
  }
  return newest;
}

/** Lets this database transaction see what waits in the releases of its caller's organisation, and nobody else's. */
export const openEmbargo = (em: EntityManager): Promise<unknown> => query(em, `select ${embargoOpened}`);

/** The same as a column of a statement that comes before all that look. */
export const embargoOpened = `set_config('app.embargo', 'open', true)`;

/** The database refuses so close to a release as a conflict; asked for again, the deed is refused here, by the same measure. */
const closedForMs = 100;

const isComing = async (em: EntityManager, scheduledAt: Date): Promise<boolean> =>
  scheduledAt.getTime() - (await now(em)).getTime() <= closedForMs;

/** Refuses a release that is no longer to come, or comes within a tenth of a second. */
export async function checkToCome(em: EntityManager, scheduledAt: Date): Promise<void> {
  if (!(await isComing(em, scheduledAt))) return;
  const sentence = `${scheduledAt.toISOString()} is now or over; a release is announced for an instant that is still to come.`;
  refuse('RELEASE_IN_PAST', sentence, ['scheduledAt']);
}
