import { grouped } from '../kernel/loader.js';
import { type Ruling, Verdict } from './assessment.js';
import {
  belowPrecision,
  broken,
  type Measured,
  measuredIn,
  noData,
  shown,
  withinInterval,
  withUnit,
} from './comparison.js';
import { compare, type Exact, exactAgain, magnitude, minus, plus } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import { bestOf, type Evidence } from './evidence.js';
import type { Figure } from './observation.js';
import { ValueKind } from './observation-enums.js';
import { labelOf, startsBetween } from './period.js';
import type { Target } from './target.js';

/** The figures in the time of a cap, or why they cannot be added up. */
export interface UnderCap {
  definition: DefinitionVersion;
  /** First days of all its periods. */
  starts: string[];
  /** Those of them that have a number. */
  present: Figure[];
  /** Why they cannot be compared with the cap; null when they can. */
  unusable: Ruling | null;
}

export function underCap(
  target: Target,
  { figures, definitions }: Pick<Evidence, 'figures' | 'definitions'>,
): UnderCap {
  const definition = definitions.find(({ number }) => number === target.definition)!;
  const starts = startsBetween(definition.frequency, target.periodStart!, target.periodEnd!)!;
  const byPeriod = grouped(starts, figures, ({ periodStart }) => periodStart).map((found) =>
    bestOf(found, target, definitions),
  );
  const present = byPeriod.filter((figure) => figure?.valueKind === ValueKind.NUMBER) as Figure[];
  const against = { what: `the target ${target.id}`, definition: target.definition };
  const unusable = present.map((figure) => broken(figure, against, definitions)).find((ruling) => ruling !== null);
  return { definition, starts, present, unusable: unusable ?? null };
}

/** All periods of a cap together: judged only when every one of them is there. */
export function judgeCap(target: Target, evidence: Evidence): Ruling {
  const { definition, starts, present, unusable } = underCap(target, evidence);
  if (unusable) return unusable;
  const span = `${labelOf(definition.frequency, starts[0]!)} to ${labelOf(definition.frequency, starts.at(-1)!)}`;
  const cap = exactAgain(target.value);
  if (present.length < starts.length) return partial(present, starts.length, span, cap, definition);
  const together = sumOf(present);
  const subject = `The sum of the ${starts.length} periods ${span}`;
  const yardstick = { what: 'the cap of', value: cap };
  const close =
    withinInterval(together, yardstick, definition, subject) ??
    belowPrecision(together, yardstick, definition, subject);
  if (close) return close;
  const margin = shown(magnitude(minus(together.value, cap)), definition);
  const isKept = compare(together.value, cap) <= 0;
  const words = isKept ? `it is kept with ${margin} to spare` : `it is exceeded by ${margin}`;
  const rule = `${subject} is ${withUnit(together.value, definition)}, against the cap of ${shown(cap, definition)}: ${words}.`;
  return { verdict: isKept ? Verdict.ON : Verdict.BEHIND, rule };
}

function partial(present: Figure[], wanted: number, span: string, cap: Exact, definition: DefinitionVersion): Ruling {
  const against = `the cap of ${withUnit(cap, definition)} for ${span}`;
  if (present.length === 0) return noData(`None of the ${wanted} periods of ${against} has a figure yet.`);
  const { value } = sumOf(present);
  const already = compare(value, cap) > 0 ? 'already ' : '';
  return noData(
    `Only ${present.length} of the ${wanted} periods of ${against} have a figure, and they ${already}add up to ${shown(value, definition)}: a cap is judged when all are there.`,
  );
}

/** Adding up the ends of the intervals gives an interval that is too wide rather than too narrow. */
export function sumOf(figures: Figure[]): Measured {
  const measured = figures.map(measuredIn);
  const add = (of: (each: Measured) => Exact) => measured.map(of).reduce(plus);
  const value = add((each) => each.value);
  if (measured.every(({ interval }) => interval === null)) return { value, interval: null };
  // A figure without an interval counts as exact beside those that have one.
  return {
    value,
    interval: {
      low: add((each) => each.interval?.low ?? each.value),
      high: add((each) => each.interval?.high ?? each.value),
      confidence: null,
    },
  };
}
