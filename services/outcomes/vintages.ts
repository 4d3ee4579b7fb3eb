import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid, v5 as uuidOf } from 'uuid';
import { query } from '../kernel/database.js';
import { compare, exactAgain } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import type { RevisionReason } from './observation-enums.js';
import type { CheckedRow } from './observation-input.js';

/** A row on its way into its series. */
export interface PlacedRow extends CheckedRow {
  /** Its place in the input. */
  place: number;
  seriesId: string;
  line: number | null;
  original: string | null;
}

/** A vintage as it is compared with a row. */
export interface Vintage extends Omit<CheckedRow, 'periodStart' | 'area' | 'dimensions' | 'seriesKey'> {
  vintage: number;
  releasedAt: Date;
  /** The release it waits in; null once it is public. */
  waitsIn: string | null;
}

interface VintageRow {
  place: number;
  vintage: number;
  released_at: string;
  waits_in: string | null;
  value: string | null;
  value_kind: Vintage['valueKind'];
  status: Vintage['status'];
  low: string | null;
  high: string | null;
  confidence_level: string | null;
  sample_size: number | null;
}

const namespace = '6f1a0c2e-58d4-4f0b-9a53-0d3c7c2f9b41';

/** Worked out from what the series is: the order of a list of series must not tell which was handed in first. */
const seriesId = (measure: string, definition: number, key: string) =>
  uuidOf(JSON.stringify([measure, definition, key]), namespace);

const seriesRows = 'json_to_recordset(?::json) as wanted(place int, id uuid, area text, dimensions jsonb)';

/** The ids of the rows' series under the key of their area and breakdown, and which of them are made here. */
export async function seriesOf(
  em: EntityManager,
  { measureId, number }: DefinitionVersion,
  rows: CheckedRow[],
): Promise<{ ids: Map<string, string>; made: Set<string> }> {
  const distinct = [...new Map(rows.map((row) => [row.seriesKey, row])).values()];
  const wanted = distinct.map(({ area, dimensions, seriesKey }, place) => {
    const id = seriesId(measureId, number, seriesKey);
    return { place, id, area, dimensions: JSON.parse(dimensions) as object };
  });
  // One look-up in the unique index for each, however many series the measure has.
  const found = await query<{ place: number; id: string }>(
    em,
    `select wanted.place, there.id from ${seriesRows} cross join lateral (select id from series where measure_id = ?
       and definition = ?::int and area = wanted.area and dimensions = wanted.dimensions limit 1) there`,
    [JSON.stringify(wanted), measureId, number],
  );
  const ids = new Map(found.map(({ place, id }) => [place, id]));
  const missing = wanted.filter(({ place }) => !ids.has(place));
  if (missing.length > 0) {
    const sql = `insert into series (id, measure_id, definition, area, dimensions)
      select id, ?, ?::int, area, dimensions from ${seriesRows}`;
    await query(em, sql, [measureId, number, JSON.stringify(missing)]);
  }
  return {
    ids: new Map(wanted.map(({ place, id }) => [distinct[place]!.seriesKey, ids.get(place) ?? id])),
    made: new Set(missing.map(({ id }) => id)),
  };
}

export const waits = '(release_id is not null and o.released_at > statement_timestamp())';

/**
 * For each row what is there already: the newest vintage, be it that it waits, and where that one waits or came later,
 * the newest one released by then.
 */
export async function vintagesFor(
  em: EntityManager,
  rows: readonly PlacedRow[],
  release: Date | null,
): Promise<Map<number, Vintage[]>> {
  const there = new Map<number, Vintage[]>();
  if (rows.length === 0) return there;
  for (const row of await newestOf(em, rows, 'true')) there.set(row.place, [vintageOf(row)]);
  const isLater = ([newest]: Vintage[]) =>
    newest!.waitsIn !== null || (release !== null && newest!.releasedAt > release);
  const later = rows.filter(({ place }) => there.has(place) && isLater(there.get(place)!));
  if (later.length === 0) return there;
  const byThen = `not ${waits} and o.released_at <= ?::timestamptz`;
  for (const row of await newestOf(em, later, byThen, [release?.toISOString() ?? 'infinity']))
    there.get(row.place)!.push(vintageOf(row));
  return there;
}

/** The newest vintage of each row's figure for which a condition is true; one look-up in the primary key for each. */
function newestOf(
  em: EntityManager,
  rows: readonly PlacedRow[],
  condition: string,
  params: unknown[] = [],
): Promise<VintageRow[]> {
  return query<VintageRow>(
    em,
    `select given.place, there.* from unnest(?::int[], ?::uuid[], ?::date[]) as given(place, series_id, period_start)
     cross join lateral (select vintage, o.released_at, case when ${waits} then release_id end as waits_in, value,
         value_kind, status, low, high, confidence_level, sample_size
       from observation o where series_id = given.series_id and period_start = given.period_start and ${condition}
       order by vintage desc limit 1) there`,
    [...columnsOf(rows, ['place', 'seriesId', 'periodStart']), ...params],
  );
}

