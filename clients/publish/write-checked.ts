import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import writeWorkbook, { type Row } from 'write-excel-file/node';
import { safeText } from '../ledger/safe-cell.js';
import type { Cell, RowFault, Table } from './cell.js';
import { commentsHeading } from './mapping.js';
import type { Opened } from './open-table.js';

/** The faults of a file by their row. */
export type Comments = ReadonlyMap<number, readonly RowFault[]>;

const commentOf = (comments: Comments, row: number): string =>
  (comments.get(row) ?? []).map(({ column, reason }) => (column ? `${column}: ${reason}` : reason)).join(' ');

export const checkedFileOf = (file: string): string =>
  `${file.slice(0, -extname(file).length)}.checked${extname(file)}`;

/** Writes the file back with a column of comments; answers its path. */
export async function writeChecked(file: string, { table, sheets }: Opened, comments: Comments): Promise<string> {
  const to = checkedFileOf(file);
  const draft = `${to}.part`;
  try {
    if (sheets) await writeSheets(draft, sheets, comments);
    else await pipeline(Readable.from(lines(table, comments)), stringify(), createWriteStream(draft, { flush: true }));
    await rename(draft, to);
  } finally {
    await rm(draft, { force: true });
  }
  return to;
}

async function* lines(table: Table, comments: Comments): AsyncGenerator<string[]> {
  yield [...table.headings, commentsHeading].map(safeText);
  for await (const { row, cells } of table.rows()) {
    yield [...cells.map(({ text }) => safeText(text)), safeText(commentOf(comments, row))];
  }
}

async function writeSheets(to: string, sheets: NonNullable<Opened['sheets']>, comments: Comments): Promise<void> {
  const [first] = sheets;
  const width = first!.rows[0]!.length;
  const written = sheets.map(({ name, rows }, place) => ({
    sheet: name,
    data: rows.map((cells, index): Row => {
      const row = cells.map(cellAgain);
      if (place > 0) return row;
      while (row.length < width) row.push(null);
      const comment = index === 0 ? commentsHeading : commentOf(comments, index + 1);
      return [...row, comment === '' ? null : { value: comment, type: String, textColor: '#c00000', wrap: true }];
    }),
  }));
  await writeWorkbook(written).toFile(to);
}

/** A cell as it was read; text is a string cell, never a formula. */
function cellAgain({ kind, text }: Cell): Row[number] {
  if (text === '') return null;
  if (kind === 'number' && Number.isFinite(Number(text))) return { value: Number(text), type: Number };
  if (kind === 'flag') return { value: text === 'TRUE', type: Boolean };
  const date = kind === 'date' ? new Date(`${text}T00:00:00Z`) : null;
  if (date && date.getUTCFullYear() > 1904) return { value: date, type: Date, format: 'yyyy-mm-dd' };
  return { value: text, type: String };
}
