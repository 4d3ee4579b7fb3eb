import { describe, expect, it } from '@jest/globals';
import { DateTime, Day, dayInLondon, daysOf, financialYearOf, instantOf, isDay } from './dates.js';

describe('a day', () => {
  it('exists or is refused', () => {
    expect(['2024-02-29', '2023-02-29', '2023-13-01', '2023-1-1', '20230101'].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(() => Day.parseValue('2023-02-29')).toThrow('not a day that exists');
  });

  it('begins at midnight in London, summer and winter', () => {
    expect(dayInLondon(new Date('2026-03-31T22:59:59Z'))).toBe('2026-03-31');
    expect(dayInLondon(new Date('2026-03-31T23:00:00Z'))).toBe('2026-04-01');
    expect(dayInLondon(new Date('2025-12-31T23:30:00Z'))).toBe('2025-12-31');
  });
});

describe('an instant', () => {
  it('states its offset', () => {
    expect(instantOf('2026-03-31T23:59:59+01:00')?.toISOString()).toBe('2026-03-31T22:59:59.000Z');
    expect(['2026-03-31T23:59:59', '2026-02-30T00:00:00Z', '2026-03-31', '0'].map(instantOf)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(() => DateTime.parseValue('yesterday')).toThrow('the offset must be stated');
  });
});

describe('a financial year', () => {
  it('is named by the years it starts and ends in', () => {
    expect(daysOf('2025-26')).toEqual({ from: '2025-04-01', until: '2026-04-01' });
    expect(daysOf('2025-25')).toEqual({ from: '2025-01-01', until: '2026-01-01' });
    expect(daysOf('1999-00')).toEqual({ from: '1999-04-01', until: '2000-04-01' });
    expect(['2025', '2025-27', '2025/26'].map(daysOf)).toEqual([null, null, null]);
  });

  it('changes on the first of April', () => {
    expect(['2026-03-31', '2026-04-01', '2024-02-29'].map(financialYearOf)).toEqual(['2025-26', '2026-27', '2023-24']);
  });
});
