import { broken, shown, withStop, withUnit } from './comparison.js';
import { compare, type Exact, exactAgain, exactNear, minus, plus, textOf } from './decimal.js';
import { type DefinitionVersion, Polarity } from './definition.js';
import { directionOf } from './judge-rate.js';
import { type Frequency, labelOf, periodsFrom, startAfter, startAround } from './period.js';
import { Projection, Reach } from './projection.js';
import { type RecentFigure, type Stretch, stretchOf } from './recent-figures.js';
import { fewestPoints, type Line, lineThrough } from './straight-line.js';
import { type Target, TargetKind } from './target.js';

/** Numbers stay close to zero inside the statistics: they are counted from the newest figure, which stays exact. */
export interface Trend {
  stretch: Stretch;
  line: Line;
  newest: RecentFigure;
  /** The place in time of the period that begins on this day. */
  placeOf(start: string): number;
  /** A number counted from the newest figure, exactly as far as it means something. */
  exact(number: number): Exact;
  /** A difference of figures, such as a slope. */
  difference(number: number): Exact;
}

/** The line through the newest figures that may be joined; a sentence where there is none. */
export function trendOf(recent: readonly RecentFigure[], definitions: DefinitionVersion[]): Trend | string {
  const stretch = stretchOf(recent, definitions);
  if (!stretch) return 'There is no observation yet.';
  const { figures, definition } = stretch;
  if (figures.length < fewestPoints) {
    const rest = 'since the last break in the series and in its newest periods';
    const there = figures.length === 1 ? 'there is 1' : `there are ${figures.length}`;
    return `A line needs ${fewestPoints} figures that may be joined, and ${there} ${rest}.`;
  }
  const newest = figures.at(-1)!;
  const origin = exactAgain(newest.value!);
  const placeOf = (start: string) => periodsFrom(definition.frequency, newest.periodStart, start);
  const line = lineThrough(
    figures.map((each) => [placeOf(each.periodStart), Number(textOf(minus(exactAgain(each.value!), origin)))]),
  );
  const difference = (number: number) => exactNear(number, definition.decimals + 2);
  return { stretch, line, newest, placeOf, difference, exact: (number) => plus(origin, difference(number)) };
}

const nothing = {
  ...{ target: null, figureCount: 0, from: null, until: null, changePerPeriod: null },
  ...{ period: null, expected: null, low: null, high: null, confidenceLevel: null, reachedIn: null },
};

const projectionOf = (found: Partial<Projection> & { rule: string; reach: Reach }): Projection =>
  Object.assign(new Projection(), nothing, found);

/** Where a trend leads, and whether it meets a target. */
export function project(trend: Trend | string, target: Target | null, definitions: DefinitionVersion[]): Projection {
  if (typeof trend === 'string') return projectionOf({ rule: trend, target, reach: Reach.UNKNOWN });
  const { stretch, line, newest, difference } = trend;
  const { figures, definition } = stretch;
  const slope = difference(line.slope);
  const drawn = {
    ...{ target, figureCount: figures.length, from: figures[0]!.period, until: newest.period },
    changePerPeriod: textOf(slope),
  };
  const pace = `A straight line by least squares through the newest ${figures.length} figures, ${drawn.from} to ${drawn.until}, changes by ${withUnit(slope, definition)} a ${wordFor[definition.frequency]}`;
  const said = (words: string[]) => [withStop(pace), ...words].join(' ');
  if (!target) {
    const why = 'No target is set for a single period; a cap on the sum of several says itself where that leads.';
    return projectionOf({ ...drawn, rule: said([why]), reach: Reach.UNKNOWN });
  }
  const what = `the target ${target.id}`;
  const apart = broken(newest, { what, definition: target.definition }, definitions);
  if (apart) return projectionOf({ ...drawn, rule: said([apart.rule]), reach: Reach.UNKNOWN });
  if (target.kind === TargetKind.CUMULATIVE_CAP) {
    const why = 'A cap is on a sum: how much of it is used stands beside it as cumulative.';
    return projectionOf({ ...drawn, rule: said([why]), reach: Reach.UNKNOWN });
  }
  const aim = aimOf(target, trend);
  return projectionOf({ ...drawn, ...aim.found, ...aim.reached, rule: said([...aim.words, aim.reached.words]) });
}

const wordFor: Record<Frequency, string> = {
  ...{ MONTH: 'month', QUARTER: 'quarter', YEAR: 'year', FINANCIAL_YEAR: 'year', ACADEMIC_YEAR: 'year' },
};

