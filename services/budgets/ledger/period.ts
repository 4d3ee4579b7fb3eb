import { daysOf } from '../../kernel/dates.js';
import { refuse } from '../../kernel/refusal.js';
import type { PoolFacts } from './draft.js';

const periodsInYear = 12;
const named = (number: number) => `P${String(number).padStart(2, '0')}`;

/** The name of a closed period as a pool keeps it: `2025-26 P03`. */
export const closedName = (financialYear: string, period: string) => `${financialYear} ${period}`;

/** The period of a year that contains the day: P01 is its first month. A day before or after the year counts as its first or last. */
export function periodOf(day: string, financialYear: string): string {
  const { from, until } = daysOf(financialYear)!;
  if (day < from) return named(1);
  if (day >= until) return named(periodsInYear);
  const monthOf = (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  return named(monthOf(day) - monthOf(from) + 1);
}

/**
 * The period in which the ledger records what took effect on the day: its own, or, where that is closed, the first open
 * one after it (rule 7: a late finding keeps its true day). Refuses with PERIOD_CLOSED when the rest of the year is closed.
 */
export function openPeriod({ id, closedPeriods }: PoolFacts, financialYear: string, day: string): string {
  const own = Number(periodOf(day, financialYear).slice(1));
  for (let number = own; number <= periodsInYear; number++) {
    if (!closedPeriods.includes(closedName(financialYear, named(number)))) return named(number);
  }
  return refuse(
    'PERIOD_CLOSED',
    `In budget ${id} the periods of ${financialYear} from ${named(own)} on are closed; record it in the financial year that is open.`,
    ['effectiveOn'],
  );
}
