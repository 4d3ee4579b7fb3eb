import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isDay } from '../../services/kernel/dates.js';
import type { Cells } from './read-cells.js';
import { calendarYear, type Period } from './read-dates.js';
import { plainOf } from './read-decimal.js';
import { type Read, type RefusedRow, readTable } from './rows.js';

/** SDMX observation status: normal, provisional, estimated, break in the series, missing. */
export type ObservationStatus = 'A' | 'P' | 'E' | 'B' | 'M';

/**
 * SDMX's own names, and the short ones ONS uses. It wrote "Undefined" for figures without a mark until 2022; the same
 * figures are "Normal value" since.
 */
const statuses: Readonly<Record<string, ObservationStatus>> = {
  'Normal value': 'A',
  Undefined: 'A',
  Provisional: 'P',
  'Provisional value': 'P',
  Estimated: 'E',
  'Estimated value': 'E',
  'Time series break': 'B',
  Break: 'B',
  'Missing value': 'M',
};

const powersOfTen = { Units: 0, Tens: 1, Hundreds: 2, Thousands: 3, Millions: 6, Billions: 9 };

export interface SdgObservation {
  line: number;
  period: Period;
  /** Which of several series of the indicator; null in vintages that had no such column. */
  series: string | null;
  /** Only the breakdowns that the row states: { Gas: 'Methane (CH4)' }. */
  disaggregation: Record<string, string>;
  /** The whole, not a part: the row states no breakdown at all. It is marked so in every vintage known. */
  isHeadline: boolean;
  status: ObservationStatus;
  statusText: string;
  unit: string;
  /** The value counts units times ten to this power. */
  powerOfTen: number;
  /** The exact decimal as published, never rounded; null where nothing is published (status M). */
  value: string | null;
}

/** Breakdowns known by name. Others must be named by the caller: an unknown column could change what the whole is. */
const breakdowns = ['Gas', 'Renewable and waste source', 'Age', 'Sex', 'Country', 'Region'];

/** `Series` came later; the unit's column has two names. */
const layoutFor = (more: readonly string[]) => ({
  format: 'ons-sdg',
  required: ['Year', 'Observation status', 'Unit multiplier', 'Value'],
  optional: ['Series', 'Unit measure', 'Units', 'GeoCode', ...breakdowns, ...more],
});

/** One published vintage of a UK indicator of the Sustainable Development Goals. */
export async function readOnsSdg(path: string, moreBreakdowns: readonly string[] = []): Promise<Read<SdgObservation>> {
  const named = [...breakdowns, ...moreBreakdowns];
  const read = await readTable(path, layoutFor(moreBreakdowns), (cells) => observationIn(cells, named));
  return withoutRepeats(read, ({ period, series, disaggregation }) =>
    JSON.stringify([period.label, series, Object.entries(disaggregation)]),
  );
}

function observationIn(cells: Cells, named: readonly string[]): SdgObservation {
  const disaggregation = Object.fromEntries(
    named.flatMap((column) => {
      const part = cells.maybe(column);
      return part === null ? [] : [[column, part]];
    }),
  );
  const unit = cells.maybe('Unit measure') ?? cells.maybe('Units');
  if (unit === null) cells.refuse('Unit measure', 'The row does not say in which unit it counts.');
  const value = cells.maybe('Value') === null ? null : plainOf(cells.decimal('Value'));
  const status = cells.oneOf('Observation status', statuses);
  if (status === 'M' && value !== null) cells.refuse('Value', 'The value is called missing and is there.');
  return {
    line: cells.line,
    period: calendarYear(cells.year('Year')),
    series: cells.maybe('Series'),
    disaggregation,
    isHeadline: Object.keys(disaggregation).length === 0,
    status: value === null ? 'M' : status,
    statusText: cells.text('Observation status'),
    unit,
    powerOfTen: cells.oneOf('Unit multiplier', powersOfTen),
    value,
  };
}

/** Refuses the second row about the same thing: which of the two is meant cannot be told. */
export function withoutRepeats<Row extends { line: number }>(read: Read<Row>, keyOf: (row: Row) => string): Read<Row> {
  const firsts = new Map<string, number>();
  const refused: RefusedRow[] = [...read.refused];
  const rows = read.rows.filter((row) => {
    const first = firsts.get(keyOf(row));
    if (first === undefined) firsts.set(keyOf(row), row.line);
    else refused.push({ row: row.line, column: null, reason: `Row ${first} is about the same observation.` });
    return first === undefined;
  });
  return { rows, refused: refused.sort((a, b) => a.row - b.row), rowCount: read.rowCount };
}

/**
 * When a vintage was released, as far as its publisher says so: in the file's name (`.rev2021-12-02.csv`), or in the
 * description that ONS publishes beside the newest vintage (`.meta.md`, the date its source released the figures).
 */
export async function releasedOn(path: string): Promise<{ day: string; statedBy: string } | null> {
  const [, inName] = /\.rev(\d{4}-\d{2}-\d{2})\.csv$/.exec(path) ?? [];
  if (inName && isDay(inName)) return { day: inName, statedBy: basename(path) };
  const description = path.replace(/\.csv$/, '.meta.md');
  const text = await readFile(description, 'utf8').catch(() => '');
  const [, day, month, year] = /^source_release_date_1: (\d{2})\/(\d{2})\/(\d{4})\s*$/m.exec(text) ?? [];
  const stated = `${year}-${month}-${day}`;
  return isDay(stated) ? { day: stated, statedBy: basename(description) } : null;
}
