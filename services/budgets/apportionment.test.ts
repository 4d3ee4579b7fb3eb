import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Apportionment } from './apportionment.js';

const sumOf = (parts: Iterable<bigint>) => [...parts].reduce((sum, part) => sum + part, 0n);
const owned = (...weights: bigint[]) => new Map(weights.map((weight, place) => [`c${place + 100}`, weight]));
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 2n ** 60n }));

/** Owners, and stretches that together are all they own. */
const cut = fc
  .tuple(fc.array(amount, { minLength: 1, maxLength: 40 }), fc.array(fc.bigInt({ min: 0n, max: 2n ** 66n })))
  .filter(([weights]) => sumOf(weights) > 0n)
  .map(([weights, drawn]) => {
    const whole = sumOf(weights);
    const ends = [0n, whole, ...drawn.map((each) => each % (whole + 1n))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return { weights: owned(...weights), stretches: ends.slice(1).map((end, place) => [ends[place]!, end] as const) };
  });

describe('an apportionment', () => {
  it('reads as a table: who owns each stretch of the pennies', () => {
    const table = (weights: bigint[], ...lengths: bigint[]) => {
      const shares = new Apportionment(owned(...weights));
      let end = 0n;
      return lengths.map((length) => {
        const from = end;
        end += length;
        return weights.map((_, place) => shares.partOf(`c${place + 100}`, from, end)).join(' ');
      });
    };
    expect(table([60n, 40n], 50n, 50n)).toEqual(['30 20', '30 20']);
    expect(table([5_000n, 3_000n, 2_001n], 10_000n, 1n)).toEqual(['5000 2999 2001', '0 1 0']);
    expect(table([1n, 1n, 1n], 1n, 1n, 1n)).toEqual(['0 1 0', '1 0 0', '0 0 1']);
    expect(table([0n, 7n, -3n], 3n, 4n)).toEqual(['0 3 0', '0 4 0']);
    expect(new Apportionment(owned()).parts(0n, 0n)).toEqual(new Map());
  });

  it('is the same in whatever order its owners are listed', () => {
    const [weights, keys] = [owned(5n, 3n, 9n, 2n), ['c100', 'c101', 'c102', 'c103']];
    const turned = new Apportionment(new Map([...weights].reverse()));
    const shares = new Apportionment(weights);
    for (let end = 1n; end <= 19n; end++) {
      for (const key of keys) expect(turned.partOf(key, 0n, end)).toBe(shares.partOf(key, 0n, end));
    }
  });

  it('gives out every stretch in full and everybody exactly its weight, to the penny', () => {
    fc.assert(
      fc.property(cut, ({ weights, stretches }) => {
        const shares = new Apportionment(weights);
        const inAll = new Map([...weights.keys()].map((key) => [key, 0n]));
        for (const [from, until] of stretches) {
          const parts = shares.parts(from, until);
          expect(sumOf(parts.values())).toBe(until - from);
          for (const [key, part] of parts) {
            expect(part > 0n).toBe(true);
            inAll.set(key, inAll.get(key)! + part);
          }
        }
        expect(inAll).toEqual(weights);
      }),
    );
  });

  it('says the same of one owner as of all, and stays within a penny of the exact share for each halving', () => {
    fc.assert(
      fc.property(cut, ({ weights, stretches }) => {
        const shares = new Apportionment(weights);
        const halvings = BigInt(Math.ceil(Math.log2([...weights.values()].filter((each) => each > 0n).length)));
        for (const [from, until] of stretches) {
          const parts = shares.parts(from, until);
          for (const [key, weight] of weights) {
            const part = shares.partOf(key, from, until);
            expect(part).toBe(parts.get(key) ?? 0n);
            const off = part * shares.whole - (until - from) * weight;
            expect(off <= halvings * shares.whole && off >= -halvings * shares.whole).toBe(true);
          }
        }
      }),
    );
  });
});
