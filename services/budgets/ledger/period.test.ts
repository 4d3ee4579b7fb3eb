import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { answerOf, poolOf } from '../rules-for-tests.js';
import { expectClosable, openPeriod, periodOf } from './period.js';

describe('a period', () => {
  it('is a month of its financial year; a day outside the year counts as its first or last', () => {
    const days = ['2025-03-31', '2025-04-01', '2025-04-30', '2025-05-01', '2025-12-31', '2026-01-01', '2026-03-31'];
    const read = (year: string, ...on: string[]) => on.map((day) => `${day} ${periodOf(day, year)}`);
    expect([
      ...read('2025-26', ...days, '2026-04-01', '2027-08-01'),
      ...read('2025-25', '2024-12-31', '2025-01-01', '2025-10-31', '2025-12-31', '2026-01-01', '2026-02-01'),
    ]).toEqual([
      ...['2025-03-31 P01', '2025-04-01 P01', '2025-04-30 P01', '2025-05-01 P02', '2025-12-31 P09'],
      ...['2026-01-01 P10', '2026-03-31 P12', '2026-04-01 P12', '2027-08-01 P12'],
      ...['2024-12-31 P01', '2025-01-01 P01', '2025-10-31 P10', '2025-12-31 P12', '2026-01-01 P12', '2026-02-01 P12'],
    ]);
  });

  it('closes once, in order, and only when it is over', () => {
    const close = (period: string, today: string, ...closed: string[]) =>
      answerOf(() =>
        expectClosable(poolOf({ closedPeriods: closed.map((each) => `2025-26 ${each}`) }), '2025-26', period, today),
      );
    expect([
      close('P01', '2025-04-30'),
      close('P01', '2025-05-01'),
      close('P01', '2025-06-01', 'P01'),
      close('P02', '2025-06-01'),
      close('P02', '2025-06-01', 'P01'),
      close('P09', '2026-01-01', 'P08'),
      close('P10', '2026-02-01', 'P09'),
      close('P12', '2026-03-31', 'P11'),
      close('P12', '2026-04-01', 'P11'),
      ...['P00', 'P13', 'p01', 'P1', 'P010', 'aP01', 'P19', 'P20', ''].map((period) => close(period, '2027-01-01')),
    ]).toEqual([
      'PERIOD_NOT_OVER period',
      '2025-26 P01',
      'PERIOD_CLOSED period',
      'PERIOD_NOT_NEXT period',
      '2025-26 P02',
      '2025-26 P09',
      '2025-26 P10',
      'PERIOD_NOT_OVER period',
      '2025-26 P12',
      ...Array(9).fill('BAD_USER_INPUT period'),
    ]);
  });

  it('of another year stands for itself: closing one says nothing of the same month a year later', () => {
    const pool = poolOf({ closedPeriods: ['2024-25 P01'] });
    expect(answerOf(() => expectClosable(pool, '2025-26', 'P02', '2025-06-01'))).toBe('PERIOD_NOT_NEXT period');
    expect(answerOf(() => expectClosable(pool, '2025-26', 'P01', '2025-06-01'))).toBe('2025-26 P01');
  });

  it('that is closed passes a late finding on to the first open one after it, and to none of another year', () => {
    const record = (day: string, ...closed: string[]) => {
      const closedPeriods = closed.map((each) => `2025-26 ${each}`);
      return answerOf(() => openPeriod(poolOf({ closedPeriods }), '2025-26', day));
    };
    expect([
      record('2025-04-15'),
      record('2025-04-15', 'P01'),
      record('2025-04-15', 'P01', 'P02', 'P03'),
      record('2025-06-15', 'P01', 'P02'),
      record('2026-02-15', 'P11'),
      record('2026-03-15', 'P12'),
      record('2026-02-15', 'P11', 'P12'),
    ]).toEqual(['P01', 'P02', 'P04', 'P03', 'P12', 'PERIOD_CLOSED effectiveOn', 'PERIOD_CLOSED effectiveOn']);
  });
});
