import 'reflect-metadata';
import { daysOf } from '../../services/kernel/dates.js';
import { toDecimal } from '../../services/kernel/money.js';
import type { Cells } from './read-cells.js';
import { minorOf } from './read-money.js';
import { type Read, readTable } from './rows.js';

export const controlTotals = ['RDEL_ADMIN', 'RDEL_PROGRAMME', 'CDEL', 'RAME', 'CAME', 'NON_BUDGET'] as const;
export type ControlTotal = (typeof controlTotals)[number];

export const oscarCurrency = 'GBP';

/** One line: what one organisation spent in one month on one thing. */
export interface OscarRow {
  line: number;
  organisation: { code: string; name: string };
  /** The departmental group that the organisation belongs to, and that answers for it to the Treasury. */
  department: string;
  /** Null where the line names no economic budget; it then states zero. */
  controlTotal: ControlTotal | null;
  financialYear: string;
  quarter: number;
  month: string;
  /** Which return of the departments the figures are from. */
  version: string;
  /** Net of income, in pence: below zero where income or released provisions are larger. */
  pence: bigint;
}

/** What a department spent net in a quarter: inside its budget (DEL and AME), or outside of it. */
export interface DepartmentSpending {
  department: string;
  financialYear: string;
  quarter: number;
  scope: 'BUDGET' | 'NON_BUDGET';
  version: string;
  pence: ReadonlyMap<ControlTotal, bigint>;
  rowCount: number;
  firstLine: number;
  lastLine: number;
  /** The sums per organisation, control total and month, in words. */
  evidence: string[];
}

const layout = {
  format: 'oscar',
  required: [
    ...['Organisation Code', 'Organisation', 'Control Budget Code', 'Control Budget Detail Code'],
    ...['Segment Department Long Name', 'Sub Segment Code', 'Sub Segment Long Name'],
    ...['Economic Category Code', 'Economic Category Long Name', 'Economic Budget Code'],
    ...['PESA Economic Group Code', 'PESA Economic Group Long Name', 'Version', 'Year', 'Quarter', 'Month', 'Amount'],
  ],
};

/**
 * Rows of HM Treasury's OSCAR in-year data set. Amounts are in thousands of pounds: the sheet does not say so, the
 * Treasury publishes OSCAR in thousands (general knowledge).
 */
export const readOscar = (path: string): Promise<Read<OscarRow>> => readTable(path, layout, oscarIn);

function oscarIn(cells: Cells): OscarRow {
  const pence = penceIn(cells);
  return {
    line: cells.line,
    organisation: { code: cells.text('Organisation Code'), name: cells.text('Organisation') },
    department: cells.text('Segment Department Long Name'),
    controlTotal: controlTotalIn(cells, pence),
    ...periodIn(cells),
    version: cells.text('Version'),
    pence,
  };
}

function penceIn(cells: Cells): bigint {
  const { digits, scale } = cells.decimal('Amount');
  try {
    const { minor, wasRounded } = minorOf({ digits: digits * 1_000n, scale }, oscarCurrency);
    if (wasRounded) cells.refuse('Amount', 'In thousands of pounds this is not a whole number of pence.');
    return minor;
  } catch (error) {
    if (error instanceof RangeError) cells.refuse('Amount', error.message);
    throw error;
  }
}

const details: Readonly<Record<string, readonly string[]>> = {
  DEL: ['DEL ADMIN', 'DEL PROG'],
  AME: ['DEPT AME', 'NON-DEPT AME'],
  'NON-BUDGET': ['NON-BUDGET'],
};

/**
 * By the words of the sheet: DEL and AME each have a resource and a capital budget, and only resource DEL is divided
 * into administration and programme (HM Treasury, Consolidated Budgeting Guidance). What the control budget puts
 * outside the budget stays outside, whatever its economic budget.
 */
