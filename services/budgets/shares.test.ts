import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Moved, type PaidIn, placeKey, splitByShares, stakesAfter } from './shares.js';

const sumOf = (parts: Iterable<bigint>) => [...parts].reduce((sum, part) => sum + part, 0n);
const weights = fc
  .array(fc.bigInt({ min: 1n, max: 2n ** 62n }), { minLength: 1, maxLength: 30 })
  .map((drawn) => new Map(drawn.map((weight, place) => [`c${String(place).padStart(2, '0')}`, weight])));
const minor = fc.bigInt({ min: 0n, max: 2n ** 62n });

describe('a split by shares', () => {
  it('reads as a table', () => {
    const split = (whole: bigint, ...given: bigint[]) => [
      ...splitByShares(whole, new Map(given.map((weight, place) => ['abcd'[place]!, weight]))).values(),
    ];
    expect([
      split(100n, 60n, 40n),
      split(10n, 1n, 1n, 1n),
      split(11n, 1n, 1n, 1n),
      split(1n, 1n, 1n),
      split(100n, 1n, 1n, 997n),
      split(5n, 0n, 3n, -2n, 2n),
      split(0n, 1n, 2n),
      split(7n),
      split(7n, 0n),
    ]).toEqual([[60n, 40n], [4n, 3n, 3n], [4n, 4n, 3n], [1n, 0n], [0n, 0n, 100n], [3n, 2n], [0n, 0n], [], []]);
  });

  it('adds up to the whole, to the penny', () => {
    fc.assert(fc.property(minor, weights, (whole, given) => sumOf(splitByShares(whole, given).values()) === whole));
  });

  it('gives everybody the exact share rounded down or up, and rounds up the largest remainders', () => {
    fc.assert(
      fc.property(minor, weights, (whole, given) => {
        const total = sumOf(given.values());
        const parts = [...splitByShares(whole, given)].map(([key, part]) => {
          const exact = whole * given.get(key)!;
          return { up: part - exact / total, remainder: exact % total };
        });
        const up = parts.filter(({ up }) => up === 1n);
        const down = parts.filter(({ up }) => up === 0n);
        expect(up.length + down.length).toBe(given.size);
        for (const { remainder } of up) for (const other of down) expect(remainder >= other.remainder).toBe(true);
        for (const { remainder } of up) expect(remainder).not.toBe(0n);
      }),
    );
  });

  it('is the same in whatever order the shares are listed', () => {
    fc.assert(
      fc.property(minor, weights, (whole, given) => {
        const turned = new Map([...given].reverse());
        expect([...splitByShares(whole, turned)]).toEqual([...splitByShares(whole, given)]);
      }),
    );
  });
});

const places = ['2024-25', '2025-26', '2026-27'].map((financialYear) => ({ financialYear, controlTotal: 'CDEL' }));
const paidIn = fc.record({
  place: fc.constantFrom(...places),
  contribution: fc.constantFrom('a', 'b', 'c', 'd'),
  minor: fc.bigInt({ min: 1n, max: 1_000n }),
});
/** Returned where the money is (0), or moved on to another place (1, 2); in percent of what is there. */
const step = fc.record({ from: fc.constantFrom(...places), on: fc.nat(2), percent: fc.bigInt({ min: 0n, max: 100n }) });

describe('the stakes of contributions', () => {
  it('read as a table: a return takes off its own contribution, a carry-over takes a part of each along', () => {
    const [before, year, fence] = [places[0]!, places[1]!, { financialYear: null, controlTotal: 'RAME' }];
    const paid = (place: PaidIn['place'], contribution: string, minor: bigint) => ({ place, contribution, minor });
    const stakes = stakesAfter(
      [
        paid(before, 'a', 60n),
        paid(before, 'b', 30n),
        paid(before, 'b', 10n),
        paid(year, 'c', 10n),
        paid(fence, 'd', 1n),
      ],
      [
        { from: before, to: before, contribution: 'a', minor: 10n },
        { from: before, to: year, contribution: null, minor: 45n },
        { from: { ...before, controlTotal: 'RDEL_ADMIN' }, to: fence, contribution: null, minor: 5n },
      ],
    );
    const table = [...stakes].map(
      ([place, parts]) => `${place}: ${[...parts].map((part) => part.join(' ')).join(', ')}`,
    );
    expect(table).toEqual(['2024-25 CDEL: a 25, b 20', '2025-26 CDEL: c 10, a 25, b 20', ' RAME: d 1']);
  });

  it('go with the money that is carried over, and give nobody back more than it paid in', () => {
    fc.assert(
      fc.property(fc.array(paidIn, { minLength: 1 }), fc.array(step), (paid: PaidIn[], steps) => {
        const moved: Moved[] = [];
        const returned = new Map<string, bigint>();
        for (const { from, on, percent } of steps) {
          const there = stakesAfter(paid, moved).get(placeKey(from)) ?? new Map<string, bigint>();
          const part = (sumOf(there.values()) * percent) / 100n;
          const to = places[(places.indexOf(from) + on) % places.length]!;
          if (to !== from) moved.push({ from, to, contribution: null, minor: part });
          else {
            for (const [contribution, minor] of splitByShares(part, there)) {
              moved.push({ from, to, contribution, minor });
              returned.set(contribution, (returned.get(contribution) ?? 0n) + minor);
            }
          }
        }
        const stakes = [...stakesAfter(paid, moved).values()].flatMap((each) => [...each.entries()]);
        for (const contribution of ['a', 'b', 'c', 'd']) {
          const came = sumOf(paid.flatMap((each) => (each.contribution === contribution ? each.minor : [])));
          const left = stakes.flatMap(([id, minor]) => (id === contribution ? minor : []));
          expect(left.every((minor) => minor >= 0n)).toBe(true);
          expect(sumOf(left) + (returned.get(contribution) ?? 0n)).toBe(came);
        }
      }),
    );
  });
});
