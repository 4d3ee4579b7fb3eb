import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query, type Row } from '../kernel/database.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { Forbidden, refuse } from '../kernel/refusal.js';
import { DefinitionVersion } from './definition.js';
import { Measure } from './measure.js';
import { embargoOpened } from './release-to-fill.js';

export interface MeasureToChange {
  measure: Measure;
  definitions: DefinitionVersion[];
  /** The database's clock. */
  now: Date;
}

/**
 * A measure for a deed that adds to one of its chains. Nobody else adds to any of them until the deed has ended, so
 * that each finds the newest of its chain. Refuses with UNKNOWN_MEASURE; throws Forbidden for another steward's one,
 * unless the mission unit may do it too. With `opensEmbargo` the deed sees what waits in releases of its organisation.
 */
export async function measureToChange(
  em: EntityManager,
  id: string,
  caller: Caller,
  { missionUnitToo, opensEmbargo = false }: { missionUnitToo: boolean; opensEmbargo?: boolean },
): Promise<MeasureToChange> {
  const opening = opensEmbargo ? `, ${embargoOpened}` : '';
  await query(em, `select pg_advisory_xact_lock(hashtextextended('measure ' || ?, 0))${opening}`, [id]);
  // One statement for both, read by hand: figures come in batches, each of which begins here.
  const found = await query<Row & { clock: string; measure: Row }>(
    em,
    `select definition.*, clock_timestamp() as clock, to_json(measure.*) as measure
       from measure join definition on definition.measure_id = measure.id where measure.id = ? order by number`,
    [id],
  );
  const [first] = found;
  if (!first) return refuse('UNKNOWN_MEASURE', 'There is no measure with this id; define it first.', ['measure']);
  const measure = nounOfRow(em, Measure)(first.measure);
  const isSteward = caller.roles.has('statistician') && caller.organisation === measure.stewardId;
  if (!isSteward && !(missionUnitToo && caller.roles.has('mission-unit'))) {
    throw new Forbidden(`This is for the statisticians of ${measure.stewardId}, the steward of this measure.`);
  }
  return { measure, definitions: found.map(nounOfRow(em, DefinitionVersion)), now: new Date(first.clock) };
}

/** The version a client named, or the newest. Refuses with UNKNOWN_DEFINITION. */
export function definitionIn(definitions: DefinitionVersion[], number: number | null | undefined): DefinitionVersion {
  const newest = definitions.at(-1)!;
  const found = definitions.find((definition) => definition.number === (number ?? newest.number));
  if (!found) {
    refuse('UNKNOWN_DEFINITION', `There is no definition ${number}; this measure has 1 to ${newest.number}.`, [
      'definition',
    ]);
  }
  return found;
}

export const asAfter = (definition: DefinitionVersion) => ({
  after: { what: `definition ${definition.number} of the measure`, at: definition.releasedAt },
});
