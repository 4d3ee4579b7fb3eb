import { exactAgain, isSame, minus, quotientOf, sumOf } from './read-decimal.js';
import { minorOf } from './read-money.js';
import { type ContributionRow, type Donor, type Fund, fundCurrency } from './read-ocha-contributions.js';
import type { RefusedRow } from './rows.js';

/**
 * How an agreement stands, in money of the fund (US cents). A line is an instalment; one code, donor and fund is one
 * agreement. What the columns mean was found by following agreements between two vintages of the file:
 *
 * - `paid` is the sum of PaidAmt over the lines.
 * - PledgeAmt is what is still expected, not what was promised: it goes to 0 when the last instalment arrives. It is
 *   repeated on every line of the agreement, so it is counted once: `outstanding`.
 * - `writtenOff` is stated only by the status. Write-Off: what PledgeAmtLocal promised, at the pledge's rate. Partially
 *   Paid with nothing outstanding: what PledgeAmtLocal promised less what was paid in the same currency; nobody expects
 *   it any more, though the source never says the word (`writtenOffBecause` is INFERRED).
 * - `committed` = paid + outstanding + writtenOff, always. An agreement of the country-based funds has no status and no
 *   promise once it is paid (PledgeAmtLocal is 0): committed is what was paid or what is outstanding.
 * - PIPELINE is talk: nothing committed. `promised` says how much is talked about; it belongs into no total.
 * - `promised` is the pledge in the donor's currency; its dollars are PledgeAmtLocal / rate with a rate of 2 to 4
 *   decimals, so they are indicative. It is not always the sum of all instalments: later top-ups do not raise it.
 * - `exchangeDifference` = committed - promised dollars, where exactly the promised local sum was paid.
 */
export interface Agreement {
  /** Names one donor, one fund and one code: the same code under another donor or fund is another agreement. */
  key: string;
  code: string;
  sourceId: string | null;
  donor: Donor;
  fund: Fund;
  standing: 'PIPELINE' | 'PLEDGED' | 'PART_PAID' | 'PAID' | 'WRITTEN_OFF';
  promised: { on: string | null; currency: string; local: string; rate: string | null; usd: bigint | null } | null;
  instalments: Instalment[];
  years: AgreementYear[];
  committed: bigint;
  paid: bigint;
  outstanding: bigint;
  /** The outstanding part to the letter, before it was rounded to the cent. */
  outstandingText: string;
  writtenOff: bigint;
  writtenOffBecause: 'STATED' | 'INFERRED' | null;
  exchangeDifference: bigint | null;
  /** The lines of the file it was read from. */
  lines: number[];
}

export interface Instalment {
  line: number;
  on: string;
  fiscalYear: number;
  usd: bigint;
  text: string;
  currency: string | null;
  local: string;
  rate: string | null;
  comment: string | null;
}

/** One calendar year's part; outstanding and written off stand in the agreement's last year. */
export interface AgreementYear {
  fiscalYear: number;
  committed: bigint;
  paid: bigint;
  outstanding: bigint;
  writtenOff: bigint;
}

export const agreementKey = (row: ContributionRow): string =>
  [row.fund.family, row.fund.name, row.donor.name, row.code].join('|');

/** Groups rows into agreements, in the order of the file; an agreement that makes no sense as a whole is refused. */
export function agreementsOf(rows: readonly ContributionRow[]): { agreements: Agreement[]; refused: RefusedRow[] } {
  const groups = new Map<string, [ContributionRow, ...ContributionRow[]]>();
  for (const row of rows) {
    const group = groups.get(agreementKey(row));
    if (group) group.push(row);
    else groups.set(agreementKey(row), [row]);
  }
  const agreements: Agreement[] = [];
  const refused: RefusedRow[] = [];
  for (const group of groups.values()) {
    const reason = contradiction(group);
    if (reason) refused.push({ row: group[0].line, column: 'PledgeAmt', reason, value: group[0].pledge.text });
    else agreements.push(agreementOf(group));
  }
  return { agreements, refused };
}

function contradiction([first, ...others]: [ContributionRow, ...ContributionRow[]]): string | null {
  if (others.some((row) => row.pledge.usd !== first.pledge.usd || row.pledge.local !== first.pledge.local)) {
    return `The lines of ${first.code} state different outstanding parts.`;
  }
  if (others.some((row) => row.status !== first.status)) return `The lines of ${first.code} state different statuses.`;
  if (first.pledge.usd < 0n) return `What is outstanding of ${first.code} is below zero, which no promise can be.`;
  if (first.status === 'WRITE_OFF' && !promisedOf(first)?.usd) {
    return `${first.code} is written off, but how much it was cannot be told without an amount and a rate.`;
  }
  return null;
}

