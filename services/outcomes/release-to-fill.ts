import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { refuse } from '../kernel/refusal.js';
import { Release } from './release.js';
import { now } from './released.js';

/**
 * A release of the organisation, still to come, in its newest revision, for a deed that adds to it or moves it. Who adds
 * waits for who moves it, and the other way round. Refuses with UNKNOWN_RELEASE and RELEASE_HAS_COME.
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
  if (newest.scheduledAt <= (await now(em))) {
    const at = newest.scheduledAt.toISOString();
    refuse('RELEASE_HAS_COME', `This release came at ${at}; schedule another one.`, ['release']);
  }
  return newest;
}

/** Lets this database transaction see what waits in the releases of its caller's organisation, and nobody else's. */
export const openEmbargo = (em: EntityManager): Promise<unknown> =>
  query(em, `select set_config('app.embargo', 'open', true)`);

/** Refuses a release that is no longer to come. */
export async function checkToCome(em: EntityManager, scheduledAt: Date): Promise<void> {
  if (scheduledAt > (await now(em))) return;
  const sentence = `${scheduledAt.toISOString()} is over; a release is announced for an instant that is still to come.`;
  refuse('RELEASE_IN_PAST', sentence, ['scheduledAt']);
}
