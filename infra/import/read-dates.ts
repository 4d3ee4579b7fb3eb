import { isDay } from '../../services/kernel/dates.js';
import type { Cells } from './read-cells.js';

/** A stretch of time: from the first day (inclusive) until the day after the last. */
export interface Period {
  label: string;
  from: string;
  until: string;
}

/** A day that a source may know only by its month or year. */
export interface PartialDay {
  text: string;
  precision: 'DAY' | 'MONTH' | 'YEAR';
  /** The first and the last day it can mean; the same day where the precision is DAY. */
  first: string;
  last: string;
}

export const calendarYear = (year: number): Period => ({
  label: String(year),
  from: `${year}-01-01`,
  until: `${year + 1}-01-01`,
});

/** An English academic year, 1 September to 31 August, from "201819", "2018/19", "2018-19" or "2018-2019"; else null. */
export function academicYear(text: string): Period | null {
  const [, start, end = ''] = /^(\d{4})[/-]?(\d{2}|\d{4})$/.exec(text) ?? [];
  if (!start) return null;
  const next = Number(start) + 1;
  if (Number(end) !== (end.length === 2 ? next % 100 : next)) return null;
  return { label: `${start}/${String(next % 100).padStart(2, '0')}`, from: `${start}-09-01`, until: `${next}-09-01` };
}

/** "2016-07-14", "2016-07" or "2016"; null where the cell is empty. */
export function partialDayIn(cells: Cells, column: string): PartialDay | null {
  const text = cells.maybe(column);
  if (text === null) return null;
  if (isDay(text)) return { text, precision: 'DAY', first: text, last: text };
  if (/^\d{4}-\d{2}$/.test(text) && isDay(`${text}-01`)) {
    return { text, precision: 'MONTH', first: `${text}-01`, last: lastDayOf(text) };
  }
  if (/^\d{4}$/.test(text)) return { text, precision: 'YEAR', first: `${text}-01-01`, last: `${text}-12-31` };
  return cells.refuse(column, 'This is neither a day (2016-07-14) nor a month (2016-07) nor a year (2016).');
}

const lastDayOf = (month: string): string =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);
