import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { Forbidden, refuse } from '../kernel/refusal.js';
import { Measure } from './measure.js';
import type { Release } from './release.js';

const mostMeasures = 100;

/** Measures a release is announced for, in order: at most 100, all of its organisation. Refuses with BAD_USER_INPUT and UNKNOWN_MEASURE. */
export async function ownMeasures(em: EntityManager, ids: string[], organisation: string): Promise<string[]> {
  if (ids.length > mostMeasures) {
    refuse('BAD_USER_INPUT', `There are ${ids.length} measures; name at most ${mostMeasures}.`, ['measures']);
  }
  const found = await em.find(Measure, { id: { $in: ids } });
  const missing = ids.find((id) => !found.some((measure) => measure.id === id));
  if (missing) refuse('UNKNOWN_MEASURE', `There is no measure ${missing}; define it first.`, ['measures']);
  const foreign = found.find(({ stewardId }) => stewardId !== organisation);
  if (foreign) throw new Forbidden(`${foreign.id} is published by ${foreign.stewardId}, its steward.`);
  return ids.sort();
}

/** Refuses figures of a measure for which the release is not announced, with NOT_ANNOUNCED. One that names none takes all. */
export function checkAnnounced({ title, measureIds }: Release, measure: string): void {
  if (measureIds.length === 0 || measureIds.includes(measure)) return;
  const announced = measureIds.length === 1 ? measureIds[0] : `${measureIds.length} measures`;
  const sentence = `The release "${title}" is announced for ${announced} and not for ${measure}; announce it by announceMeasures first.`;
  refuse('NOT_ANNOUNCED', sentence, ['release']);
}

/** Refuses with NOT_ANNOUNCED where a measure whose figures wait in the release already is not among these. */
export async function checkAllAnnounced(em: EntityManager, release: string, measures: string[]): Promise<void> {
  const sql = `select measure_id as id from publication where release_id = ? and not measure_id = any(?) order by 1 limit 1`;
  const [left] = await query<{ id: string }>(em, sql, [release, measures]);
  if (!left) return;
  refuse('NOT_ANNOUNCED', `Figures of ${left.id} wait in this release already; name that one too.`, ['measures']);
}
