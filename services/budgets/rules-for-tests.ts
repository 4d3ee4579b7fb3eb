import { Refused } from '../kernel/refusal.js';
import { PooledBudget } from './pooled-budget.js';

/** What a rule answers, or the refusal it makes: its code, and the input that is at fault. */
export function answerOf<Answer>(rule: () => Answer): Answer | string {
  try {
    return rule();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.userErrors.map(({ code, path }) => [code, ...path].join(' ')).join(', ');
  }
}

/** A pool as it stands in memory, for rules that ask no database. */
export const poolOf = (more: object = {}): PooledBudget =>
  Object.assign(new PooledBudget(), {
    ...{ id: 'budget-1', hostId: 'host', missionId: 'mission-1', currency: 'GBP', annual: true, calendarYears: false },
    ...{
      state: 'OPEN',
      controlTotals: ['CDEL'],
      closedPeriods: [],
      delegatedLimitMinor: null,
      virementLimitMinor: null,
    },
    ...more,
  });
