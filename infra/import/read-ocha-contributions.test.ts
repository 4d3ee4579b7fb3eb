import { beforeAll, describe, expect, it } from '@jest/globals';
import { describePublished, filesForTests, foundIn, tableText } from './read-files-for-tests.js';
import { type ContributionRow, readOchaContributions } from './read-ocha-contributions.js';
import type { Read } from './rows.js';

const written = filesForTests();

const paidRow = {
  CERF_ContributionId: '2696',
  ContributionCode: '25-DC-GBR-009',
  DonorName: 'United Kingdom',
  RegionName: 'Northern Europe',
  FiscalYear: '2025',
  DonorType: 'Member State',
  LatestDate: '2025-04-08T11:40:00',
  ActivityDate: '2025-10-23T00:00:00',
  ActivityDateType: '4',
  ContributionStatus: 'Fully Paid',
  FundType: 'CERF',
  PooledFundName: 'CERF',
  PaidDate: '2025-03-31',
  PaidAmtLocalCurrency: 'GBP ',
  PaidAmtCurrencyExchangeRate: '0.7738',
  PaidAmtLocal: '14200000.0',
  PaidAmt: '18350092.0',
  ReceivedComments: '',
  PledgeDate: '2024-03-21',
  PledgeAmtLocalCurrency: 'GBP',
  PledgeAmtCurrencyExchangeRate: '0.781',
  PledgeAmtLocal: '52000000.0',
  PledgeAmt: '0.0',
};
const read = (...rows: Partial<typeof paidRow>[]) => readOchaContributions(written(tableText(paidRow, rows)));

const countBy = <Row>(rows: Row[], word: (row: Row) => string | string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const key of rows.flatMap(word)) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

describePublished('the published contributions of August 2026', () => {
  let file: Read<ContributionRow>;
  beforeAll(async () => {
    file = await foundIn(readOchaContributions, 'contributions/ocha_pooled_fund_contributions.csv');
  });

  it('hold 6,421 contributions, of which none is refused', () => {
    expect([file.rowCount, file.rows.length, file.refused]).toEqual([6421, 6421, []]);
  });

  it('stand on 6,435 lines, because comments break over lines', () => {
    expect(file.rows.at(-1)?.line).toBe(6435);
  });

  it('add up to USD 26,964,460,918.63 paid, of which USD 10,462,498,309.41 to CERF', () => {
    const paid = (rows: ContributionRow[]) => rows.reduce((sum, row) => sum + row.paid.usd, 0n);
    expect(paid(file.rows)).toBe(2_696_446_091_863n);
    expect(paid(file.rows.filter((row) => row.fund.family === 'CERF'))).toBe(1_046_249_830_941n);
  });

  it('state a status for CERF only', () => {
    expect(countBy(file.rows, (row) => `${row.fund.family} ${row.status}`)).toEqual({
      'CBPF NOT_AVAILABLE': 4555,
      'CERF FULLY_PAID': 1819,
      'CERF PLEDGE': 29,
      'CERF PIPELINE': 9,
      'CERF WRITE_OFF': 7,
      'CERF PARTIALLY_PAID': 2,
    });
  });

  it('are unusual in so many rows, all of which are kept', () => {
    expect(countBy(file.rows, (row) => row.oddities)).toEqual({
      PAID_CURRENCY_MISSING: 47,
      PAID_DATE_MISSING: 59,
      PAID_DATE_WITHOUT_PAYMENT: 45,
      PAID_RATE_ZERO: 1,
      PLEDGE_CURRENCY_MISSING: 1,
      PLEDGE_DATE_PLACEHOLDER: 200,
      PLEDGE_NEGATIVE: 1,
      PLEDGE_RATE_ZERO: 10,
      PLEDGE_ROUNDED: 14,
    });
    expect(file.rows.filter((row) => row.changedAt === null)).toHaveLength(4555);
  });

  it('repeat 50 codes, one of them seven times, and reach to the year 2030', () => {
    const repeated = Object.entries(countBy(file.rows, (row) => row.code)).filter(([, count]) => count > 1);
    expect(repeated).toHaveLength(50);
    expect(repeated.filter(([, count]) => count === 7)).toEqual([['25-DC-UNF-270', 7]]);
    expect(Math.max(...file.rows.map((row) => row.fiscalYear))).toBe(2030);
  });

  it('name 38 funds, 214 donors and 23 currencies, once their padding is gone', () => {
    expect(new Set(file.rows.map((row) => row.fund.name)).size).toBe(38);
    expect(new Set(file.rows.map((row) => row.donor.name)).size).toBe(214);
    expect(new Set(file.rows.flatMap((row) => row.paid.currency ?? [])).size).toBe(23);
  });

  it('keep the text of a pledge that was rounded to the cent', () => {
    const pledge = file.rows.find((row) => row.code === '27-DC-DNK-002')?.pledge;
    expect(pledge).toMatchObject({ usd: 2_760_825_341n, text: '27608253.4147', local: '190000000.0', currency: 'DKK' });
  });
});

