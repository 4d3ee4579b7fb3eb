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

/** The first day after a period. */
function dayAfter(financialYear: string, number: number): string {
  const { from } = daysOf(financialYear)!;
  return new Date(Date.UTC(Number(from.slice(0, 4)), Number(from.slice(5, 7)) - 1 + number, 1))
    .toISOString()
    .slice(0, 10);
}

/** The name under which a period is closed; refuses one that is closed, not over yet, or not the next of its year. */
export function expectClosable({ closedPeriods }: PoolFacts, financialYear: string, period: string, today: string) {
  if (!/^P(0[1-9]|1[0-2])$/.test(period)) refuse('BAD_USER_INPUT', 'A period is one of P01 to P12.', ['period']);
  const name = closedName(financialYear, period);
  if (closedPeriods.includes(name)) refuse('PERIOD_CLOSED', `${name} is closed already.`, ['period']);
  const number = Number(period.slice(1));
  const over = dayAfter(financialYear, number);
  if (today < over) refuse('PERIOD_NOT_OVER', `${name} can be closed from ${over} on; today is ${today}.`, ['period']);
  const before = named(number - 1);
  if (number > 1 && !closedPeriods.includes(closedName(financialYear, before))) {
    refuse('PERIOD_NOT_NEXT', `Close ${before} of ${financialYear} first; periods close in order.`, ['period']);
  }
  return name;
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
