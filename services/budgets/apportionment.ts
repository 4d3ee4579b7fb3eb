/**
 * Which pennies of a whole belong to whom, by weights that add up to it. The owners, in the order of their keys, are
 * halved again and again; at each halving the pennies so far are split between the halves by largest remainder (of two
 * equal ones, to the first half). So every stretch of the whole is given out in full, nobody gets less than nothing,
 * everybody gets in all exactly its weight, and one owner's part is found without reckoning that of all others.
 */
export class Apportionment {
  private readonly places: ReadonlyMap<string, number>;
  private readonly keys: readonly string[];
  /** What all owners before one have together; one more than there are owners. */
  private readonly before: readonly bigint[];

  /** Weights of zero or below own nothing. */
  constructor(weights: ReadonlyMap<string, bigint>) {
    const owners = [...weights].filter(([, weight]) => weight > 0n).sort(([one], [other]) => (one < other ? -1 : 1));
    this.keys = owners.map(([key]) => key);
    this.places = new Map(this.keys.map((key, place) => [key, place]));
    const before = [0n];
    for (const [, weight] of owners) before.push(before.at(-1)! + weight);
    this.before = before;
  }

  get whole(): bigint {
    return this.before.at(-1)!;
  }

  /** How many of the pennies from one (inclusive) until another (exclusive), counted from 0, are the owner's. */
  partOf(key: string, from: bigint, until: bigint): bigint {
    const place = this.places.get(key);
    if (place === undefined || from === until) return 0n;
    let [low, high, start, end] = [0, this.keys.length, from, until];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const [first, last] = [this.ofFirst(low, middle, high, start), this.ofFirst(low, middle, high, end)];
      if (place < middle) [high, start, end] = [middle, first, last];
      else [low, start, end] = [middle, start - first, end - last];
    }
    return end - start;
  }

  /** The same for every owner that has some of them, by key. */
  parts(from: bigint, until: bigint): Map<string, bigint> {
    const parts = new Map<string, bigint>();
    const give = (low: number, high: number, start: bigint, end: bigint): void => {
      if (start === end) return;
      if (high - low === 1) {
        parts.set(this.keys[low]!, end - start);
        return;
      }
      const middle = (low + high) >> 1;
      const [first, last] = [this.ofFirst(low, middle, high, start), this.ofFirst(low, middle, high, end)];
      give(low, middle, first, last);
      give(middle, high, start - first, end - last);
    };
    give(0, this.keys.length, from, until);
    return parts;
  }

  /** What the first half has of so many pennies of both halves, rounded to the nearest. Grows by at most one with each. */
  private ofFirst(low: number, middle: number, high: number, pennies: bigint): bigint {
    const first = this.before[middle]! - this.before[low]!;
    const both = this.before[high]! - this.before[low]!;
    return (2n * pennies * first + both) / (2n * both);
  }
}
