import writeExcelFile, { type Row } from 'write-excel-file/node';
import { HubFault } from '../gateway.js';
import { type CellKind, journal, linesOf } from './journal.js';
import type { Transfer } from './read-ledger.js';
import type { StatementSheet } from './statement-sheet.js';

type Cell = Row[number];

const largestSheet = 1_048_575;
// A spreadsheet keeps 15 digits of a number; an amount with more is written as text, exactly.
const exactDigits = 15;

/** An amount as a number with its decimals where a spreadsheet can hold it exactly, else as text. */
function amountCell(decimal: string): Cell {
  const digits = decimal.replace(/^-?0*|\D/g, '');
  const decimals = decimal.split('.')[1]?.length ?? 0;
  if (digits.length > exactDigits) return { value: decimal, type: String };
  return { value: Number(decimal), type: Number, format: decimals > 0 ? `#,##0.${'0'.repeat(decimals)}` : '#,##0' };
}

function cellOf(kind: CellKind, value: string | number | null): Cell {
  if (value === null) return null;
  if (kind === 'amount') return amountCell(String(value));
  // Text is a string cell, never a formula, whatever it begins with.
  return kind === 'number' ? { value: Number(value), type: Number } : { value: String(value), type: String };
}

const head = (names: readonly string[]): Row => names.map((value) => ({ value, type: String, fontWeight: 'bold' }));

/** The lines of a journal as rows of a sheet. Throws HubFault when they are more than a sheet can have. */
export async function journalRows(pages: AsyncIterable<Transfer[]>): Promise<Row[]> {
  const rows: Row[] = [head(journal.map(({ name }) => name))];
  for await (const page of pages) {
    for (const transfer of page)
      for (const line of linesOf(transfer)) rows.push(line.map((value, place) => cellOf(journal[place]!.kind, value)));
    if (rows.length > largestSheet)
      throw new HubFault(`This journal has more lines than a sheet can (${largestSheet}); export it with --as csv.`);
  }
  return rows;
}

/** Writes journal and statement as the two sheets of a workbook. */
export async function writeXlsx(rows: Row[], sheet: StatementSheet, file: string): Promise<void> {
  const { columns, texts, currency, lines } = sheet;
  const statement = lines.map(
    ({ controlTotal, word, amount }): Row => [
      ...[...texts, word].map((value) => cellOf('text', value)),
      cellOf('amount', amount),
      ...[currency, controlTotal].map((value) => cellOf('text', value)),
    ],
  );
  await writeExcelFile([
    { data: rows, sheet: 'Journal', stickyRowsCount: 1 },
    { data: [head(columns), ...statement], sheet: 'Statement', stickyRowsCount: 1 },
  ]).toFile(file);
}
