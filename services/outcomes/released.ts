import { type Opt, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DateTime, dayInLondon } from '../kernel/dates.js';
import type { Loader } from '../kernel/loader.js';
import { refuse } from '../kernel/refusal.js';

/** What everything in this service has: it is never changed, only followed by a newer one, and cut by its release. */
@ObjectType()
export abstract class Released {
  /** The release its source states; null when the hub itself was the first to know. */
  @Property({ type: 'datetime', length: 3, nullable: true, fieldName: 'stated_release' })
  statedReleaseAt: Date | null;

  @Field(() => Boolean, {
    description: 'True when releasedAt is what the source states; false when it is when the hub learnt it.',
  })
  get statedRelease(): Opt<boolean> {
    return this.statedReleaseAt !== null;
  }

  @Field(() => DateTime, { description: 'When the hub learnt it.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'statement_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => DateTime, { description: 'When it became known; As-Known-At cuts here.' })
  @Property({ type: 'datetime', length: 3, generated: 'coalesce(stated_release, recorded_at)' })
  releasedAt: Opt<Date>;
}

/** SQL that is true for rows known at the request's instant. */
export const known = (context: Context, alias: string): string =>
  context.knownAt ? `${alias}.released_at <= '${context.knownAt.toISOString()}'` : 'true';

/**
 * SQL that is true for observations that are public, by the database's clock: what waits in a release is not, whoever
 * asks, and neither for an As-Known-At that lies in the future. Row-level security says the same a second time.
 */
export const isPublic = (alias: string): string => `(${alias}.release_id is null or ${alias}.released_at <= now())`;

/** SQL that is true for observations that were public at the request's instant. */
export const published = (context: Context, alias: string): string => `${isPublic(alias)} and ${known(context, alias)}`;

/**
 * SQL for the newest vintages of a series that were public at the request's instant, the newest period first. What
 * begins later is not looked at: none is released so early.
 */
export function newestFigures(series: string, { knownAt }: Pick<Context, 'knownAt'>, most?: number): string {
  const cut = knownAt ? `'${knownAt.toISOString()}', '${dayInLondon(knownAt)}'` : 'null, null';
  return `newest_vintages(${series}, ${cut}, ${most ?? 'null'})`;
}

/** The instant a request is answered for, in one snapshot: that of its As-Known-At, and never one that lies ahead. */
export const instantOfAnswer: Loader<'', Date> = {
  async batch(keys, context) {
    const [clock] = await context.rows<{ now: string }>(`select date_trunc('milliseconds', now()) as now`);
    const now = new Date(clock!.now);
    return keys.map(() => (context.knownAt && context.knownAt < now ? context.knownAt : now));
  },
};

/** The database's clock: releases are compared with it and never with this program's. */
export async function now(em: EntityManager): Promise<Date> {
  const [clock] = await query<{ now: string }>(em, 'select clock_timestamp() as now');
  return new Date(clock!.now);
}

interface ReleaseLimits {
  now: Date;
  /** What it stands on, which must have been known by then. */
  after?: { what: string; at: Date };
  /** What it follows: a chain is written in the order of its releases. */
  newest?: { what: string; at: Date };
}

/** Refuses a stated release that is in the future, before what it stands on, or before what it follows. */
export function checkRelease(stated: Date | null | undefined, { now, after, newest }: ReleaseLimits): void {
  if (!stated) return;
  const at = stated.toISOString();
  if (stated > now)
    refuse('RELEASED_IN_FUTURE', `The release at ${at} is still to come; publish it then.`, ['releasedAt']);
  if (after && stated < after.at) {
    const sentence = `It is said to be released at ${at}, before ${after.what} was known (${after.at.toISOString()}).`;
    refuse('RELEASED_TOO_EARLY', `${sentence} State the true release of ${after.what} first.`, ['releasedAt']);
  }
  if (newest && stated < newest.at) {
    const sentence = `${newest.what} was released at ${newest.at.toISOString()}, after ${at}`;
    refuse('OLDER_THAN_NEWEST', `${sentence}; what is older cannot follow it.`, ['releasedAt']);
  }
}