function aimOf(target: Target, trend: Trend) {
  const { stretch, newest, line, placeOf, exact } = trend;
  const { definition } = stretch;
  const { frequency } = definition;
  const reached = reachOf(target, trend);
  const last = target.periodEnd;
  if (last === null) return { found: {}, reached, words: ['The target has no last day.'] };
  const start = startAround(frequency, last);
  if (start <= newest.periodStart) {
    return { found: {}, reached, words: [`The target’s last day ${last} is not ahead of the newest figure.`] };
  }
  const place = placeOf(start);
  const margin = line.margin([place]);
  const [expected, low, high] = [0, -margin, margin].map((from) => exact(line.at(place) + from)) as [
    Exact,
    Exact,
    Exact,
  ];
  const period = labelOf(frequency, start);
  const found = {
    ...{ period, confidenceLevel: '95' },
    ...{ expected: textOf(expected), low: textOf(low), high: textOf(high) },
  };
  const sure = `95% prediction interval by Student’s t with ${line.degreesOfFreedom} degrees of freedom`;
  const span = `${shown(low, definition)} to ${shown(high, definition)}`;
  const words = `For ${period}, in which the target’s last day ${last} lies, it gives ${withUnit(expected, definition)} (${span}: ${sure}).`;
  return { found, reached, words: [words] };
}

interface Reached {
  reach: Reach;
  reachedIn: string | null;
  words: string;
}

/** Which way a figure must go, and to where; null when it is there. */
function wayTo(target: Target, value: Exact, polarity: Polarity): { wanted: Exact; side: 1 | -1 } | null {
  const lower = exactAgain(target.value);
  if (target.kind === TargetKind.RANGE) {
    const upper = exactAgain(target.upper!);
    if (compare(value, lower) < 0) return { wanted: lower, side: 1 };
    return compare(value, upper) > 0 ? { wanted: upper, side: -1 } : null;
  }
  const upwards =
    target.kind === TargetKind.FLOOR ||
    (target.kind === TargetKind.POINT_BY_DATE &&
      (polarity === Polarity.RANGE ? compare(value, lower) < 0 : polarity === Polarity.HIGHER));
  const side = upwards ? 1 : -1;
  return compare(value, lower) * side >= 0 ? null : { wanted: lower, side };
}

const yearsAhead = 100;

function reachOf(target: Target, { stretch, line, newest, exact, difference }: Trend): Reached {
  const { definition } = stretch;
  const still = {
    reach: Reach.STILL,
    reachedIn: null,
    words: 'Given how the figures scatter, that cannot be told from no movement at all.',
  };
  if (target.kind === TargetKind.RATE)
    return line.maybeFlat ? still : rateReached(target, difference(line.slope), definition);
  const way = wayTo(target, exactAgain(newest.value!), definition.polarity);
  const aim = `the target of ${withUnit(way?.wanted ?? exactAgain(target.value), definition)}`;
  if (!way) return { reach: Reach.REACHED, reachedIn: null, words: `The newest figure meets ${aim} already.` };
  if (line.maybeFlat) return still;
  if (line.slope * way.side < 0) return { reach: Reach.AWAY, reachedIn: null, words: `It moves away from ${aim}.` };
  // Counted in numbers first, then made sure of exactly: the line meets the target in that period and not before.
  const distance = Number(textOf(minus(way.wanted, exact(0))));
  const periods = Math.max(1, Math.ceil((distance - line.at(0)) / line.slope - 1e-9));
  const start = periods < 100_000 ? startAfter(definition.frequency, newest.periodStart, periods) : '9999-01-01';
  if (Number(start.slice(0, 4)) - Number(newest.periodStart.slice(0, 4)) > yearsAhead) {
    const words = `It moves towards ${aim}, and does not reach it within ${yearsAhead} years.`;
    return { reach: Reach.TOWARDS, reachedIn: null, words };
  }
  const reachedIn = labelOf(definition.frequency, start);
  return { reach: Reach.TOWARDS, reachedIn, words: `At this pace ${aim} is reached in ${reachedIn}.` };
}

/** A rate is itself a pace: the line's is held against it. */
function rateReached(target: Target, slope: Exact, definition: DefinitionVersion): Reached {
  const rate = exactAgain(target.value);
  const way = directionOf(rate, definition.polarity);
  const against = `a rate of ${withUnit(rate, definition)} is promised`;
  if (compare(slope, rate) * way >= 0)
    return { reach: Reach.REACHED, reachedIn: null, words: `Per period ${against}: the pace meets it.` };
  const isAway = slope.digits < 0n === way > 0;
  return isAway
    ? { reach: Reach.AWAY, reachedIn: null, words: `Per period ${against}: it moves the other way.` }
    : { reach: Reach.TOWARDS, reachedIn: null, words: `Per period ${against}: it is slower than that.` };
}