function agreementOf(rows: [ContributionRow, ...ContributionRow[]]): Agreement {
  const [first] = rows;
  const instalments = rows.flatMap(instalmentOf);
  const promised = promisedOf(first);
  const paid = instalments.reduce((sum, instalment) => sum + instalment.usd, 0n);
  const outstanding = first.pledge.usd;
  const { writtenOff, writtenOffBecause } = writtenOffOf(first, instalments);
  const committed = paid + outstanding + writtenOff;
  return {
    key: agreementKey(first),
    code: first.code,
    sourceId: first.sourceId,
    donor: first.donor,
    fund: first.fund,
    standing: standingOf(first, paid, outstanding),
    promised,
    instalments,
    years: yearsOf(rows, instalments, outstanding, writtenOff),
    committed,
    paid,
    outstanding,
    outstandingText: first.pledge.text,
    writtenOff,
    writtenOffBecause,
    exchangeDifference:
      promised?.usd && paid === committed && isSettledAsPromised(first, instalments) ? committed - promised.usd : null,
    lines: rows.map((row) => row.line),
  };
}

function instalmentOf({ line, fiscalYear, paid, comment }: ContributionRow): Instalment[] {
  if (paid.usd === 0n || paid.on === null) return [];
  const { on, usd, text, currency, local, rate } = paid;
  return [{ line, on, fiscalYear, usd, text, currency, local, rate, comment }];
}

function standingOf(first: ContributionRow, paid: bigint, outstanding: bigint): Agreement['standing'] {
  if (first.status === 'PIPELINE') return 'PIPELINE';
  if (first.status === 'WRITE_OFF') return 'WRITTEN_OFF';
  if (paid === 0n) return 'PLEDGED';
  return outstanding > 0n || first.status === 'PARTIALLY_PAID' ? 'PART_PAID' : 'PAID';
}

function promisedOf({ pledge }: ContributionRow): Agreement['promised'] {
  const local = exactAgain(pledge.local);
  if (local.digits <= 0n || !pledge.currency) return null;
  const { on, currency, rate } = pledge;
  return { on, currency, local: pledge.local, rate, usd: rate ? dollars(pledge.local, rate) : null };
}

function writtenOffOf(first: ContributionRow, instalments: Instalment[]) {
  const none = { writtenOff: 0n, writtenOffBecause: null } as const;
  const promised = promisedOf(first);
  if (!promised?.usd || !promised.rate) return none;
  if (first.status === 'WRITE_OFF') {
    return { writtenOff: promised.usd - sumUsd(instalments), writtenOffBecause: 'STATED' } as const;
  }
  const sameCurrency = instalments.every((instalment) => instalment.currency === promised.currency);
  if (first.status !== 'PARTIALLY_PAID' || first.pledge.usd !== 0n || !sameCurrency) return none;
  const left = minus(exactAgain(promised.local), localOf(instalments));
  if (left.digits <= 0n) return none;
  const usd = minorOf(quotientOf(left, exactAgain(promised.rate), 2), fundCurrency).minor;
  return { writtenOff: usd, writtenOffBecause: 'INFERRED' } as const;
}

function isSettledAsPromised({ pledge, status }: ContributionRow, instalments: Instalment[]): boolean {
  const sameCurrency = instalments.every((instalment) => instalment.currency === pledge.currency);
  return status === 'FULLY_PAID' && sameCurrency && isSame(exactAgain(pledge.local), localOf(instalments));
}

function yearsOf(rows: ContributionRow[], instalments: Instalment[], outstanding: bigint, writtenOff: bigint) {
  const years = [...new Set(rows.map((row) => row.fiscalYear))].sort((a, b) => a - b);
  return years.map((fiscalYear): AgreementYear => {
    const paid = sumUsd(instalments.filter((instalment) => instalment.fiscalYear === fiscalYear));
    const last = fiscalYear === years.at(-1);
    const rest = last ? { outstanding, writtenOff } : { outstanding: 0n, writtenOff: 0n };
    return { fiscalYear, committed: paid + rest.outstanding + rest.writtenOff, paid, ...rest };
  });
}

const dollars = (local: string, rate: string): bigint =>
  minorOf(quotientOf(exactAgain(local), exactAgain(rate), 2), fundCurrency).minor;

const sumUsd = (instalments: Instalment[]): bigint => instalments.reduce((sum, instalment) => sum + instalment.usd, 0n);

const localOf = (instalments: Instalment[]) => sumOf(instalments.map((instalment) => exactAgain(instalment.local)));
