import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { journal, linesOf } from './journal.js';
import type { Transfer } from './read-ledger.js';
import { safeText } from './safe-cell.js';
import type { StatementLine, StatementSheet } from './statement-sheet.js';

const kinds = journal.map(({ kind }) => kind);

async function* journalRows(pages: AsyncIterable<Transfer[]>): AsyncGenerator<(string | number | null)[]> {
  yield journal.map(({ name }) => name);
  for await (const page of pages) {
    for (const transfer of page) {
      for (const line of linesOf(transfer)) {
        // Amounts are the hub's own decimals and may begin with a minus sign; texts were written by somebody.
        yield line.map((cell, place) => (kinds[place] === 'text' && typeof cell === 'string' ? safeText(cell) : cell));
      }
    }
  }
}

/** Writes a journal as CSV (RFC 4180, UTF-8), page by page. */
export const writeJournalCsv = (pages: AsyncIterable<Transfer[]>, to: Writable): Promise<void> =>
  writeCsv(journalRows(pages), to);

/** Writes a statement as CSV: one line for each word. */
export function writeStatementCsv({ columns, texts, currency, lines }: StatementSheet, to: Writable): Promise<void> {
  const rowOf = ({ controlTotal, word, amount }: StatementLine) => [
    ...texts.map(safeText),
    ...[word, amount, currency, controlTotal],
  ];
  return writeCsv([columns, ...lines.map(rowOf)], to);
}

async function writeCsv(
  rows: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>,
  to: Writable,
): Promise<void> {
  await pipeline(Readable.from(rows), stringify({ record_delimiter: 'windows' }), to);
}
