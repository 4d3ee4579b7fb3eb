import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { HubFault } from '../gateway.js';
import type { Table } from './cell.js';
import { csvTable } from './read-csv.js';
import { workbook } from './read-workbook.js';

/** A file of contributions, opened. */
export interface Opened {
  table: Table;
  /** Of a workbook, the name of the part that holds the sheet. */
  sheet: string | null;
}

export async function openTable(file: string): Promise<Opened> {
  const name = basename(file);
  const found = await stat(file).catch(() => null);
  if (!found) throw new HubFault(`${name} is not there: give the path of a CSV or XLSX file.`);
  if (!found.isFile())
    throw new HubFault(`${name} is no file but a folder or a device: give the path of a CSV or XLSX file.`);
  const ending = extname(file).toLowerCase();
  if (ending === '.xlsx') return workbook(file);
  if (['.csv', '.tsv', '.txt'].includes(ending)) return { table: await csvTable(file), sheet: null };
  throw new HubFault(`${name} is neither .csv nor .xlsx; save it as one of them.`);
}
