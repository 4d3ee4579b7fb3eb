import { registerEnumType } from 'type-graphql';

export enum Frequency {
  MONTH = 'MONTH',
  QUARTER = 'QUARTER',
  YEAR = 'YEAR',
  FINANCIAL_YEAR = 'FINANCIAL_YEAR',
  ACADEMIC_YEAR = 'ACADEMIC_YEAR',
}
registerEnumType(Frequency, {
  name: 'Frequency',
  description: 'How long the periods of a measure are and how their labels are written.',
  valuesConfig: {
    MONTH: { description: 'A calendar month: 2024-03.' },
    QUARTER: { description: 'A calendar quarter: 2024 Q4.' },
    YEAR: { description: 'A calendar year: 2023.' },
    FINANCIAL_YEAR: { description: '1 April to 31 March: 2025-26.' },
    ACADEMIC_YEAR: { description: '1 September to 31 August: 2018/19.' },
  },
});

interface Calendar {
  months: number;
  /** The month, 1 to 12, in which the first period of a cycle begins. */
  first: number;
  label: RegExp;
  /** What a label looks like, for refusals. */
  example: string;
}

const calendars: Record<Frequency, Calendar> = {
  MONTH: { months: 1, first: 1, label: /^([12]\d{3})-(0[1-9]|1[0-2])$/, example: '2024-03, a month' },
  QUARTER: { months: 3, first: 1, label: /^([12]\d{3}) Q([1-4])$/, example: '2024 Q4, a calendar quarter' },
  YEAR: { months: 12, first: 1, label: /^([12]\d{3})$/, example: '2023, a calendar year' },
  FINANCIAL_YEAR: { months: 12, first: 4, label: /^([12]\d{3})-(\d{2})$/, example: '2025-26, from April to March' },
  ACADEMIC_YEAR: {
    months: 12,
    first: 9,
    label: /^([12]\d{3})\/(\d{2})$/,
    example: '2018/19, from September to August',
  },
};

export const exampleOf = (frequency: Frequency): string => calendars[frequency].example;

const two = (number: number) => String(number).padStart(2, '0');

/** The first day of the month that many months after January of year 0. */
const dayOfMonth = (months: number) => `${Math.floor(months / 12)}-${two((months % 12) + 1)}-01`;
const monthOfDay = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;

/** The first day of the period with this label; null when the label does not fit the frequency. */
export function startOf(frequency: Frequency, label: string): string | null {
  const { label: shape, first } = calendars[frequency];
  const [, year, part] = shape.exec(label) ?? [];
  if (!year) return null;
  if (frequency === Frequency.MONTH) return `${label}-01`;
  if (frequency === Frequency.QUARTER) return `${year}-${two(Number(part) * 3 - 2)}-01`;
  if (part && Number(part) !== (Number(year) + 1) % 100) return null;
  return `${year}-${two(first)}-01`;
}

/** The label of the period that begins on this day. */
export function labelOf(frequency: Frequency, start: string): string {
  const year = start.slice(0, 4);
  const end = two((Number(year) + 1) % 100);
  if (frequency === Frequency.MONTH) return start.slice(0, 7);
  if (frequency === Frequency.QUARTER) return `${year} Q${(Number(start.slice(5, 7)) + 2) / 3}`;
  if (frequency === Frequency.FINANCIAL_YEAR) return `${year}-${end}`;
  return frequency === Frequency.ACADEMIC_YEAR ? `${year}/${end}` : year;
}

/** The first day of the period after the one that begins on this day. */
export const nextStart = (frequency: Frequency, start: string): string =>
  dayOfMonth(monthOfDay(start) + calendars[frequency].months);

/** The first day of the period so many periods after the one that begins on this day; before it, where negative. */
export const startAfter = (frequency: Frequency, start: string, periods: number): string =>
  dayOfMonth(monthOfDay(start) + periods * calendars[frequency].months);

/** How many periods lie between two first days of periods. */
export const periodsFrom = (frequency: Frequency, start: string, other: string): number =>
  (monthOfDay(other) - monthOfDay(start)) / calendars[frequency].months;

const dayBefore = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);

/** The last day of the period that begins on this day. */
export const lastDayOf = (frequency: Frequency, start: string): string => dayBefore(nextStart(frequency, start));

/** The first day of the period that this day lies in. */
export function startAround(frequency: Frequency, day: string): string {
  const { months, first } = calendars[frequency];
  const month = monthOfDay(day);
  return dayOfMonth(month - ((month - (first - 1)) % months));
}

/** The first days of all periods between two days; null when the days do not begin and end a period. */
export function startsBetween(frequency: Frequency, from: string, to: string): string[] | null {
  const starts: string[] = [];
  for (let start = from; start <= to; start = nextStart(frequency, start)) {
    if (startAround(frequency, start) !== start) return null;
    starts.push(start);
  }
  const last = starts.at(-1);
  return last !== undefined && lastDayOf(frequency, last) === to ? starts : null;
}
