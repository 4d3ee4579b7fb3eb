import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { type Exact, exactAgain, plainOf, rounded, sumOf } from './read-decimal.js';

/** One vintage of the contributions file, by code, read by no code of the import. */
export interface Vintage {
  head: string;
  rows: Map<string, { raw: string; cells: Record<string, string> }[]>;
}

export function vintageIn(path: string): Vintage {
  const text = readFileSync(path, 'utf8');
  const parsed: { raw: string; record: Record<string, string> }[] = parse(text, {
    columns: true,
    bom: true,
    raw: true,
  });
  const rows: Vintage['rows'] = new Map();
  for (const { raw, record: cells } of parsed) {
    const code = cells.ContributionCode!;
    rows.set(code, [...(rows.get(code) ?? []), { raw: raw.replace(/\r?\n$/, ''), cells }]);
  }
  return { head: text.slice(0, text.indexOf('\n')), rows };
}

/** The same file with some codes only, each line as it is. */
export const cutOf = ({ head, rows }: Vintage, codes: ReadonlySet<string>): string =>
  `${[head, ...[...rows].flatMap(([code, lines]) => (codes.has(code) ? lines.map(({ raw }) => raw) : []))].join('\n')}\n`;

/** The lines of a code by their money and status, each once. */
const moneyOf = ({ rows }: Vintage, code: string) =>
  JSON.stringify(
    [
      ...new Set(
        (rows.get(code) ?? []).map(({ cells }) => [cells.PaidAmt, cells.PledgeAmt, cells.ContributionStatus].join()),
      ),
    ].sort(),
  );

/** How two vintages differ, by code; changed: other lines of money or status. */
export function between(older: Vintage, newer: Vintage) {
  const codes = [...older.rows.keys()];
  return {
    added: [...newer.rows.keys()].filter((code) => !older.rows.has(code)),
    gone: codes.filter((code) => !newer.rows.has(code)),
    changed: codes.filter((code) => newer.rows.has(code) && moneyOf(older, code) !== moneyOf(newer, code)),
  };
}

/** What a vintage says was paid under a code, to the cent, instalment by instalment. */
export function paidUnder({ rows }: Vintage, code: string): string {
  const paid: Exact[] = (rows.get(code) ?? []).map(({ cells }) => rounded(exactAgain(cells.PaidAmt!), 2));
  return plainOf(rounded(sumOf(paid), 2));
}
