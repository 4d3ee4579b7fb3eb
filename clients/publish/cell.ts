/** One cell of a table as its file holds it. */
export interface Cell {
  /** What the file says it is; CSV says of everything that it is text. */
  kind: 'text' | 'number' | 'date' | 'flag';
  /** Without spaces at its ends; empty where nothing is written. A date is YYYY-MM-DD. */
  text: string;
  /** Why the cell cannot be taken for what it shows, whatever column it is in. */
  fault?: string;
}

export interface TableRow {
  /** As a spreadsheet counts: the headings are row 1. */
  row: number;
  cells: Cell[];
  /** Why none of it can be taken. */
  fault?: string;
}

export interface Table {
  kind: 'csv' | 'xlsx';
  headings: string[];
  /** The rows below the headings, each time from the first. Rows without any text are left out. */
  rows(): AsyncIterable<TableRow>;
}

/** What one row says that cannot be taken. */
export interface RowFault {
  row: number;
  /** The heading, where one column is to blame. */
  column: string | null;
  reason: string;
}

/** What is written in a cell cannot be taken; the message says in one sentence what to do. */
export class CellFault extends Error {
  override name = 'CellFault';
}

export const emptyCell: Cell = { kind: 'text', text: '' };
