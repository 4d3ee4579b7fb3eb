import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { breakBetween, type DefinitionVersion } from './definition.js';
import type { RowFault } from './observation-input.js';
import { labelOf } from './period.js';
import type { NewVintage } from './vintages.js';

/**
 * Versions of a definition that may be compared are one series to whoever reads it, and a period of a series has one
 * figure. A newer version may be carried back over periods that an older one has: its figure counts then. But once the
 * newer one says what a period was, the older one says nothing new about it. Across a break both may, since figures of
 * the two are never held together. Answers the fault of each row that would be a second figure, by its place.
 */
export async function faultsOfOverlap(
  em: EntityManager,
  definitions: DefinitionVersion[],
  definition: DefinitionVersion,
  made: readonly NewVintage[],
  releasedAt: Date,
): Promise<Map<number, RowFault>> {
  const later = definitions
    .map(({ number }) => number)
    .filter((number) => number > definition.number && !breakBetween(definitions, definition.number, number));
  // What is there already is corrected as ever.
  const first = made.filter(({ vintage }) => vintage === 1);
  if (later.length === 0 || first.length === 0) return new Map();
  const wanted = first.map(({ place, area, dimensions, periodStart }) => {
    return { place, area, dimensions: JSON.parse(dimensions) as object, period_start: periodStart };
  });
  const found = await query<{ place: number; definition: number }>(
    em,
    `select wanted.place, max(s.definition) as definition
     from json_to_recordset(?::json) as wanted(place int, area text, dimensions jsonb, period_start date)
     join series s on s.measure_id = ? and s.definition = any(?::int[]) and s.area = wanted.area and s.dimensions = wanted.dimensions
     cross join lateral (select value_kind from observation o where o.series_id = s.id
       and o.period_start = wanted.period_start and o.released_at <= ?::timestamptz order by vintage desc limit 1) newest
     where newest.value_kind <> 'WITHDRAWN' group by wanted.place`,
    [JSON.stringify(wanted), definition.measureId, later, releasedAt.toISOString()],
  );
  const starts = new Map(first.map(({ place, periodStart }) => [place, periodStart]));
  return new Map(
    found.map(({ place, definition: newer }): [number, RowFault] => {
      const period = labelOf(definition.frequency, starts.get(place)!);
      const message = `${period} has a figure by definition ${newer} already, which continues this one; correct that one, or withdraw it first.`;
      return [place, { code: 'OVERLAPPING_PERIOD', field: 'period', message }];
    }),
  );
}