function controlTotalIn(cells: Cells, pence: bigint): ControlTotal | null {
  const budget = cells.oneOf('Control Budget Code', { DEL: 'DEL', AME: 'AME', 'NON-BUDGET': 'NON-BUDGET' } as const);
  const detail = cells.text('Control Budget Detail Code');
  if (!details[budget]!.includes(detail)) {
    cells.refuse('Control Budget Detail Code', `This is not a part of ${budget}: ${details[budget]!.join(', ')}.`);
  }
  const column = 'Economic Budget Code';
  const economic = cells.oneOf(column, {
    ...{ RESOURCE: 'RESOURCE', CAPITAL: 'CAPITAL' },
    ...{ 'n/a': 'NONE', 'OTHER NON-BUDGET': 'OTHER' },
  } as const);
  if (budget === 'NON-BUDGET') return 'NON_BUDGET';
  if (economic === 'NONE' && pence === 0n) return null;
  if (economic === 'NONE' || economic === 'OTHER') {
    cells.refuse(column, `Money of ${budget} is RESOURCE or CAPITAL; this is neither.`);
  }
  if (budget === 'AME') return economic === 'CAPITAL' ? 'CAME' : 'RAME';
  if (economic === 'RESOURCE') return detail === 'DEL ADMIN' ? 'RDEL_ADMIN' : 'RDEL_PROGRAMME';
  if (detail === 'DEL ADMIN') cells.refuse(column, 'Administration budgets are resource budgets; this is capital.');
  return 'CDEL';
}

const monthNames = 'Apr May Jun Jul Aug Sep Oct Nov Dec Jan Feb Mar'.split(' ');

function periodIn(cells: Cells): Pick<OscarRow, 'financialYear' | 'quarter' | 'month'> {
  const financialYear = cells.text('Year');
  const days = daysOf(financialYear);
  if (!days?.from.endsWith('-04-01')) cells.refuse('Year', 'This is not a financial year such as 2016-17.');
  const [, number, label] = /^Qtr([1-4]) - (\d{2}-\d{2})$/.exec(cells.text('Quarter')) ?? [];
  if (!number || label !== financialYear.slice(2)) {
    cells.refuse('Quarter', `This is not a quarter of ${financialYear} such as Qtr1 - ${financialYear.slice(2)}.`);
  }
  const [, name = '', year] = /^([A-Z][a-z]{2})-(\d{2})$/.exec(cells.text('Month')) ?? [];
  const place = monthNames.indexOf(name);
  const isOfYear = year === (place < 9 ? financialYear.slice(2, 4) : financialYear.slice(5));
  if (place < 0 || !isOfYear || Math.floor(place / 3) + 1 !== Number(number)) {
    cells.refuse('Month', `This is not a month of quarter ${number} of ${financialYear}.`);
  }
  return { financialYear, quarter: Number(number), month: cells.text('Month') };
}

/** Adds rows up per department, quarter and scope, in the order of the file. */
export function spendingOf(rows: readonly OscarRow[]): DepartmentSpending[] {
  const groups = new Map<string, [OscarRow, ...OscarRow[]]>();
  for (const row of rows) {
    const { department, financialYear, quarter, controlTotal } = row;
    if (controlTotal === null) continue;
    const key = [financialYear, quarter, department, controlTotal === 'NON_BUDGET'].join('|');
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].map(spendingIn);
}

function spendingIn(rows: [OscarRow, ...OscarRow[]]): DepartmentSpending {
  const { department, financialYear, quarter, controlTotal } = rows[0];
  const lines = rows.map(({ line }) => line);
  const sums = sumsBy(rows, (row) => row.controlTotal!);
  const parts = sumsBy(rows, ({ organisation: { code, name }, ...row }) =>
    [`${code} ${name}`, row.controlTotal, row.month].join(', '),
  );
  return {
    ...{ department, financialYear, quarter },
    scope: controlTotal === 'NON_BUDGET' ? 'NON_BUDGET' : 'BUDGET',
    version: [...new Set(rows.map(({ version }) => version))].join(', '),
    pence: new Map(controlTotals.flatMap((each) => (sums.has(each) ? [[each, sums.get(each)!] as const] : []))),
    rowCount: rows.length,
    ...{ firstLine: Math.min(...lines), lastLine: Math.max(...lines) },
    evidence: [...parts].map(([words, pence]) => `${words}: ${toDecimal(pence, oscarCurrency)}`),
  };
}

function sumsBy<Key>(rows: readonly OscarRow[], keyOf: (row: OscarRow) => Key): Map<Key, bigint> {
  const sums = new Map<Key, bigint>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0n) + row.pence);
  return sums;
}
