import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime, Day, isDay } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { Dimension } from './dimension.js';
import { ObservationStatus, RevisionReason, ValueKind } from './observation-enums.js';
import { type Frequency, labelOf, lastDayOf } from './period.js';
import { isPublic } from './released.js';

@ObjectType({ description: 'Where a figure was read, down to the row.' })
export class Provenance {
  @Field(() => String, { description: 'Who published it.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The file it stood in; null when it was in none.' })
  file: string | null;

  @Field(() => Int, { nullable: true, description: 'The line or row of the file, from 1.' })
  row: number | null;

  @Field(() => String, { nullable: true, description: 'What stood there, word for word, where it was kept.' })
  original: string | null;
}

/** A figure as it is judged: exact decimals as text. */
export interface Figure {
  period: string;
  periodStart: string;
  periodEnd: string;
  definition: number;
  value: string | null;
  valueKind: ValueKind;
  low: string | null;
  high: string | null;
  confidenceLevel: string | null;
  /** Why it was withdrawn, where it was and that was asked for. */
  withdrawnBecause?: string | null;
}

/** One row of the series that one observation belongs to, joined with it. */
export interface ObservationRow {
  series_id: string;
  measure_id: string;
  definition: number;
  frequency: Frequency;
  unit: string;
  area: string;
  dimensions: Record<string, string>;
  period_start: string;
  vintage: number;
  value: string | null;
  value_kind: ValueKind;
  status: ObservationStatus;
  low: string | null;
  high: string | null;
  confidence_level: string | null;
  sample_size: number | null;
  reason: RevisionReason;
  publication_id: string;
  source_row: number | null;
  original: string | null;
  withdrawn_because: string | null;
  stated_release: string | null;
  released_at: string;
  recorded_at: string;
}

/** The columns that only one field of an observation shows. */
const columnsOfFields = {
  unit: 'd.unit',
  area: 's.area',
  dimensions: 's.dimensions',
  sampleSize: 'o.sample_size',
  withdrawnBecause: 'o.withdrawn_because',
  statedRelease: 'o.stated_release',
  recordedAt: 'o.recorded_at',
  reason: 'o.reason',
  provenance: 'o.publication_id, o.source_row, o.original',
};

/** The columns of what is only shown, for `observationOf`: those of fields that the request does not name stay away. */
export const columnsShown = (context: Pick<Context, 'names'>): string =>
  [
    `s.id as series_id, s.measure_id, s.definition, d.frequency, o.period_start::text as period_start, o.vintage, o.value,
     o.value_kind, o.status, o.low, o.high, o.confidence_level, o.released_at`,
    ...Object.entries(columnsOfFields).flatMap(([field, columns]) => (context.names(field) ? columns : [])),
  ].join(', ');

/** All columns, for what is judged as well. */
export const observationColumns = columnsShown({ names: () => true });

const definitionOfSeries = 'join definition d on d.measure_id = s.measure_id and d.number = s.definition';
export const seriesTables = `series s ${definitionOfSeries}`;
export const observationTables = `${seriesTables} join observation o on o.series_id = s.id and ${isPublic('o')}`;

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'A figure of one period, area and breakdown in one of its vintages. Never changed: a newer one supersedes.',
})
export class Observation implements Figure {
  @Field(() => ID, { description: 'Names this vintage for good.' })
  id: string;

  @Field(() => String, { description: 'The period by its label: 2023, 2018/19, 2024 Q4, 2025-26 or 2024-03.' })
  period: string;

  @Field(() => Day, { description: 'First day of the period.' })
  periodStart: string;

  @Field(() => Day, { description: 'Last day of the period.' })
  get periodEnd(): string {
    return lastDayOf(this.frequency, this.periodStart);
  }

  @Field(() => Int, { description: 'The version of the definition it was made by.' })
  definition: number;

  @Field(() => String, { description: 'In what it counts, by that version.' })
  unit: string;

  @Field(() => String, { description: 'The area by its GSS code, or by name where it has none.' })
  area: string;

  @Field(() => [Dimension], { description: 'Its breakdowns, by name; empty for the whole.' })
  dimensions: Dimension[];

  @Field(() => Decimal, {
    nullable: true,
    description: 'The exact figure as published; null when valueKind is no NUMBER.',
  })
  value: string | null;

  @Field(() => ValueKind, { description: 'Whether there is a number, and why not. Zero is a number.' })
  valueKind: ValueKind;

  @Field(() => ObservationStatus, { description: 'What its publisher says about it.' })
  status: ObservationStatus;

  @Field(() => Decimal, { nullable: true, description: 'Lower end of the interval, where one is published.' })
  low: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Upper end of the interval, where one is published.' })
  high: string | null;

  @Field(() => Decimal, { nullable: true, description: 'How sure the interval is, in percent, where stated.' })
  confidenceLevel: string | null;

  @Field(() => Int, { nullable: true, description: 'How many were asked or counted, where stated.' })
  sampleSize: number | null;

  @Field(() => String, { nullable: true, description: 'Why it was withdrawn; null unless valueKind is WITHDRAWN.' })
  withdrawnBecause: string | null;

  @Field(() => Int, { description: 'Counts the states of this figure, from 1.' })
  vintage: number;

  @Field(() => DateTime, { description: 'When it became public; As-Known-At cuts here.' })
  releasedAt: string;

  @Field(() => Boolean, {
    description: 'True when releasedAt is what the source states; false when it is when the hub learnt or released it.',
  })
  statedRelease: boolean;

  @Field(() => DateTime, { description: 'When the hub learnt it.' })
  recordedAt: string;

  @Field(() => RevisionReason, { description: 'Why this vintage came about.' })
  reason: RevisionReason;

  /** What fields that are worked out, or read apart, need. */
  frequency: Frequency;
  seriesId: string;
  publicationId: string;
  sourceRow: number | null;
  original: string | null;
}

/** The id of a vintage: its series, the first day of its period and its number. */
export const observationId = (seriesId: string, periodStart: string, vintage: number): string =>
  `observation:${seriesId}:${periodStart}:${vintage}`;

/** What the id of a vintage names; null when it is none. */
export function pinOf(id: string): { seriesId: string; periodStart: string; vintage: number } | null {
  const shape = /^observation:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([\d-]{10}):([1-9]\d{0,8})$/;
  const [, seriesId, periodStart, vintage] = shape.exec(id) ?? [];
  return seriesId && isDay(periodStart!) ? { seriesId, periodStart: periodStart!, vintage: Number(vintage) } : null;
}

const sorted = (dimensions: Record<string, string>): Dimension[] =>
  Object.entries(dimensions)
    .map(([name, value]) => ({ name, value }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

export function observationOf(row: ObservationRow): Observation {
  return Object.assign(new Observation(), {
    id: observationId(row.series_id, row.period_start, row.vintage),
    period: labelOf(row.frequency, row.period_start),
    periodStart: row.period_start,
    frequency: row.frequency,
    definition: row.definition,
    unit: row.unit,
    area: row.area,
    dimensions: sorted(row.dimensions ?? {}),
    value: row.value,
    valueKind: row.value_kind,
    status: row.status,
    low: row.low,
    high: row.high,
    confidenceLevel: row.confidence_level,
    sampleSize: row.sample_size,
    withdrawnBecause: row.withdrawn_because,
    vintage: row.vintage,
    releasedAt: row.released_at,
    statedRelease: row.stated_release !== null,
    recordedAt: row.recorded_at,
    reason: row.reason,
    seriesId: row.series_id,
    publicationId: row.publication_id,
    sourceRow: row.source_row,
    original: row.original,
  });
}
