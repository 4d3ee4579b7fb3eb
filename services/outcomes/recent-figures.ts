import { grouped, type Loader } from '../kernel/loader.js';
import { breakBetween, type DefinitionVersion } from './definition.js';
import { type Figure, seriesTables } from './observation.js';
import { ObservationStatus, ValueKind } from './observation-enums.js';
import { Frequency, labelOf, lastDayOf, periodsFrom } from './period.js';
import { published } from './released.js';

/** How many of the newest periods a line goes through at most: two years, three years, ten years. */
export const periodsOfLine: Record<Frequency, number> = {
  [Frequency.MONTH]: 24,
  [Frequency.QUARTER]: 12,
  [Frequency.YEAR]: 10,
  [Frequency.FINANCIAL_YEAR]: 10,
  [Frequency.ACADEMIC_YEAR]: 10,
};

/** SQL: how long a period of the joined definition is. */
export const periodLength = `case d.frequency when 'MONTH' then interval '1 month'
  when 'QUARTER' then interval '3 months' else interval '1 year' end`;

export interface RecentFigure extends Figure {
  status: ObservationStatus;
}

interface RecentRow {
  measure_id: string;
  definition: number;
  frequency: Frequency;
  period_start: string;
  value: string | null;
  value_kind: ValueKind;
  status: ObservationStatus;
  low: string | null;
  high: string | null;
  confidence_level: string | null;
}

/**
 * The figures of the whole in the newest periods of each definition, the one that ends first at the head. One step in
 * the primary key for each period: how many vintages or older periods there are does not matter.
 */
export const recentFigures: Loader<string, RecentFigure[]> = {
  async batch(measures, context) {
    const rows = await context.rows<RecentRow>(
      `select s.measure_id, s.definition, d.frequency, o.period_start::text as period_start, o.value, o.value_kind,
         o.status, o.low, o.high, o.confidence_level
       from ${seriesTables}
       cross join lateral (
         select period_start from observation where series_id = s.id and ${published(context, 'observation')}
         order by period_start desc limit 1
       ) newest
       cross join lateral (
         select (newest.period_start - back * ${periodLength})::date as period_start
         from generate_series(0, ${Math.max(...Object.values(periodsOfLine)) - 1}) as back
       ) wanted
       cross join lateral (
         select * from observation where series_id = s.id and period_start = wanted.period_start
           and ${published(context, 'observation')} order by vintage desc limit 1
       ) o
       where s.headline and s.measure_id = any(?) order by o.period_start + ${periodLength}, s.definition`,
      [measures],
    );
    return grouped(measures, rows, ({ measure_id }) => measure_id).map((found) => found.map(figureOf));
  },
};

const figureOf = (row: RecentRow): RecentFigure => ({
  period: labelOf(row.frequency, row.period_start),
  periodStart: row.period_start,
  periodEnd: lastDayOf(row.frequency, row.period_start),
  definition: row.definition,
  value: row.value,
  valueKind: row.value_kind,
  status: row.status,
  low: row.low,
  high: row.high,
  confidenceLevel: row.confidence_level,
});

/** The part of a series a line may go through, oldest first. */
export interface Stretch {
  /** The definition of its newest figure. */
  definition: DefinitionVersion;
  figures: RecentFigure[];
}

/**
 * The figures that may be joined by a line: of definitions that can be compared with that of the newest figure, which
 * count in the same unit and periods, since the last break the source marks, in the newest periods. Null without a figure.
 */
export function stretchOf(recent: readonly RecentFigure[], definitions: DefinitionVersion[]): Stretch | null {
  const newest = recent.at(-1);
  if (!newest) return null;
  const definition = definitions.find(({ number }) => number === newest.definition)!;
  const { frequency } = definition;
  const joined = recent.filter((each) => !breakBetween(definitions, each.definition, newest.definition));
  // Of two definitions of one period the later in the list is the newer.
  const inOrder = [...new Map(joined.map((each) => [each.periodStart, each])).values()];
  const since = inOrder.findLastIndex(({ status }) => status === ObservationStatus.BREAK);
  const figures = inOrder
    .slice(Math.max(since, 0))
    .filter(
      ({ periodStart, valueKind }) =>
        valueKind === ValueKind.NUMBER &&
        periodsFrom(frequency, periodStart, newest.periodStart) < periodsOfLine[frequency],
    );
  return { definition, figures };
}
