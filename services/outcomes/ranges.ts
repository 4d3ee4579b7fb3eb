// How near others come to a suppressed figure, where parts sum to wholes and no figure is below zero: counts are not.
import type { GivenAway, Standing, Sum } from './sums.js';

/** The whole numbers a figure lies between; no high end where nothing is said. */
interface Range {
  low: bigint;
  high: bigint | null;
}

type End = 'low' | 'high';
const otherEnd = { low: 'high', high: 'low' } as const;

/** Each round carries what is known one sum further; tables have few levels. */
const mostRounds = 50;

/**
 * The suppressed figures of which it is known that they lie within one unit: where what is left of a whole is 0 or 1, and
 * where several such ranges together leave no more. Numbers are whole, on a scale on which
 * `unit` is that one unit. Numbers that contradict each other, such as those of several vintages, say nothing.
 */
export function leftNarrow(
  sums: readonly Sum[],
  standings: ReadonlyMap<string, Standing>,
  { numbers, unit }: { numbers: ReadonlyMap<string, bigint>; unit: bigint },
): GivenAway[] {
  for (const number of numbers.values()) if (number < 0n) return [];
  const table = new Ranges(numbers);
  const whole = sums.map(withRest);
  for (let round = 0, goesOn = true; goesOn && round < mostRounds; round++) {
    goesOn = false;
    for (const sum of whole) if (table.narrow(sum)) goesOn = true;
  }
  return table.within(unit).flatMap(([secret, by]) => (standings.get(secret) === 'SECRET' ? [{ secret, by }] : []));
}

/** One part alone is not the whole, but no more than that: there is a rest. */
const withRest = (sum: Sum): Sum =>
  sum.parts.size > 1 ? sum : { ...sum, parts: new Set([...sum.parts, `the rest of ${[...sum.parts][0]}`]) };

class Ranges {
  private readonly ranges = new Map<string, Range>();
  /** The sum that said last where an end is. */
  private readonly reasons: Record<End, Map<string, Sum>> = { low: new Map(), high: new Map() };

  constructor(private readonly numbers: ReadonlyMap<string, bigint>) {}

  private of(key: string): Range {
    const number = this.numbers.get(key);
    if (number !== undefined) return { low: number, high: number };
    return this.ranges.get(key) ?? { low: 0n, high: null };
  }

  /** Takes from a sum what it says about its whole and its parts; whether that was anything. */
  narrow(sum: Sum): boolean {
    const { whole, parts } = sum;
    const totals = { low: 0n, high: 0n, open: 0 };
    for (const key of parts) {
      const { low, high } = this.of(key);
      totals.low += low;
      if (high === null) totals.open++;
      else totals.high += high;
    }
    let isNarrower = this.raise(whole, totals.low, sum);
    if (totals.open === 0) isNarrower = this.lower(whole, totals.high, sum) || isNarrower;
    const { low: least, high: most } = this.of(whole);
    for (const key of parts) {
      const { low, high } = this.of(key);
      const openOthers = totals.open - (high === null ? 1 : 0);
      if (most !== null) isNarrower = this.lower(key, most - (totals.low - low), sum) || isNarrower;
      if (openOthers === 0) isNarrower = this.raise(key, least - (totals.high - (high ?? 0n)), sum) || isNarrower;
    }
    return isNarrower;
  }

  private raise(key: string, to: bigint, sum: Sum): boolean {
    const { low, high } = this.of(key);
    return to > low && (high === null || to <= high) && this.set(key, { low: to, high }, 'low', sum);
  }

  private lower(key: string, to: bigint, sum: Sum): boolean {
    const { low, high } = this.of(key);
    return (high === null || to < high) && to >= low && this.set(key, { low, high: to }, 'high', sum);
  }

  private set(key: string, range: Range, end: End, sum: Sum): true {
    this.ranges.set(key, range);
    this.reasons[end].set(key, sum);
    return true;
  }

  /** What lies within so much, with the places of the sums that say so. */
  within(unit: bigint): [string, Set<string>][] {
    return [...this.ranges].flatMap(([key, { low, high }]): [string, Set<string>][] =>
      high !== null && high - low <= unit ? [[key, this.placesBehind(key)]] : [],
    );
  }

  /** A whole is as low or high as its parts are; a part as the whole is, and the other way round as the other parts are. */
  private placesBehind(secret: string): Set<string> {
    const places = new Set<string>();
    const seen: Record<End, Set<string>> = { low: new Set([secret]), high: new Set([secret]) };
    const waiting: [string, End][] = [
      [secret, 'low'],
      [secret, 'high'],
    ];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [key, end] = next;
      const sum = this.reasons[end].get(key);
      if (!sum) continue;
      for (const each of [sum.whole, ...sum.parts]) {
        places.add(each);
        const its = key === sum.whole || each === sum.whole ? end : otherEnd[end];
        if (each !== key && !seen[its].has(each)) {
          seen[its].add(each);
          waiting.push([each, its]);
        }
      }
    }
    return places;
  }
}
