import { type Cells, isPlaceholder } from './read-cells.js';
import { plainOf } from './read-decimal.js';
import { currencyIn, minorIn } from './read-money.js';
import { type Read, readTable } from './rows.js';

/** Both families keep their books in US dollars; what a donor paid in its own money stands beside it. */
export const fundCurrency = 'USD';

export type FundFamily = 'CERF' | 'CBPF';

/** The Central Emergency Response Fund is one fund; each country-based pooled fund is one by its name. */
export interface Fund {
  family: FundFamily;
  name: string;
}

/** `type` is the source's own word: Member State, Private, Observer, ... A donor can appear under two of them. */
export interface Donor {
  name: string;
  type: string;
  region: string | null;
}

const statuses = {
  Pipeline: 'PIPELINE',
  Pledge: 'PLEDGE',
  'Partially Paid': 'PARTIALLY_PAID',
  'Fully Paid': 'FULLY_PAID',
  'Write-Off': 'WRITE_OFF',
  'Not Available': 'NOT_AVAILABLE',
} as const;
export type Status = (typeof statuses)[keyof typeof statuses];

/** What is unusual in a row and how it was read. None of these refuses the row. */
export type Oddity =
  | 'PAID_DATE_MISSING' // nothing was paid yet
  | 'PAID_DATE_WITHOUT_PAYMENT' // a date beside a payment of zero says nothing: it lies before the pledge in some rows
  | 'PAID_CURRENCY_MISSING'
  | 'PAID_RATE_ZERO' // read as unknown
  | 'PAID_ROUNDED' // half to even, to the cent
  | 'PLEDGE_DATE_PLACEHOLDER' // 1900-01-01, read as unknown
  | 'PLEDGE_CURRENCY_MISSING'
  | 'PLEDGE_RATE_ZERO' // read as unknown
  | 'PLEDGE_ROUNDED' // half to even, to the cent
  | 'PLEDGE_NEGATIVE';

/** One of the two sides of a row: what was paid, or what the pledge columns state. */
export interface Side {
  on: string | null;
  /** The donor's own currency and how much of it, as an exact decimal: some krona amounts have decimals ISO 4217 denies. */
  currency: string | null;
  local: string;
  /** Units of the donor's currency for one US dollar, as stated (2 to 4 decimals); null where unknown. */
  rate: string | null;
  /** US cents. */
  usd: bigint;
  /** The US dollars to the letter, for provenance. */
  text: string;
}

export interface ContributionRow {
  line: number;
  code: string;
  /** CERF's own number of the contribution; country-based funds have none. */
  sourceId: string | null;
  donor: Donor;
  fund: Fund;
  /** OCHA's fiscal years are calendar years. */
  fiscalYear: number;
  status: Status;
  /** When the source last changed it, as it says (CERF only). */
  changedAt: string | null;
  paid: Side;
  /** `usd` of the pledge is what is still outstanding, not what was once promised; see read-ocha-agreements.ts. */
  pledge: Side;
  comment: string | null;
  oddities: Oddity[];
}

const layout = {
  format: 'ocha-contributions',
  required: [
    'CERF_ContributionId ContributionCode DonorName RegionName FiscalYear DonorType LatestDate ActivityDate',
    'ActivityDateType ContributionStatus FundType PooledFundName PaidDate PaidAmtLocalCurrency PaidAmtCurrencyExchangeRate',
    'PaidAmtLocal PaidAmt ReceivedComments PledgeDate PledgeAmtLocalCurrency PledgeAmtCurrencyExchangeRate PledgeAmtLocal PledgeAmt',
  ].flatMap((names) => names.split(' ')),
};

/** One row per line of the file of OCHA's pooled funds: contributions to CERF and to the country-based funds. */
export const readOchaContributions = (path: string): Promise<Read<ContributionRow>> =>
  readTable(path, layout, contributionIn);

function contributionIn(cells: Cells): ContributionRow {
  const oddities: Oddity[] = [];
  const paid = sideIn(cells, 'Paid', oddities);
  const pledge = sideIn(cells, 'Pledge', oddities);
  if (paid.usd < 0n) cells.refuse('PaidAmt', 'A payment below zero is no instalment.');
  if (paid.usd > 0n && !paid.on) cells.refuse('PaidDate', 'Something was paid but not on which day.');
  if (paid.usd === 0n) oddities.push(paid.on ? 'PAID_DATE_WITHOUT_PAYMENT' : 'PAID_DATE_MISSING');
  if (pledge.usd < 0n) oddities.push('PLEDGE_NEGATIVE');
  const sourceId = cells.text('CERF_ContributionId');
  const changedAt = cells.text('LatestDate');
  return {
    line: cells.line,
    code: cells.text('ContributionCode'),
    sourceId: sourceId === '-1' ? null : sourceId,
    donor: { name: cells.text('DonorName'), type: cells.text('DonorType'), region: cells.maybe('RegionName') },
    fund: {
      family: cells.oneOf('FundType', { CERF: 'CERF', CBPF: 'CBPF' }),
      name: cells.text('PooledFundName'),
    },
    fiscalYear: cells.year('FiscalYear'),
    status: cells.oneOf('ContributionStatus', statuses),
    changedAt: cells.maybeDay('LatestDate') === null ? null : changedAt,
    paid,
    pledge,
    comment: cells.maybe('ReceivedComments'),
    oddities,
  };
}

function sideIn(cells: Cells, side: 'Paid' | 'Pledge', oddities: Oddity[]): Side {
  const note = side === 'Paid' ? 'PAID' : 'PLEDGE';
  const { minor, wasRounded } = minorIn(cells, `${side}Amt`, fundCurrency);
  const rate = cells.decimal(`${side}AmtCurrencyExchangeRate`);
  const currency = currencyIn(cells, `${side}AmtLocalCurrency`);
  if (rate.digits < 0n) cells.refuse(`${side}AmtCurrencyExchangeRate`, 'An exchange rate is not below zero.');
  if (wasRounded) oddities.push(`${note}_ROUNDED`);
  if (!currency) oddities.push(`${note}_CURRENCY_MISSING`);
  if (rate.digits === 0n && (minor !== 0n || side === 'Pledge')) oddities.push(`${note}_RATE_ZERO`);
  if (side === 'Pledge' && isPlaceholder(cells.maybe('PledgeDate') ?? '')) oddities.push('PLEDGE_DATE_PLACEHOLDER');
  return {
    on: cells.maybeDay(`${side}Date`),
    currency,
    local: plainOf(cells.decimal(`${side}AmtLocal`)),
    rate: rate.digits === 0n ? null : plainOf(rate),
    usd: minor,
    text: cells.text(`${side}Amt`),
  };
}
