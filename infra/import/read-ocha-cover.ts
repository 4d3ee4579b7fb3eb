import type { Agreement, Instalment } from './read-ocha-agreements.js';
import type { AllocatedProject } from './read-ocha-allocations.js';

/** A fund that had allocated more by the end of a year than was paid in by then, in US cents. */
export interface Shortfall {
  fund: string;
  year: number;
  paidIn: bigint;
  allocated: bigint;
  short: bigint;
}

/**
 * Compares, fund by fund, what was paid in with what was allocated, from the first year to the end of each. An
 * allocation states only its year. A payment states two: the fiscal year it is meant for and the day it arrived; some
 * arrive a year late or early, so both are asked for. Carry-overs from before 2006 and other income are in neither file.
 */
export function shortfalls(
  agreements: readonly Agreement[],
  projects: readonly AllocatedProject[],
  by: 'FISCAL_YEAR' | 'PAID_ON',
): Shortfall[] {
  const yearOf = (instalment: Instalment) =>
    by === 'FISCAL_YEAR' ? instalment.fiscalYear : Number(instalment.on.slice(0, 4));
  const funds = new Map<string, Map<number, { paidIn: bigint; allocated: bigint }>>();
  const at = (fund: string, year: number) => {
    const years = funds.get(fund) ?? new Map<number, { paidIn: bigint; allocated: bigint }>();
    funds.set(fund, years);
    const sums = years.get(year) ?? { paidIn: 0n, allocated: 0n };
    years.set(year, sums);
    return sums;
  };
  for (const { fund, instalments } of agreements) {
    for (const instalment of instalments) at(fund.name, yearOf(instalment)).paidIn += instalment.usd;
  }
  for (const { fund, year, usd } of projects) at(fund.name, year).allocated += usd;
  return [...funds].flatMap(([fund, years]) => shortYears(fund, years)).sort(byFundAndYear);
}

function shortYears(fund: string, years: Map<number, { paidIn: bigint; allocated: bigint }>): Shortfall[] {
  const last = Math.max(...years.keys());
  const found: Shortfall[] = [];
  let paidIn = 0n;
  let allocated = 0n;
  for (let year = Math.min(...years.keys()); year <= last; year += 1) {
    const sums = years.get(year);
    paidIn += sums?.paidIn ?? 0n;
    allocated += sums?.allocated ?? 0n;
    if (allocated > paidIn) found.push({ fund, year, paidIn, allocated, short: allocated - paidIn });
  }
  return found;
}

const byFundAndYear = (a: Shortfall, b: Shortfall): number =>
  a.fund === b.fund ? a.year - b.year : a.fund < b.fund ? -1 : 1;
