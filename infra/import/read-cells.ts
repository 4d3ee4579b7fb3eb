import { isDay } from '../../services/kernel/dates.js';
import { type Exact, exactOf } from './read-decimal.js';
import type { RefusedRow } from './rows.js';

/** Says why one row cannot be interpreted; the reader lists it and goes on. */
export class RowRefused extends Error {
  readonly details: Omit<RefusedRow, 'row'>;

  constructor(column: string | null, reason: string, value?: string) {
    super(reason);
    this.details = { column, reason, ...(value === undefined ? {} : { value: value.slice(0, 80) }) };
  }
}

/** The cells of one row by column name. Each method that finds something else than it reads refuses the row. */
export class Cells {
  constructor(
    readonly line: number,
    private readonly cells: ReadonlyMap<string, string>,
  ) {}

  /** What stands in the file, to the letter; empty where the vintage has no such column. */
  original(column: string): string {
    return this.cells.get(column) ?? '';
  }

  maybe(column: string): string | null {
    return this.original(column).trim() || null;
  }

  text(column: string): string {
    return this.maybe(column) ?? this.refuse(column, 'The cell is empty and must not be.');
  }

  decimal(column: string): Exact {
    const text = this.text(column);
    return exactOf(text) ?? this.refuse(column, 'This is not a plain decimal number such as 1250.50.');
  }

  year(column: string): number {
    const text = this.text(column);
    if (!/^(19|20)\d{2}$/.test(text)) this.refuse(column, 'This is not a year such as 2025.');
    return Number(text);
  }

  /** A day, or null where the cell is empty or holds a placeholder that the source writes for "unknown". */
  maybeDay(column: string): string | null {
    const day = this.maybe(column)?.replace(/T\d{2}:\d{2}:\d{2}$/, '');
    if (!day || isPlaceholder(day)) return null;
    if (!isDay(day)) this.refuse(column, 'This is not a day that exists, written YYYY-MM-DD.');
    return day;
  }

  oneOf<Meaning>(column: string, meanings: Readonly<Record<string, Meaning>>): Meaning {
    const text = this.text(column);
    const known = Object.entries(meanings).find(([word]) => word === text);
    if (known) return known[1];
    return this.refuse(column, `This is none of the known words: ${Object.keys(meanings).join(', ')}.`);
  }

  refuse(column: string | null, reason: string): never {
    throw new RowRefused(column, reason, column === null ? undefined : this.original(column));
  }
}

/** 0001-01-01 and 1900-01-01 are what two of the source systems write for a date they do not have. */
export const isPlaceholder = (day: string): boolean => day === '1900-01-01' || day === '0001-01-01';
