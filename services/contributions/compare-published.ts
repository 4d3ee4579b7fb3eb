import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { Refusal, type UserError } from '../kernel/refusal.js';
import { illegalTransition } from './contribution.js';
import type { Stated } from './published-contribution.js';
import { lockInOrder } from './standing.js';
import { ContributionState } from './states.js';
import { PublishedVerdict } from './verdict.js';

/** What is known of a contribution whose source states it again. */
export interface Known {
  id: string;
  mission_id: string;
  challenge_id: string | null;
  lever_id: string | null;
  kind: string;
  pooling: string;
  illustrative: boolean;
  source_system: string;
  source_record_id: string;
  source_hash: string;
  state: ContributionState;
  number: number;
  version: number;
  hash: string;
  budget_id: string | null;
  currency: string | null;
  /** When its last step, or what was stated last of its payments, was known. */
  known_at: string;
}

export const keyOf = ({ system, id }: { system: string; id: string }): string => JSON.stringify([system, id]);

// "limit 1" makes PostgreSQL look up row by row, also while its statistics lag behind a large import.
const bySource = `unnest(?::text[], ?::text[]) as stated(system, id) cross join lateral (select * from contribution
  where source_record_id = stated.id and source_system = stated.system and contributor_id = ? limit 1) as c`;

/**
 * What was published for the organisation before of these rows, by source; locked. Where another call beside makes one
 * of them at this moment, PostgreSQL refuses the second, and that is tried again.
 */
export async function findKnown(
  em: EntityManager,
  organisation: string,
  rows: readonly Stated[],
): Promise<Map<string, Known>> {
  const sources = [rows.map(({ source }) => source.system), rows.map(({ source }) => source.id), organisation];
  const ids = new Set((await query<{ id: string }>(em, `select c.id from ${bySource}`, sources)).map(({ id }) => id));
  if (ids.size === 0) return new Map();
  await lockInOrder(em, [...ids]);
  const found = await query<Known>(
    em,
    `select c.*, v.hash, v.budget_id, v.currency, greatest(s.known_at, (select known_at from payment_statement
       where contribution_id = c.id order by ordinal desc limit 1))::text as known_at from ${bySource}
     cross join lateral (select hash, budget_id, currency from contribution_version
       where contribution_id = c.id and number = c.number limit 1) as v
     cross join lateral (select known_at from contribution_state
       where contribution_id = c.id and sequence = c.version limit 1) as s`,
    sources,
  );
  const locked = found.filter(({ id }) => ids.has(id));
  return new Map(locked.map((row) => [keyOf({ system: row.source_system, id: row.source_record_id }), row]));
}

/**
 * Compares a row with what its source stated last. Terms change by publishing only while the contribution is PLEDGED:
 * in a negotiation the rounds decide, and from the agreement on the terms are settled.
 */
export function compare(row: Stated, before: Known | null): { verdict: PublishedVerdict; refusal: UserError | null } {
  if (!before) return { verdict: PublishedVerdict.NEW, refusal: null };
  if (before.source_hash === row.source.hash) return { verdict: PublishedVerdict.UNCHANGED, refusal: null };
  return { verdict: PublishedVerdict.CHANGED, refusal: refusalOf(row, before) };
}

function refusalOf({ is, terms, releasedAt }: Stated, before: Known): UserError | null {
  const was = {
    ...{ missionId: before.mission_id, kind: before.kind, pooling: before.pooling },
    ...{ challengeId: before.challenge_id, leverId: before.lever_id, illustrative: before.illustrative },
  };
  for (const [name, value] of Object.entries(was)) {
    if (is[name as keyof typeof was] === value) continue;
    const field = name.replace(/Id$/, '');
    return new Refusal('BAD_USER_INPUT', `The ${field} of a published contribution stays as it is (${value}).`, [
      field,
    ]);
  }
  if (before.state !== ContributionState.PLEDGED) return illegalTransition(before.id, before.state);
  if (before.currency !== terms.currency) {
    return new Refusal('CURRENCY_MISMATCH', `The contribution is in ${before.currency}; it stays in one currency.`, [
      'terms',
      'amounts',
    ]);
  }
  if (releasedAt && releasedAt < new Date(before.known_at)) {
    return new Refusal('RELEASED_OUT_OF_ORDER', 'A later release is known already; publish releases in their order.', [
      'releasedAt',
    ]);
  }
  return null;
}
