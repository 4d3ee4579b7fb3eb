import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { answerOf, poolOf } from './rules-for-tests.js';
import { carryOverCap, countsIn, turnOf } from './year-turn.js';

/** The end of a year as seen on a day: its last day and the next year, or what refused it. */
const turned = (year: string, asOf: string, more: object = {}) =>
  answerOf(() => {
    const { lastDay, nextYear, firstDay } = turnOf(poolOf(more), year, asOf);
    return `${lastDay} > ${firstDay} ${nextYear}`;
  });

describe('the turn of a financial year', () => {
  it('comes on the first day of the next one, and not for authority that does not expire', () => {
    const calendar = { calendarYears: true };
    expect([
      turned('2025-26', '2026-03-31'),
      turned('2025-26', '2026-04-01'),
      turned('1999-00', '2026-04-01'),
      turned('2199-00', '2026-04-01'),
      turned('9999-00', '2026-04-01'),
      turned('2025-25', '2025-12-31', calendar),
      turned('2025-25', '2026-01-01', calendar),
      turned('2025-26', '2026-04-01', calendar),
      turned('2025-26', '2026-04-01', { annual: false }),
    ]).toEqual([
      'YEAR_NOT_ENDED financialYear',
      '2026-03-31 > 2026-04-01 2026-27',
      '2000-03-31 > 2000-04-01 2000-01',
      'YEAR_NOT_ENDED financialYear',
      'BAD_USER_INPUT financialYear',
      'YEAR_NOT_ENDED financialYear',
      '2025-12-31 > 2026-01-01 2026-26',
      'BAD_USER_INPUT financialYear',
      'NOT_ANNUAL budget',
    ]);
  });

  it('is that of the years a pool counts in, from April or from January', () => {
    const counts = (calendarYears: boolean) =>
      ['2025-26', '2025-25'].map((year) => countsIn(poolOf({ calendarYears }), year));
    expect([counts(false), counts(true)]).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('lets over at most the cap, in whole pence, exactly', () => {
    const cap = (carryOverCapPercent: string | null, cameIn: bigint) =>
      carryOverCap(poolOf({ carryOverCapPercent }), cameIn);
    expect([
      cap(null, 1_000n),
      cap('0', 1_000n),
      cap('100', 1_000n),
      cap('100.0000', 2n ** 62n),
      cap('12.5', 8_005n),
      cap('0.0001', 999_999n),
      cap('0.0001', 1_000_000n),
    ]).toEqual([null, 0n, 1_000n, 2n ** 62n, 1_000n, 0n, 1n]);
  });
});
