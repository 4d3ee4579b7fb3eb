import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { HubFault } from '../gateway.js';
import type { Table } from './cell.js';
import { csvTable } from './read-csv.js';
import { type Workbook, workbook } from './read-workbook.js';

/** A file of contributions, opened: of a workbook all sheets, since it is written back whole. */
export interface Opened {
  table: Table;
  sheets: Workbook['sheets'] | null;
}

export async function openTable(file: string): Promise<Opened> {
  const name = basename(file);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new HubFault(`${name} is not there: give the path of a CSV or XLSX file.`);
  const ending = extname(file).toLowerCase();
  if (ending === '.xlsx') return workbook(file);
  if (['.csv', '.tsv', '.txt'].includes(ending)) return { table: await csvTable(file), sheets: null };
  throw new HubFault(`${name} is neither .csv nor .xlsx; save it as one of them.`);
}
