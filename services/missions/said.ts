import { dayInLondon } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';

/** Refuses with BAD_USER_INPUT the first of these texts that says nothing. */
export function checkSaid(texts: Record<string, string>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (text.trim() === '') refuse('BAD_USER_INPUT', `This is empty: ${name}.`, [name]);
  }
}

/** The day stated, or today in London; refuses a day that has not come there yet with BAD_USER_INPUT. */
export function dayNotAhead(stated: string | null | undefined, field: string): string {
  const today = dayInLondon(new Date());
  const day = stated ?? today;
  if (day > today) refuse('BAD_USER_INPUT', `${day} has not come yet; in London it is ${today}.`, [field]);
  return day;
}