/** What a batch says, column by column: arrays are read faster than as many objects. */
const columnsOf = <Of extends object>(rows: readonly Of[], names: readonly (keyof Of)[]): unknown[][] =>
  names.map((name) => rows.map((row) => row[name]));

const vintageOf = (row: VintageRow): Vintage => ({
  vintage: row.vintage,
  value: row.value,
  valueKind: row.value_kind,
  status: row.status,
  low: row.low,
  high: row.high,
  confidenceLevel: row.confidence_level,
  sampleSize: row.sample_size,
  releasedAt: new Date(row.released_at),
  waitsIn: row.waits_in,
});

const isSameNumber = (one: string | null, other: string | null) =>
  one === other || (one !== null && other !== null && compare(exactAgain(one), exactAgain(other)) === 0);

/** Whether a vintage says what the row says. 72 and 72.0 are the same figure. */
export const saysTheSame = (vintage: Vintage, row: CheckedRow): boolean =>
  vintage.valueKind === row.valueKind &&
  vintage.status === row.status &&
  vintage.sampleSize === row.sampleSize &&
  isSameNumber(vintage.value, row.value) &&
  isSameNumber(vintage.low, row.low) &&
  isSameNumber(vintage.high, row.high) &&
  isSameNumber(vintage.confidenceLevel, row.confidenceLevel);

export interface NewVintage extends PlacedRow {
  vintage: number;
  reason: RevisionReason;
}

export interface Publication {
  measureId: string;
  source: string;
  file: string | null;
  organisation: string;
  subject: string;
  releaseId: string | null;
}

/** The only writer of observations, with their publication. */
export async function insertVintages(
  em: EntityManager,
  rows: NewVintage[],
  { measureId, source, file, organisation, subject, releaseId }: Publication,
  stated: Date | null,
) {
  const publicationId = uuid();
  const all = columns.map(([name, type, field]) => ({ name, type, values: rows.map((row) => row[field]) }));
  // Most of what the rows of a batch say is the same in each, and is sent and read once.
  const isShared = ({ name, values }: (typeof all)[number]) =>
    name !== 'series_id' && values.every((value) => value === values[0]);
  const [shared, each] = [all.filter(isShared), all.filter((column) => !isShared(column))];
  await query(
    em,
    `with published as (insert into publication (id, measure_id, source, file, organisation, subject, release_id)
       values (?, ?, ?, ?, ?, ?, ?))
     insert into observation (${[...shared, ...each].map(({ name }) => name).join(', ')}, publication_id, stated_release, release_id)
     select ${shared.map(({ type }) => `?::${type}, `).join('')}given.*, ?::uuid, ?::timestamptz, ?::text
       from unnest(${each.map(({ type }) => `?::${type}[]`).join(', ')}) as given`,
    [
      ...[publicationId, measureId, source, file, organisation, subject, releaseId],
      ...shared.map(({ values }) => values[0]),
      ...[publicationId, stated?.toISOString() ?? null, releaseId],
      ...each.map(({ type, values }) => (type === 'text' ? values : plainArray(values))),
    ],
  );
}

/** An array as PostgreSQL reads it, of what needs no quotes: keys, days and numbers. */
const plainArray = (values: readonly unknown[]) => `{${values.map((value) => value ?? 'NULL').join(',')}}`;

const columns: readonly [name: string, type: string, field: keyof NewVintage][] = [
  ['series_id', 'uuid', 'seriesId'],
  ['period_start', 'date', 'periodStart'],
  ['vintage', 'int', 'vintage'],
  ['value', 'numeric', 'value'],
  ['value_kind', 'text', 'valueKind'],
  ['status', 'text', 'status'],
  ['low', 'numeric', 'low'],
  ['high', 'numeric', 'high'],
  ['reason', 'text', 'reason'],
  ['confidence_level', 'numeric', 'confidenceLevel'],
  ['sample_size', 'int', 'sampleSize'],
  ['source_row', 'int', 'line'],
  ['original', 'text', 'original'],
];

/** A figure to withdraw: its newest vintage. */
export type Grave = { seriesId: string; periodStart: string; vintage: number };

/** Follows each vintage by its tombstone, which keeps where the figure was read. */
export async function insertTombstones(
  em: EntityManager,
  graves: readonly Grave[],
  { reason, because }: { reason: RevisionReason; because: string },
): Promise<void> {
  const given = graves.map(({ seriesId, periodStart, vintage }) => {
    return { series_id: seriesId, period_start: periodStart, vintage };
  });
  await query(
    em,
    `insert into observation (series_id, period_start, vintage, value_kind, status, reason, publication_id, source_row,
       original, withdrawn_because)
     select o.series_id, o.period_start, o.vintage + 1, 'WITHDRAWN', 'A', ?, o.publication_id, o.source_row, o.original, ?
     from json_to_recordset(?::json) as grave(series_id uuid, period_start date, vintage int)
     join observation o using (series_id, period_start, vintage)`,
    [reason, because, JSON.stringify(given)],
  );
}