describePublished('the published contributions of October 2025', () => {
  it('hold one payment without a donor, which is refused', async () => {
    const file = 'contributions/ocha_pooled_fund_contributions.rev2025-10-20.csv';
    const { rowCount, rows, refused } = await foundIn(readOchaContributions, file);
    expect([rowCount, rows.length]).toEqual([5872, 5871]);
    expect(refused).toEqual([
      { row: 3902, column: 'DonorName', reason: 'The cell is empty and must not be.', value: '' },
    ]);
  });
});

describe('a contribution', () => {
  it('keeps the day, the currency, the rate, both amounts and the comment', async () => {
    const { rows } = await read({ ReceivedComments: '"Partial, ""first"" payment"' });
    expect(rows[0]).toMatchObject({
      line: 2,
      sourceId: '2696',
      paid: { on: '2025-03-31', currency: 'GBP', rate: '0.7738', local: '14200000.0', usd: 1_835_009_200n },
      comment: 'Partial, "first" payment',
      oddities: [],
    });
  });

  it('may be stated in scientific notation', async () => {
    expect((await read({ PaidAmt: '2E+07' })).rows[0]?.paid).toMatchObject({ usd: 2_000_000_000n, text: '2E+07' });
  });

  const refusals: [string, Partial<typeof paidRow>, string, string][] = [
    [
      'an amount that is no number',
      { PaidAmt: '1.2.3' },
      'PaidAmt',
      'This is not a plain decimal number such as 1250.50.',
    ],
    ['an amount that is missing', { PaidAmt: '' }, 'PaidAmt', 'The cell is empty and must not be.'],
    ['an amount beyond 63 bits', { PaidAmt: '99999999999999999999' }, 'PaidAmt', 'larger than the hub can hold'],
    ['a payment below zero', { PaidAmt: '-5.0' }, 'PaidAmt', 'A payment below zero is no instalment.'],
    ['a payment without a day', { PaidDate: '1900-01-01' }, 'PaidDate', 'Something was paid but not on which day.'],
    ['a day that does not exist', { PaidDate: '2025-02-29' }, 'PaidDate', 'This is not a day that exists'],
    [
      'a currency that does not exist',
      { PaidAmtLocalCurrency: 'ZZZ' },
      'PaidAmtLocalCurrency',
      'not an ISO 4217 currency',
    ],
    ['a rate below zero', { PaidAmtCurrencyExchangeRate: '-1.0' }, 'PaidAmtCurrencyExchangeRate', 'not below zero'],
    ['a year that is none', { FiscalYear: '25' }, 'FiscalYear', 'This is not a year such as 2025.'],
    [
      'an unknown status',
      { ContributionStatus: 'Paid' },
      'ContributionStatus',
      'This is none of the known words: Pipeline',
    ],
    ['an unknown family of funds', { FundType: 'MPTF' }, 'FundType', 'This is none of the known words: CERF, CBPF.'],
  ];
  it.each(refusals)('a contribution with %s is refused by its column', async (_, cells, column, reason) => {
    const { rows, refused, rowCount } = await read({}, cells, {});
    expect([rows.length, rowCount]).toEqual([2, 3]);
    expect(refused).toEqual([
      { row: 3, column, reason: expect.stringContaining(reason), value: Object.values(cells)[0] },
    ]);
  });

  it('is not read from a file of another format', async () => {
    const path = written('Year,Value\n2020,1\n');
    await expect(readOchaContributions(path)).rejects.toThrow('of the format ocha-contributions are missing');
  });
});
