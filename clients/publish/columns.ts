import {
  above0,
  currency,
  day,
  decimal,
  financialYear,
  not0,
  oneOf,
  type Reader,
  slugOf,
  slugs,
  text,
} from './read-value.js';

/** What a column can hold. */
export interface Column {
  name: string;
  about: string;
  read: Reader;
  /** What people write above it, in small letters, beside its name. */
  words: string[];
  /** In the row of each amount; every other column says the same in all rows of a contribution. */
  ofAmount?: true;
}

const kinds = 'MONEY BUDGET_COVER SECONDED_STAFF ASSET DATA SERVICE REGULATORY_ACTION OUTCOME_SHARE'.split(' ');
const otherKinds = { CASH: 'MONEY', COVER: 'BUDGET_COVER', STAFF: 'SECONDED_STAFF', SECONDMENT: 'SECONDED_STAFF' };
const controlTotals = 'RDEL_ADMIN RDEL_PROGRAMME CDEL RAME CAME NON_BUDGET'.split(' ');
const otherTotals = {
  ...{ ADMIN: 'RDEL_ADMIN', ADMIN_RDEL: 'RDEL_ADMIN', RDEL_ADMINISTRATION: 'RDEL_ADMIN' },
  ...{ PROGRAMME: 'RDEL_PROGRAMME', PROGRAMME_RDEL: 'RDEL_PROGRAMME', RDEL_PROG: 'RDEL_PROGRAMME', CAPITAL: 'CDEL' },
};
const instruments = 'MOU SECTION_75 COVER_TRANSFER GRANT CONTRACT SECTOR_DEAL'.split(' ');
const otherInstruments = {
  ...{ MEMORANDUM_OF_UNDERSTANDING: 'MOU', S75: 'SECTION_75', GRANT_AGREEMENT: 'GRANT' },
};

export const columns: readonly Column[] = [
  {
    ...{ name: 'record', about: 'its id in your system; rows with the same id are one contribution', read: text },
    words: ['record id', 'id', 'source record id', 'ref', 'reference', 'our ref', 'our reference', 'contribution id'],
  },
  {
    ...{
      name: 'system',
      about: 'the system it is from; the same system and record is the same contribution',
      read: text,
    },
    words: ['source system', 'source', 'ledger'],
  },
  { name: 'mission', about: 'the id of the mission', read: slugOf, words: ['mission id', 'for mission'] },
  { name: 'challenge', about: 'the id of the challenge', read: slugOf, words: ['challenge id'] },
  { name: 'lever', about: 'the id of the lever', read: slugOf, words: ['lever id'] },
  {
    ...{ name: 'kind', about: kinds.join(', '), read: oneOf(kinds, otherKinds) },
    words: ['type', 'contribution type', 'contribution kind', 'what'],
  },
  {
    ...{ name: 'pooling', about: 'POOLED, ALIGNED or IN_KIND', read: oneOf(['POOLED', 'ALIGNED', 'IN_KIND']) },
    words: ['pooled', 'pooled or aligned', 'how joined'],
  },
  {
    ...{ name: 'name', about: 'what the public calls it', read: text },
    words: ['public name', 'title', 'contribution', 'contribution name', 'project', 'project name'],
  },
  {
    ...{ name: 'financialYear', about: 'such as 2025-26', read: financialYear, ofAmount: true },
    words: ['financial year', 'fy', 'year', 'fin year', 'fiscal year'],
  },
  {
    ...{
      name: 'controlTotal',
      about: controlTotals.join(', '),
      read: oneOf(controlTotals, otherTotals),
      ofAmount: true,
    },
    words: ['control total', 'budget type', 'del', 'del category', 'budget category'],
  },
  {
    ...{ name: 'amount', about: 'in whole units of the currency, such as 1250.50', read: not0, ofAmount: true },
    words: ['value', 'sum', 'contribution amount'],
  },
  { name: 'currency', about: 'such as GBP', read: currency, words: ['currency code', 'ccy'], ofAmount: true },
  {
    ...{ name: 'total', about: 'what the amounts of the contribution add up to, to be checked', read: decimal },
    words: ['total amount', 'contribution total', 'grand total'],
  },
  { name: 'quantity', about: 'how much, where it is not money', read: above0, words: ['qty', 'number', 'how many'] },
  { name: 'unit', about: 'the unit of the quantity', read: text, words: ['units', 'unit of measure'] },
  {
    ...{ name: 'earmark', about: 'NONE, SOFT or HARD', read: oneOf(['NONE', 'SOFT', 'HARD']) },
    words: ['earmarked', 'earmarking'],
  },
  { name: 'budget', about: 'the id of the pooled budget', read: text, words: ['pooled budget', 'budget id', 'pool'] },
  {
    ...{
      name: 'state',
      about: 'PLEDGED (when not said) or AGREED',
      read: oneOf(['PLEDGED', 'AGREED'], { PLEDGE: 'PLEDGED' }),
    },
    words: ['status', 'stage'],
  },
  {
    name: 'validUntil',
    about: 'the last day the offer stands',
    read: day,
    words: ['valid until', 'offer ends', 'expires'],
  },
  { name: 'reason', about: 'why these terms; public', read: text, words: ['rationale', 'justification', 'why'] },
  {
    ...{ name: 'instrument', about: instruments.join(', '), read: oneOf(instruments, otherInstruments) },
    words: ['agreement', 'agreement type', 'form of agreement'],
  },
  {
    ...{ name: 'signedOn', about: 'the day it was signed', read: day },
    words: ['signed on', 'signed', 'date signed', 'agreement date', 'date of agreement'],
  },
  {
    ...{ name: 'signatories', about: 'ids of who signed, with ; between', read: slugs },
    words: ['signed by', 'signatory', 'parties'],
  },
  {
    ...{ name: 'agreementReference', about: 'the reference of the signed document; public', read: text },
    words: ['agreement reference', 'agreement ref', 'document reference'],
  },
  {
    ...{ name: 'effectiveOn', about: 'the day it came to stand so', read: day },
    words: ['effective on', 'effective date', 'effective from', 'effective'],
  },
];

const byName = new Map(columns.map((column) => [column.name, column]));

export const columnCalled = (name: string): Column | undefined => byName.get(name);

/** A heading as it is compared: small letters, one space between words. */
export const plainHeading = (heading: string): string =>
  heading
    .normalize('NFKC')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}£€¥]+/gu, ' ')
    .trim();

const byWord = new Map(
  columns.flatMap((column) => [column.name, ...column.words].map((word) => [plainHeading(word), column.name] as const)),
);

const unitOfAmount = /^(amount|value|sum)(?: in)? (.+)$/;
const unitSigns: Record<string, string> = { '£': 'GBP', '€': 'EUR', '¥': 'JPY', pounds: 'GBP' };

export interface Guess {
  column: string;
  /** The currency that the heading of an amount names. */
  currency?: string;
}

/** What a heading most likely means; null when nothing is like it, and for amounts in thousands and millions. */
export function guess(heading: string): Guess | null {
  const plain = plainHeading(heading);
  const column = byWord.get(plain);
  if (column) return { column };
  const unit = unitOfAmount.exec(plain)?.[2];
  if (!unit) return null;
  const code = unitSigns[unit] ?? unit.toUpperCase();
  return /^[A-Z]{3}$/.test(code) && Intl.supportedValuesOf('currency').includes(code)
    ? { column: 'amount', currency: code }
    : null;
}
