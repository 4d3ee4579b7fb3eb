import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccountKind } from './account.js';
import { BudgetStatement } from './budget-statement.js';
import { chart, TransferKind } from './chart.js';
import { ControlTotal } from './control-total.js';
import { Cover } from './cover.js';

const day = (number: number) => `2025-01-${String(number).padStart(2, '0')}`;
const change = fc.record({ on: fc.integer({ min: 1, max: 28 }), change: fc.bigInt({ min: -50n, max: 100n }) });

/** The balance at the end of each day of the month, added up anew. */
const endOfDays = (changes: { on: number; change: bigint }[]) =>
  Array.from({ length: 28 }, (_, index) =>
    changes.filter(({ on }) => on <= index + 1).reduce((sum, each) => sum + each.change, 0n),
  );

describe('what can be taken from an account', () => {
  it('is the least balance at the end of any day from that day on, and never below zero', () => {
    fc.assert(
      fc.property(fc.array(change), fc.array(change), fc.integer({ min: 1, max: 28 }), (kept, moved, from) => {
        const balance = kept.reduce((sum, each) => sum + each.change, 0n);
        const days = kept.map(({ on, change }) => ({ place: 'a', day: day(on), change }));
        const cover = new Cover([['a', balance]], days);
        for (const { on, change } of moved) cover.move('a', day(on), change);
        const later = endOfDays([...kept, ...moved]).slice(from - 1);
        const least = later.reduce((lowest, each) => (each < lowest ? each : lowest));
        expect(cover.available('a', day(from))).toBe(least > 0n ? least : 0n);
        expect(cover.balance('a')).toBe(later.at(-1));
      }),
    );
  });

  it('of a place that holds nothing is nothing', () => {
    expect(new Cover([], []).available('nowhere', day(1))).toBe(0n);
  });
});

describe('the pool identity', () => {
  const line = (account: AccountKind, cause: TransferKind, minor: bigint) => ({
    ...{ account, cause, minor, controlTotal: ControlTotal.CDEL, financialYear: '2025-26' },
  });
  const move = fc.record({
    kind: fc.constantFrom(...Object.values(TransferKind)),
    pair: fc.nat(),
    minor: fc.bigInt({ min: 1n, max: 10n ** 18n }),
  });
  const movements = fc.array(move).map((moves) =>
    moves.flatMap(({ kind, pair, minor }) => {
      const [from, to] = chart[kind][pair % chart[kind].length]!;
      return [line(from, kind, -minor), line(to, kind, minor)];
    }),
  );

  it('holds after any moves that the chart allows', () => {
    fc.assert(fc.property(movements, (moved) => new BudgetStatement('GBP', moved, null).assertIdentity()));
  });

  it('fails when a line is missing', () => {
    const lonely = [
      line(AccountKind.UNALLOCATED, TransferKind.DEPOSIT, 5n),
      line(AccountKind.SPENT, TransferKind.EXPENDITURE, 1n),
    ];
    expect(() => new BudgetStatement('GBP', [lonely[0]!], null).assertIdentity()).not.toThrow();
    const allocated = [lonely[0]!, line(AccountKind.UNALLOCATED, TransferKind.ALLOCATION, -5n)];
    expect(() => new BudgetStatement('GBP', allocated, null).assertIdentity()).toThrow(
      'The pool identity does not hold',
    );
  });
});
