import { Field, InputType, Int } from 'type-graphql';
import { dayInLondon } from '../kernel/dates.js';
import { faultOfArea } from './area.js';
import { compare, type Exact, exactAgain, exactOf, isWithin } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import { Dimension, unsoundnessOf } from './dimension.js';
import { ObservationStatus, ValueKind } from './observation-enums.js';
import { exampleOf, lastDayOf, startAround, startOf } from './period.js';

@InputType({ description: 'One figure to publish.' })
export class ObservationInput {
  @Field(() => String, { description: 'The period by its label: 2023, 2018/19, 2024 Q4, 2025-26 or 2024-03.' })
  period: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The area by its GSS code of a known entity, or, where it has none, by a name given before by nameAreas; left out: the whole.',
  })
  area?: string | null;

  @Field(() => [Dimension], { defaultValue: [], description: 'Its breakdowns, at most 10; empty for the whole.' })
  dimensions: Dimension[];

  @Field(() => String, {
    nullable: true,
    description: 'The exact decimal as published ("447.8774362216295"); left out or null when there is no number.',
  })
  value?: string | null;

  @Field(() => ValueKind, {
    nullable: true,
    description:
      'Whether there is a number, and why not, but WITHDRAWN; left out: NUMBER with a value, MISSING without.',
  })
  valueKind?: ValueKind | null;

  @Field(() => ObservationStatus, {
    nullable: true,
    description:
      'What its publisher says about it; left out: NORMAL, or MISSING where it is missing. A number of a period that is not over is PROVISIONAL or ESTIMATED.',
  })
  status?: ObservationStatus | null;

  @Field(() => String, { nullable: true, description: 'Lower end of the interval, an exact decimal; with high only.' })
  low?: string | null;

  @Field(() => String, { nullable: true, description: 'Upper end of the interval, an exact decimal; with low only.' })
  high?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'How sure the interval is, in percent, above 0 and below 100; with an interval only.',
  })
  confidenceLevel?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'How many were asked or counted, 0 or more. Samples add up: none where that of a suppressed figure would follow.',
  })
  sampleSize?: number | null;

  @Field(() => Int, { nullable: true, description: 'The line or row of the file, from 1.' })
  row?: number | null;

  @Field(() => String, { nullable: true, description: 'What stood there, word for word, at most 2000 characters.' })
  original?: string | null;
}

/** Why one row is refused. */
export interface RowFault {
  code: string;
  message: string;
  /** The field of the row that is at fault. */
  field: string;
}

/** A row that can be published, as far as that can be told without looking at what is there. */
export interface CheckedRow {
  periodStart: string;
  area: string;
  /** The breakdowns as JSON with sorted names. */
  dimensions: string;
  /** Of area and breakdowns: equal text means the same series. */
  seriesKey: string;
  value: string | null;
  valueKind: ValueKind;
  status: ObservationStatus;
  low: string | null;
  high: string | null;
  confidenceLevel: string | null;
  sampleSize: number | null;
}

export interface RowLimits {
  definition: DefinitionVersion;
  nationalArea: string;
  /** Which of the areas of the rows are known by name. */
  named: ReadonlySet<string>;
  /** The day on which its source knew it, where that is stated; else today. */
  observedOn: string;
  /** The day of the release: today, the stated one, or that of the scheduled one. */
  releasedOn: string;
  /** First day of the period that is not over on `observedOn`; null on its last day. */
  unfinished: string | null;
}

/** Worked out once, for every row asks. */
export function rowLimits(
  of: Pick<RowLimits, 'definition' | 'nationalArea' | 'named'>,
  { observedAt, releasedAt }: { observedAt: Date; releasedAt: Date },
): RowLimits {
  const [observedOn, releasedOn] = [dayInLondon(observedAt), dayInLondon(releasedAt)];
  const { frequency } = of.definition;
  const around = startAround(frequency, observedOn);
  return { ...of, observedOn, releasedOn, unfinished: lastDayOf(frequency, around) === observedOn ? null : around };
}

