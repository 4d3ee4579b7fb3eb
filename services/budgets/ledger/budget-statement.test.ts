import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Money } from '../../kernel/money.js';
import { AccountKind as A } from './account.js';
import { BudgetStatement, type Promised } from './budget-statement.js';
import { TransferKind as T } from './chart.js';
import { ControlTotal } from './control-total.js';

const line = (cause: T, account: A, minor: bigint, financialYear = '2025-26', controlTotal = ControlTotal.CDEL) => ({
  ...{ cause, account, minor, financialYear, controlTotal },
});
const move = (cause: T, from: A, to: A, minor: bigint) => [line(cause, from, -minor), line(cause, to, minor)];

/** One of everything that the chart allows. */
const year = [
  ...move(T.DEPOSIT, A.CONTRIBUTOR_SOURCE, A.UNALLOCATED, 1000n),
  ...move(T.DEPOSIT, A.CONTRIBUTOR_SOURCE, A.SUSPENSE, 100n),
  ...move(T.DEPOSIT, A.CONTRIBUTOR_SOURCE, A.FX_DIFFERENCE, 20n),
  ...move(T.DEPOSIT, A.FX_DIFFERENCE, A.UNALLOCATED, 5n),
  ...move(T.DEPOSIT, A.FX_DIFFERENCE, A.SUSPENSE, 2n),
  ...move(T.MATCH, A.SUSPENSE, A.UNALLOCATED, 60n),
  ...move(T.CARRY_IN, A.CARRIED_FORWARD, A.UNALLOCATED, 200n),
  // Of a switch the statement of one control total sees the half that came in.
  line(T.SWITCH, A.UNALLOCATED, 25n),
  ...move(T.ALLOCATION, A.UNALLOCATED, A.ALLOCATION_AVAILABLE, 500n),
  ...move(T.VIREMENT, A.ALLOCATION_AVAILABLE, A.UNALLOCATED, 50n),
  ...move(T.VIREMENT, A.UNALLOCATED, A.ALLOCATION_AVAILABLE, 40n),
  ...move(T.RESERVATION, A.ALLOCATION_AVAILABLE, A.ALLOCATION_RESERVED, 300n),
  ...move(T.RELEASE, A.ALLOCATION_RESERVED, A.ALLOCATION_AVAILABLE, 30n),
  ...move(T.PAYMENT, A.ALLOCATION_RESERVED, A.WITH_RECIPIENT, 200n),
  ...move(T.EXPENDITURE, A.WITH_RECIPIENT, A.SPENT, 120n),
  ...move(T.REFUND, A.WITH_RECIPIENT, A.UNALLOCATED, 10n),
  ...move(T.REFUND, A.WITH_RECIPIENT, A.REFUND_DUE, 15n),
  ...move(T.RETURN, A.REFUND_DUE, A.RETURNED, 6n),
  ...move(T.RETURN, A.UNALLOCATED, A.RETURNED, 7n),
  ...move(T.CARRY_OUT, A.UNALLOCATED, A.CARRIED_FORWARD, 80n),
  ...move(T.LAPSE, A.UNALLOCATED, A.LAPSED, 9n),
  ...move(T.LAPSE, A.ALLOCATION_AVAILABLE, A.LAPSED, 11n),
];

const figures = (statement: BudgetStatement) =>
  Object.entries(statement).flatMap(([word, value]) =>
    value instanceof Money ? `${word} ${value.minor}` : value === null ? `${word} -` : [],
  );

describe('a statement of one of everything', () => {
  const promised: Promised = { committed: 1200n, writtenOff: 100n };

  it('counts each word as the glossary defines it, and the pool identity holds', () => {
    const statement = new BudgetStatement('GBP', year, promised, 90n);
    expect(figures(statement)).toEqual([
      ...['committed 1200', 'deposited 1065', 'outstanding 35', 'suspense 42', 'unallocated 714', 'allocated 479'],
      ...['reserved 70', 'drawnDown 200', 'spent 120', 'spentCertified 90', 'refunded 25', 'refundDue 9'],
      ...['returned 13', 'lapsed 20', 'carriedIn 200', 'carriedOut 80', 'fxDifference 13', 'switched 25'],
    ]);
    expect(() => statement.assertIdentity()).not.toThrow();
  });

  it('does not say what is outstanding where nobody says what was committed', () => {
    expect(figures(new BudgetStatement('GBP', year, null))).toEqual(
      expect.arrayContaining(['committed -', 'outstanding -', 'spentCertified 0']),
    );
    const settled = { committed: 1065n, writtenOff: 0n };
    expect(new BudgetStatement('GBP', year, settled).outstanding).toEqual(new Money(0n, 'GBP'));
  });

  it('names its control totals and financial years once each, in order', () => {
    const lines = [
      line(T.DEPOSIT, A.UNALLOCATED, 1n, '2026-27', ControlTotal.RAME),
      line(T.DEPOSIT, A.UNALLOCATED, 1n, '2024-25', ControlTotal.CDEL),
      line(T.DEPOSIT, A.UNALLOCATED, 1n, '2026-27', ControlTotal.RAME),
    ];
    const { controlTotals, financialYears } = new BudgetStatement('GBP', lines, null);
    expect([controlTotals, financialYears]).toEqual([
      ['CDEL', 'RAME'],
      ['2024-25', '2026-27'],
    ]);
  });
});
