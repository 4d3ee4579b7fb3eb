import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const bad = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

function scalar(
  name: string,
  description: string,
  parse: (text: string) => unknown,
  serialize: (value: unknown) => string,
) {
  const checked = (value: unknown) => {
    if (typeof value !== 'string') throw bad(`${name} is written as a string, in quotes.`);
    return parse(value);
  };
  return new GraphQLScalarType({
    name,
    description,
    serialize,
    parseValue: checked,
    parseLiteral: (node) => checked(node.kind === Kind.STRING ? node.value : undefined),
  });
}

/** Whether the text is a day that exists: "2024-02-29" is one, "2023-02-29" is none. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The instant that an ISO 8601 text with an offset names, or null. */
export function instantOf(text: string): Date | null {
  const [, day] = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/.exec(text) ?? [];
  if (!day || !isDay(day)) return null;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

export const Day = scalar(
  'Date',
  'A calendar day, YYYY-MM-DD.',
  (text) => {
    if (isDay(text)) return text;
    throw bad('This is not a day that exists, written YYYY-MM-DD.');
  },
  (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : String(value).slice(0, 10)),
);

export const DateTime = scalar(
  'DateTime',
  'An instant in UTC, ISO 8601 with milliseconds: 2026-03-31T23:59:59.000Z. Input may state another offset.',
  (text) => {
    const instant = instantOf(text);
    if (instant) return instant;
    throw bad('This is not an instant such as 2026-03-31T23:59:59Z; the offset must be stated.');
  },
  (value) => (value instanceof Date ? value : new Date(value as string)).toISOString(),
);

/**
 * The days of a financial year: from the first (inclusive) until the day after the last. The label names the calendar
 * year it starts in and, in two digits, the one it ends in: 2025-26 runs from April, 2025-25 is a calendar year.
 */
export function daysOf(label: string): { from: string; until: string } | null {
  const [, start, end] = /^(\d{4})-(\d{2})$/.exec(label) ?? [];
  if (!start) return null;
  const first = Number(start);
  if (Number(end) === first % 100) return { from: `${start}-01-01`, until: `${first + 1}-01-01` };
  if (Number(end) === (first + 1) % 100) return { from: `${start}-04-01`, until: `${first + 1}-04-01` };
  return null;
}

export const FinancialYear = scalar(
  'FinancialYear',
  'A financial year by its label: 2025-26 runs from 2025-04-01 until 2026-03-31; 2025-25 is the calendar year 2025.',
  (text) => {
    if (daysOf(text)) return text;
    throw bad('This is not a financial year such as 2025-26 (April to March) or 2025-25 (a calendar year).');
  },
  String,
);

const londonDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' });

const hourMs = 3_600_000;
let lastHour = { hour: Number.NaN, day: '' };

/** The calendar day in London at an instant: what decides on which side of a year's end something falls. */
export function dayInLondon(instant: Date): string {
  const hour = Math.floor(instant.getTime() / hourMs);
  // London's clocks have been whole hours from UTC since 1847, so a day lasts at least until the hour is over.
  if (hour < 0) return londonDay.format(instant);
  if (hour !== lastHour.hour) lastHour = { hour, day: londonDay.format(instant) };
  return lastHour.day;
}

/** The April-to-March financial year a day lies in. */
export function financialYearOf(day: string): string {
  const year = Number(day.slice(0, 4)) - (day.slice(5) < '04-01' ? 1 : 0);
  return `${year}-${String((year + 1) % 100).padStart(2, '0')}`;
}
