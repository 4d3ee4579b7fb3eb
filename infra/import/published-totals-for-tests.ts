import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { fundOfAllocations } from './fund-names.js';
import { type Exact, exactAgain, nothing, plainOf, rounded, sumOf } from './read-decimal.js';

/** Money by fund and calendar year: `Somalia 2017`. */
export type Totals = Map<string, Exact>;

type Cells = Record<string, string>;

/** Adds up a column as it is written, by no code of the import. */
function totalsOf(path: string, amount: string, keyOf: (cells: Cells) => string): Totals {
  const rows: Cells[] = parse(readFileSync(path), { columns: true, bom: true });
  const amounts = new Map<string, Exact[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = amounts.get(key);
    if (known) known.push(exactAgain(row[amount]!));
    else amounts.set(key, [exactAgain(row[amount]!)]);
  }
  return new Map([...amounts].map(([key, all]) => [key, sumOf(all)]));
}

/** What a contributions file says was paid, by fund and year. */
export const paidIn = (path: string): Totals =>
  totalsOf(path, 'PaidAmt', ({ PooledFundName, FiscalYear }) => `${PooledFundName} ${FiscalYear}`);

/** What an allocations file says was allocated, by fund and year. */
export const allocatedIn = (path: string): Totals =>
  totalsOf(path, 'ClusterBudget', ({ PooledFundName, FundType, AllocationYear }) => {
    return `${FundType === 'CERF' ? 'CERF' : fundOfAllocations(PooledFundName!)} ${AllocationYear}`;
  });

/** Where the hub and the file differ: fund and year with both amounts; what a file states beyond the cent is rounded. */
export function differences(file: Totals, hub: ReadonlyMap<string, string>): string[] {
  const keys = [...new Set([...file.keys(), ...hub.keys()])].sort();
  return keys.flatMap((key) => {
    const stated = plainOf(rounded(file.get(key) ?? nothing, 2));
    const held = hub.get(key) ?? '0.00';
    return stated === held ? [] : [`${key}: ${stated} in the file, ${held} in the hub`];
  });
}
