import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Deposited, type FollowedPool, followPool, type Moved, type Placed, stakeOf } from './followed-place.js';
import { AccountKind } from './ledger/account.js';
import { type Place, placeKey, stakesAfter } from './shares.js';

const places: Place[] = ['2025-26', '2026-27'].flatMap((financialYear) =>
  ['CDEL', 'RDEL_ADMIN'].map((controlTotal) => ({ financialYear, controlTotal })),
);
const minor = fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: 2n ** 50n }));
const which = fc.nat({ max: 1_000_000 });
const contributions = ['defra:1', 'defra:2', 'desnz:1', 'dfe:1', 'dft:1'];

interface Drawn {
  deposits: Deposited[];
  moves: Moved[];
  positions: Placed[];
}

/** Money that was deposited, moved and set aside so that it adds up: what moves and lies somewhere is always there. */
const history = fc
  .record({
    deposits: fc.array(fc.tuple(which, which, minor), { minLength: 1, maxLength: 12 }),
    moves: fc.array(fc.tuple(fc.constantFrom('CARRY_IN', 'SWITCH', 'RETURN'), which, which, which), { maxLength: 8 }),
    allocations: fc.array(fc.tuple(which, fc.nat({ max: 7 }), which), { maxLength: 12 }),
  })
  .map(({ deposits, moves, allocations }): Drawn => {
    const left = new Map(places.map((place) => [placeKey(place), 0n]));
    const add = (place: Place, change: bigint) => left.set(placeKey(place), left.get(placeKey(place))! + change);
    const paid = deposits.map(([place, of, much]): Deposited => {
      add(places[place % 4]!, much);
      return { place: places[place % 4]!, contribution: contributions[of % 5]!, minor: much };
    });
    const moved = moves.flatMap(([kind, place, of, part], at): Moved[] => {
      const from = places[kind === 'CARRY_IN' ? place % 2 : place % 4]!;
      const to = kind === 'CARRY_IN' ? places[(place % 2) + 2]! : places[(place % 4) ^ 1]!;
      const much = (left.get(placeKey(from))! * BigInt(part % 101)) / 100n;
      if (much === 0n) return [];
      add(from, -much);
      if (kind !== 'RETURN') add(to, much);
      const contribution = kind === 'RETURN' ? contributions[of % 5]! : null;
      return [{ transfer: `transfer-${at}`, kind, from, to, contribution, minor: much }];
    });
    const kinds = [...Object.values(AccountKind)].filter((kind) => kind !== 'UNALLOCATED');
    const lying = allocations.flatMap(([place, kind, part], at): Placed[] => {
      const here = places[place % 4]!;
      const much = (left.get(placeKey(here))! * BigInt(part % 101)) / 100n;
      if (much === 0n) return [];
      add(here, -much);
      const held = ['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'] as AccountKind[];
      const other = kinds.filter((each) => ['REFUND_DUE', 'LAPSED', 'CARRIED_FORWARD'].includes(each));
      if (kind < 4) return [{ place: here, kind: held[kind]!, allocation: `allocation-${at}`, minor: much }];
      return [{ place: here, kind: other[kind % 3]!, allocation: null, minor: much }];
    });
    const rest = places.flatMap((place): Placed[] => {
      const much = left.get(placeKey(place))!;
      return much === 0n ? [] : [{ place, kind: AccountKind.UNALLOCATED, allocation: null, minor: much }];
    });
    return { deposits: paid, moves: moved, positions: [...lying, ...rest] };
  });

const follow = ({ deposits, moves, positions }: Drawn): FollowedPool => followPool(deposits, moves, positions, []);
const sumOf = (parts: Iterable<bigint>) => [...parts].reduce((sum, part) => sum + part, 0n);

describe('money followed through a pool', () => {
  it('is for every contribution, in every place, as much as it brought and was not given back', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        for (const place of follow(drawn).places.values()) {
          for (const [contribution, brought] of place.brought) {
            const parts = Object.values(AccountKind).map((kind) => place.partOf(contribution, kind));
            expect(sumOf(parts)).toBe(stakeOf(brought));
            expect(parts.every((part) => part >= 0n)).toBe(true);
            const held = [...place.allocations.keys()].map((each) => sumOf(place.heldBy(contribution, each).values()));
            const kinds = ['ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'] as AccountKind[];
            expect(sumOf(held)).toBe(sumOf(kinds.map((kind) => place.partOf(contribution, kind))));
          }
        }
      }),
    );
  });

  it('is for every kind of money, and for every allocation, all that lies there, whether followed forward or back', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const pool = follow(drawn);
        for (const place of pool.places.values()) {
          const here = drawn.positions.filter((each) => placeKey(each.place) === placeKey(place.place));
          for (const kind of Object.values(AccountKind)) {
            const lying = sumOf(here.filter((each) => each.kind === kind).map((each) => each.minor));
            expect(sumOf([...place.brought.keys()].map((each) => place.partOf(each, kind)))).toBe(lying);
          }
          for (const { allocation, minor: much } of here.filter((each) => each.allocation !== null)) {
            const back = pool.fundersOf(allocation!);
            expect(sumOf(back.values())).toBe(much);
            for (const [contribution, part] of back) {
              expect(sumOf(place.heldBy(contribution, allocation!).values())).toBe(part);
            }
          }
        }
      }),
    );
  });

  it('goes by the same stakes as returns do, and covers among contributions what one was given back too early', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const { deposits, moves } = drawn;
        const stakes = stakesAfter(deposits, moves);
        for (const place of follow(drawn).places.values()) {
          expect(sumOf([...place.brought.values()].map(({ covered }) => covered))).toBe(0n);
          for (const [contribution, brought] of place.brought) {
            const stake = stakes.get(placeKey(place.place))?.get(contribution) ?? 0n;
            expect(stakeOf(brought) - brought.covered).toBe(stake);
            expect(stakeOf(brought) >= 0n).toBe(true);
          }
        }
      }),
    );
  });

  it('moves between years and control totals without a penny more or less', () => {
    fc.assert(
      fc.property(history, (drawn) => {
        const pool = follow(drawn);
        const all = [...pool.places.values()].flatMap(({ brought }) => [...brought.values()]);
        expect(sumOf(all.map(({ switched }) => switched))).toBe(0n);
        expect(sumOf(all.map(({ carriedIn, carriedOut }) => carriedIn - carriedOut))).toBe(0n);
        for (const { transfer, contribution, minor: much } of drawn.moves) {
          expect(sumOf(pool.partsOf(transfer)?.values() ?? [])).toBe(contribution === null ? much : 0n);
        }
      }),
    );
  });

  it('is refused when what lies in a place is not what is at stake there', () => {
    const place = places[0]!;
    const deposits = [{ place, contribution: 'defra:1', minor: 100n }];
    const lying = (much: bigint): Placed => ({
      place,
      kind: AccountKind.SPENT,
      allocation: 'allocation-1',
      minor: much,
    });
    expect(() => followPool(deposits, [], [lying(99n)], [])).toThrow('100 is at stake and 99 is accounted for');
    expect(() => followPool(deposits, [], [lying(100n)], [])).not.toThrow();
  });
});
