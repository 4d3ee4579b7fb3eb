import { describe, expect, it } from '@jest/globals';
import { assert, bigInt, constantFrom, integer, property, tuple } from 'fast-check';
import { compare, exactAgain, exactOf, minus, plus, rounded, textOf } from './decimal.js';
import { Frequency, labelOf, lastDayOf, nextStart, startAround, startOf, startsBetween } from './period.js';

const exact = tuple(bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), integer({ min: 0, max: 40 })).map(
  ([digits, scale]) => ({ digits, scale }),
);

describe('an exact decimal', () => {
  it('is read from plain text alone', () => {
    for (const text of [
      'NaN',
      '1e3',
      'Infinity',
      '',
      '.5',
      '5.',
      '+1',
      '1,000',
      ' 1',
      '0x1',
      `0.${'1'.repeat(31)}`,
      '1'.repeat(26),
    ]) {
      expect(exactOf(text)).toBeNull();
    }
    expect(exactOf(`0.${'1'.repeat(30)}`)?.scale).toBe(30);
    expect(textOf(exactAgain('-0447.87743622162950'))).toBe('-447.8774362216295');
    expect(() => exactAgain('x')).toThrow(RangeError);
  });

  it('is added, subtracted and compared without loss', () => {
    expect(textOf(plus(exactAgain('0.1'), exactAgain('0.2')))).toBe('0.3');
    assert(
      property(exact, exact, (one, other) => {
        expect(compare(minus(plus(one, other), other), one)).toBe(0);
        expect(compare(one, other)).toBe(-compare(other, one) + 0);
      }),
    );
  });

  it('is rounded half to even, for sentences', () => {
    const shown = (text: string, decimals: number) => textOf(rounded(exactAgain(text), decimals));
    expect([
      shown('0.25', 1),
      shown('0.35', 1),
      shown('-0.251', 1),
      shown('9.99', 1),
      shown('-0.05', 1),
      shown('7', 3),
    ]).toEqual([...['0.2', '0.4', '-0.3', '10', '0', '7']]);
  });
});

describe('a period', () => {
  it('is known by its label, which fits one frequency', () => {
    const labels: [Frequency, string, string, string][] = [
      [Frequency.MONTH, '2024-02', '2024-02-01', '2024-02-29'],
      [Frequency.QUARTER, '2024 Q4', '2024-10-01', '2024-12-31'],
      [Frequency.YEAR, '2023', '2023-01-01', '2023-12-31'],
      [Frequency.FINANCIAL_YEAR, '2025-26', '2025-04-01', '2026-03-31'],
      [Frequency.ACADEMIC_YEAR, '1999/00', '1999-09-01', '2000-08-31'],
    ];
    for (const [frequency, label, first, last] of labels) {
      expect([startOf(frequency, label), labelOf(frequency, first), lastDayOf(frequency, first)]).toEqual([
        first,
        label,
        last,
      ]);
      for (const other of Object.values(Frequency)) if (other !== frequency) expect(startOf(other, label)).toBeNull();
    }
    for (const label of ['2024-13', '2024-2', '2024 Q5', '2024 q1', '0023', '2025-27', '2018/20', '']) {
      expect(Object.values(Frequency).map((frequency) => startOf(frequency, label))).toEqual([
        null,
        null,
        null,
        null,
        null,
      ]);
    }
  });

  it('begins where the one before ends, and holds each of its days', () => {
    const frequencies = constantFrom(...Object.values(Frequency));
    const days = integer({ min: 0, max: 80_000 }).map((day) =>
      new Date(Date.UTC(1900, 0, 1 + day)).toISOString().slice(0, 10),
    );
    assert(
      property(frequencies, days, (frequency, day) => {
        const start = startAround(frequency, day);
        expect(start <= day && day <= lastDayOf(frequency, start)).toBe(true);
        expect(startOf(frequency, labelOf(frequency, start))).toBe(start);
        expect(startAround(frequency, lastDayOf(frequency, start))).toBe(start);
        expect(startAround(frequency, nextStart(frequency, start))).toBe(nextStart(frequency, start));
      }),
    );
  });

  it('is one of several only when they fill the time exactly', () => {
    expect(startsBetween(Frequency.QUARTER, '2024-07-01', '2024-12-31')).toEqual(['2024-07-01', '2024-10-01']);
    expect(startsBetween(Frequency.YEAR, '2008-01-01', '2012-12-31')).toHaveLength(5);
    expect(startsBetween(Frequency.YEAR, '2008-01-01', '2012-12-30')).toBeNull();
    expect(startsBetween(Frequency.YEAR, '2008-01-02', '2012-12-31')).toBeNull();
    expect(startsBetween(Frequency.YEAR, '2008-01-01', '2007-12-31')).toBeNull();
  });
});