/** The dimensions of what has no breakdown. */
export const noBreakdown = '{}';

const fault = (code: string, field: string, message: string): RowFault => ({ code, field, message });
const isFault = (checked: CheckedRow | RowFault): checked is RowFault => 'code' in checked;

/** Tells rows that can be published from those that cannot, in their order. */
export function checkRow(input: ObservationInput, limits: RowLimits): CheckedRow | RowFault {
  const { definition } = limits;
  const periodStart = startOf(definition.frequency, input.period);
  if (!periodStart) {
    return fault('PERIOD_DOES_NOT_FIT', 'period', `This is not a period such as ${exampleOf(definition.frequency)}.`);
  }
  const early = faultOfTime(input.period, periodStart, limits);
  if (early) return early;
  if (definition.validFrom && periodStart < definition.validFrom) {
    const message = `Definition ${definition.number} is used for periods from ${definition.validFrom} on.`;
    return fault('BEFORE_VALID_FROM', 'period', message);
  }
  if (input.valueKind === ValueKind.WITHDRAWN) {
    const message = 'A published figure is taken back by withdrawObservation; publish numbers here.';
    return fault('VALUE_KIND_MISMATCH', 'valueKind', message);
  }
  const row = rowOf(input, periodStart, input.area ?? limits.nationalArea);
  return (
    faultOfPlace(input, limits.named) ??
    faultOfNumbers(row) ??
    faultOfKind(row) ??
    faultOfUnfinished(row, limits) ??
    row
  );
}

/** What has not begun cannot have been observed, however late it is released: a release may be moved. */
function faultOfTime(period: string, start: string, { observedOn, releasedOn }: RowLimits): RowFault | null {
  if (start <= observedOn) return null;
  const begins = `${period} begins on ${start}, after`;
  const message = start > releasedOn ? `${begins} the release on ${releasedOn}.` : `${begins} today, ${observedOn}.`;
  return fault('PERIOD_IN_FUTURE', 'period', message);
}

const forUnfinished = new Set([ObservationStatus.PROVISIONAL, ObservationStatus.ESTIMATED]);

/** Nobody has counted all of a period before it is over. */
function faultOfUnfinished(row: CheckedRow, { definition, observedOn, unfinished }: RowLimits): RowFault | null {
  if (row.periodStart !== unfinished || row.value === null || forUnfinished.has(row.status)) return null;
  const end = lastDayOf(definition.frequency, row.periodStart);
  const message = `The period ends on ${end} and was not over on ${observedOn}; its figure is PROVISIONAL or ESTIMATED.`;
  return fault('BAD_USER_INPUT', 'status', message);
}

// Put together at once: out of two objects it would cost as much again as all its checks.
function rowOf(input: ObservationInput, periodStart: string, area: string): CheckedRow {
  const value = input.value ?? null;
  const valueKind = input.valueKind ?? (value === null ? ValueKind.MISSING : ValueKind.NUMBER);
  const plain = valueKind === ValueKind.MISSING ? ObservationStatus.MISSING : ObservationStatus.NORMAL;
  const dimensions = keyOf(input);
  return {
    periodStart,
    area,
    dimensions,
    seriesKey: seriesKeyOf(area, dimensions),
    value,
    valueKind,
    status: input.status ?? plain,
    low: input.low ?? null,
    high: input.high ?? null,
    confidenceLevel: input.confidenceLevel ?? null,
    sampleSize: input.sampleSize ?? null,
  };
}

// Made anew only where it changes: the figures of a series mostly follow each other.
let newest = { area: '', dimensions: '', key: '' };
function seriesKeyOf(area: string, dimensions: string): string {
  if (newest.area !== area || newest.dimensions !== dimensions) {
    newest = { area, dimensions, key: JSON.stringify([area, dimensions]) };
  }
  return newest.key;
}

