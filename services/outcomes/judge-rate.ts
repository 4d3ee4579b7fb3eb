import { type Ruling, Verdict } from './assessment.js';
import {
  belowPrecision,
  broken,
  type Measured,
  measuredIn,
  noData,
  shown,
  withinInterval,
  withoutNumber,
  withUnit,
} from './comparison.js';
import { compare, type Exact, exactAgain, magnitude, minus } from './decimal.js';
import { Polarity } from './definition.js';
import { bestOf, type Evidence } from './evidence.js';
import type { Figure } from './observation.js';
import { labelOf, startAfter } from './period.js';
import type { Target } from './target.js';

/** A rate of change: the newest figure against the one of the period before. */
export function judgeRate(target: Target, { figures, definitions }: Evidence, latest: Figure): Ruling {
  const definition = definitions.find(({ number }) => number === target.definition)!;
  const rate = exactAgain(target.value);
  const aim = `a change of ${withUnit(rate, definition)} in a period`;
  if (latest.periodEnd > target.periodEnd!) {
    return noData(
      `The target of ${aim} held until ${target.periodEnd}, and the newest figure is for ${latest.period}.`,
    );
  }
  if (target.periodStart !== null && latest.periodStart < target.periodStart) {
    return noData(
      `The target of ${aim} holds from ${target.periodStart}, and the newest figure is for ${latest.period}.`,
    );
  }
  const before = startAfter(definition.frequency, latest.periodStart, -1);
  const earlier = bestOf(
    figures.filter(({ periodStart }) => periodStart === before),
    target,
    definitions,
  );
  if (!earlier) {
    return noData(
      `There is no figure for ${labelOf(definition.frequency, before)} to see a change of ${latest.period} by.`,
    );
  }
  const against = { what: `the target ${target.id}`, definition: target.definition };
  for (const figure of [latest, earlier]) {
    const unusable = withoutNumber(figure) ?? broken(figure, against, definitions);
    if (unusable) return unusable;
  }
  const change = changeBetween(measuredIn(earlier), measuredIn(latest));
  const subject = `The change from ${earlier.period} to ${latest.period}`;
  const yardstick = { what: 'the promised', value: rate };
  const close =
    withinInterval(change, yardstick, definition, subject) ?? belowPrecision(change, yardstick, definition, subject);
  if (close) return close;
  const order = compare(change.value, rate);
  const isDown = directionOf(rate, definition.polarity) < 0;
  const margin = shown(magnitude(minus(change.value, rate)), definition);
  const [verdict, words] =
    order === 0
      ? [Verdict.ON, 'it is the same']
      : order > 0 === isDown
        ? [Verdict.BEHIND, `it is behind by ${margin}`]
        : [Verdict.AHEAD, `it is ahead by ${margin}`];
  return { verdict, rule: `${subject} is ${withUnit(change.value, definition)}, against ${aim}: ${words}.` };
}

/** Which way a promised rate goes: 1 up, -1 down. Who promises no change promises that it gets no worse. */
export const directionOf = ({ digits }: Exact, polarity: Polarity): 1 | -1 =>
  digits < 0n || (digits === 0n && polarity === Polarity.LOWER) ? -1 : 1;

/** Taking the far ends of the two intervals gives one that is too wide rather than too narrow. */
function changeBetween(from: Measured, to: Measured): Measured {
  const value = minus(to.value, from.value);
  if (from.interval === null && to.interval === null) return { value, interval: null };
  const low = minus(to.interval?.low ?? to.value, from.interval?.high ?? from.value);
  const high = minus(to.interval?.high ?? to.value, from.interval?.low ?? from.value);
  return { value, interval: { low, high, confidence: null } };
}
