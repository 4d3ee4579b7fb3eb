import { dayInLondon, daysOf } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';
import type { PooledBudget } from './pooled-budget.js';

const dayInMilliseconds = 86_400_000;

/** Where one financial year ends and the next one begins. */
export interface YearTurn {
  year: string;
  lastDay: string;
  nextYear: string;
  /** Of the next year. */
  firstDay: string;
}

/** The end of a financial year of an annual pool; refuses with NOT_ANNUAL, or YEAR_NOT_ENDED as of the day. */
export function turnOf(pool: PooledBudget, stated: string, asOf: string): YearTurn {
  if (!pool.annual) {
    refuse('NOT_ANNUAL', `Authority in budget ${pool.id} does not expire at the end of a year; leave it where it is.`, [
      'budget',
    ]);
  }
  const year = pool.yearOf(asOf, stated);
  const { from, until: firstDay } = daysOf(year)!;
  if (from > asOf || firstDay > asOf) {
    refuse('YEAR_NOT_ENDED', `${year} has not ended on ${asOf}; wait until ${firstDay}.`, ['financialYear']);
  }
  const lastDay = new Date(Date.parse(`${firstDay}T00:00:00Z`) - dayInMilliseconds).toISOString().slice(0, 10);
  return { year, lastDay, nextYear: pool.yearOf(firstDay, null), firstDay };
}

/** Whether the label is of the kind of year that the pool counts in. */
export const countsIn = (pool: PooledBudget, year: string) => pool.yearOf(daysOf(year)!.from, null) === year;

export const todayInLondon = () => dayInLondon(new Date());

/** The most that may be carried over of what came in for a year, in minor units; null where the pool has no cap. */
export function carryOverCap({ carryOverCapPercent }: PooledBudget, cameIn: bigint): bigint | null {
  if (carryOverCapPercent === null) return null;
  const [whole, fraction = ''] = carryOverCapPercent.split('.');
  return (cameIn * BigInt(whole + fraction)) / (100n * 10n ** BigInt(fraction.length));
}