const keyOf = ({ dimensions }: ObservationInput) =>
  dimensions.length === 0
    ? noBreakdown
    : JSON.stringify(
        Object.fromEntries(
          dimensions.map(({ name, value }) => [name, value] as const).sort(([one], [other]) => (one < other ? -1 : 1)),
        ),
      );

function faultOfPlace(input: ObservationInput, named: ReadonlySet<string>): RowFault | null {
  const { area, dimensions, original, row: line } = input;
  if (area?.trim() === '' || (area?.length ?? 0) > 120) {
    return fault('BAD_USER_INPUT', 'area', 'An area is a GSS code or a name of 1 to 120 characters.');
  }
  // The national area was looked at when the measure was defined.
  const unknown = area ? faultOfArea(area, named) : null;
  if (unknown) return fault('UNKNOWN_AREA', 'area', unknown);
  if ((original?.length ?? 0) > 2000) {
    return fault('BAD_USER_INPUT', 'original', 'The original text is longer than 2000 characters.');
  }
  if ((line ?? 1) < 1) return fault('BAD_USER_INPUT', 'row', 'Rows are counted from 1.');
  const unsound = unsoundnessOf(dimensions);
  return unsound ? fault('BAD_USER_INPUT', 'dimensions', unsound) : null;
}

const numbers = ['value', 'low', 'high', 'confidenceLevel'] as const;
const [zero, all] = [exactAgain('0'), exactAgain('100')];

function faultOfNumbers(row: CheckedRow): RowFault | null {
  const exact: { [field in (typeof numbers)[number]]?: Exact } = {};
  for (const field of numbers) {
    const text = row[field];
    if (text === null) continue;
    const number = exactOf(text);
    const message = 'This is not a plain decimal such as "447.87": no exponent, at most 25 digits and 30 decimals.';
    if (!number) return fault('NOT_A_DECIMAL', field, message);
    exact[field] = number;
  }
  const { value, low, high, sampleSize } = row;
  if ((low === null) !== (high === null)) {
    return fault('BAD_USER_INPUT', low === null ? 'low' : 'high', 'An interval has both ends or none.');
  }
  if (low !== null) {
    if (compare(exact.low!, exact.high!) > 0) return fault('LOW_ABOVE_HIGH', 'low', `${low} is above ${high}.`);
    if (exact.value && !isWithin(exact.value, exact.low!, exact.high!)) {
      return fault('VALUE_OUTSIDE_INTERVAL', 'value', `${value} is not between ${low} and ${high}.`);
    }
  }
  const sure = exact.confidenceLevel;
  if (sure && (low === null || compare(sure, zero) <= 0 || compare(sure, all) >= 0)) {
    return fault(
      'BAD_USER_INPUT',
      'confidenceLevel',
      'It is above 0 and below 100 percent, and belongs to an interval.',
    );
  }
  return (sampleSize ?? 0) < 0 ? fault('BAD_USER_INPUT', 'sampleSize', 'A sample cannot be smaller than 0.') : null;
}

function faultOfKind({ value, valueKind, status, low, sampleSize }: CheckedRow): RowFault | null {
  if ((value !== null) !== (valueKind === ValueKind.NUMBER)) {
    const message = value === null ? 'A NUMBER needs a value.' : `There is a value, and it is called ${valueKind}.`;
    return fault('VALUE_KIND_MISMATCH', 'valueKind', message);
  }
  if ((status === ObservationStatus.MISSING) !== (valueKind === ValueKind.MISSING)) {
    return fault('VALUE_KIND_MISMATCH', 'status', 'The status MISSING and the value kind MISSING go together.');
  }
  if (valueKind !== ValueKind.NUMBER && low !== null) {
    return fault('VALUE_KIND_MISMATCH', 'low', 'Where there is no number there is no interval.');
  }
  if (valueKind === ValueKind.SUPPRESSED && sampleSize !== null) {
    return fault('VALUE_KIND_MISMATCH', 'sampleSize', 'The sample of a suppressed figure is not published.');
  }
  return null;
}

export { isFault };
