import type { Ruling } from './assessment.js';
import { Verdict } from './assessment.js';
import { compare, type Exact, exactAgain, isWithin, magnitude, minus, rounded, textOf, unitOf } from './decimal.js';
import { breakBetween, type DefinitionVersion, Polarity } from './definition.js';
import type { Figure } from './observation.js';
import { ValueKind } from './observation-enums.js';

export const noData = (rule: string): Ruling => ({ verdict: Verdict.NO_DATA, rule });

/** A number that is judged, with its interval where there is one. */
export interface Measured {
  value: Exact;
  interval: { low: Exact; high: Exact; confidence: string | null } | null;
}

export const measuredIn = ({ value, low, high, confidenceLevel }: Figure): Measured => ({
  value: exactAgain(value!),
  interval:
    low !== null && high !== null
      ? { low: exactAgain(low), high: exactAgain(high), confidence: confidenceLevel }
      : null,
});

/** A number for a sentence: three decimals more than mean something, and all of them where that would show zero. */
export function shown(number: Exact, { decimals }: DefinitionVersion): string {
  const short = rounded(number, decimals + 3);
  return textOf(short.digits === 0n ? number : short);
}

export const withUnit = (number: Exact, definition: DefinitionVersion): string =>
  `${shown(number, definition)} ${definition.unit}`;

const absent: Record<ValueKind, string> = {
  NUMBER: '',
  MISSING: 'is missing',
  SUPPRESSED: 'is suppressed',
  NOT_APPLICABLE: 'does not apply',
  WITHDRAWN: 'was withdrawn',
};

/** NO_DATA where the figure is no number: missing, suppressed, not applicable and withdrawn are told apart. */
export function withoutNumber({ period, valueKind, withdrawnBecause }: Figure): Ruling | null {
  if (valueKind === ValueKind.NUMBER) return null;
  const sentence = `The figure for ${period} ${absent[valueKind]}`;
  return noData(withdrawnBecause ? `${sentence}: ${withStop(withdrawnBecause)}` : `${sentence}.`);
}

/** NOT_COMPARABLE where the series was broken between the figure's definition and the other's. */
export function broken(
  figure: Figure,
  against: { what: string; definition: number },
  definitions: DefinitionVersion[],
): Ruling | null {
  const step = breakBetween(definitions, figure.definition, against.definition);
  if (!step) return null;
  const rule = `The figure for ${figure.period} follows definition ${figure.definition}, ${against.what} was made for definition ${against.definition}, and the two cannot be compared: ${withStop(step.comparabilityReason!)}`;
  return { verdict: Verdict.NOT_COMPARABLE, rule };
}

export const withStop = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

/** What a measured number is compared with, as a sentence names it: "the trajectory (version 2) at". */
export interface Yardstick {
  what: string;
  value: Exact;
}

const verdict = Verdict.NOT_DISTINGUISHABLE;

/** NOT_DISTINGUISHABLE where the interval of the measured number contains the other one. */
export function withinInterval(
  { interval }: Measured,
  { what, value }: Yardstick,
  definition: DefinitionVersion,
  subject: string,
): Ruling | null {
  if (!interval || !isWithin(value, interval.low, interval.high)) return null;
  const sure = interval.confidence === null ? '' : ` (${textOf(exactAgain(interval.confidence))}% confidence)`;
  const span = `${shown(interval.low, definition)} and ${withUnit(interval.high, definition)}${sure}`;
  const rule = `${subject} lies between ${span}, which contains ${what} ${shown(value, definition)}: the two cannot be told apart.`;
  return { verdict, rule };
}

/** NOT_DISTINGUISHABLE where the two differ, but by less than the figures of this series are exact. */
export function belowPrecision(
  measured: Measured,
  { what, value }: Yardstick,
  definition: DefinitionVersion,
  subject: string,
): Ruling | null {
  const margin = magnitude(minus(measured.value, value));
  const precision = unitOf(definition.decimals);
  if (margin.digits === 0n || compare(margin, precision) >= 0) return null;
  const rule = `${subject} is ${withUnit(measured.value, definition)}, against ${what} ${shown(value, definition)}; the margin of ${shown(margin, definition)} is below the precision of this series (${textOf(precision)}), so the two cannot be told apart.`;
  return { verdict, rule };
}

export const betterIs: Record<Polarity, string> = {
  HIGHER: 'higher is better',
  LOWER: 'lower is better',
  RANGE: 'neither end is better',
};

/** 1 when the number is better than the other by the definition's polarity, -1 when worse, 0 when the same. */
export function advantage(value: Exact, other: Exact, polarity: Polarity): -1 | 0 | 1 {
  const order = compare(value, other);
  if (order === 0) return 0;
  if (polarity === Polarity.RANGE) return -1;
  return order > 0 === (polarity === Polarity.HIGHER) ? 1 : -1;
}
