import { beforeAll, describe, expect, it } from '@jest/globals';
import { describePublished, foundIn } from './read-files-for-tests.js';
import { type Agreement, agreementsOf } from './read-ocha-agreements.js';
import { type ContributionRow, readOchaContributions } from './read-ocha-contributions.js';
import type { RefusedRow } from './rows.js';

type Grouped = { rows: ContributionRow[]; agreements: Agreement[]; refused: RefusedRow[] };

const grouped = async (file: string): Promise<Grouped> => {
  const { rows } = await foundIn(readOchaContributions, `contributions/${file}`);
  return { rows, ...agreementsOf(rows) };
};
const one = ({ agreements }: Grouped, code: string): Agreement => {
  const [found, ...others] = agreements.filter((agreement) => agreement.code === code);
  if (!found || others.length > 0) throw new Error(`${code} stands ${found ? 'more than once' : 'nowhere'}.`);
  return found;
};
const sum = (agreements: Agreement[], part: 'paid' | 'outstanding' | 'writtenOff' | 'committed') =>
  agreements.reduce((money, agreement) => money + agreement[part], 0n);

describePublished('the agreements of the published contributions', () => {
  let older: Grouped;
  let newer: Grouped;
  beforeAll(async () => {
    older = await grouped('ocha_pooled_fund_contributions.rev2025-10-20.csv');
    newer = await grouped('ocha_pooled_fund_contributions.csv');
  });

  it('have paid, outstanding and written off add up to committed, in all and year by year', () => {
    const parts = ['paid', 'outstanding', 'writtenOff', 'committed'] as const;
    const addsUp = ({ committed, paid, outstanding, writtenOff }: Agreement) =>
      committed === paid + outstanding + writtenOff;
    const addsUpByYear = (agreement: Agreement) =>
      parts.every((part) => agreement.years.reduce((money, year) => money + year[part], 0n) === agreement[part]);
    const all = [...older.agreements, ...newer.agreements];
    expect(all.filter((agreement) => !addsUp(agreement) || !addsUpByYear(agreement))).toEqual([]);
    expect(all.length).toBeGreaterThan(12_000);
  });

  it('have one donor, one fund and one fiscal year for each code', () => {
    for (const { rows, agreements } of [older, newer]) {
      const codes = new Map<string, Set<string>>();
      for (const { code, donor, fund, fiscalYear } of rows) {
        codes.set(code, (codes.get(code) ?? new Set()).add([donor.name, fund.family, fund.name, fiscalYear].join('|')));
      }
      expect([...codes].filter(([, owners]) => owners.size > 1)).toEqual([]);
      expect(new Set(agreements.map((agreement) => agreement.key)).size).toBe(agreements.length);
    }
  });

  it('are 6,357 and hold every payment of the file', () => {
    expect(newer.agreements).toHaveLength(6357);
    expect(sum(newer.agreements, 'paid')).toBe(2_696_446_091_863n);
    expect(sum(newer.agreements, 'outstanding')).toBe(97_007_325_142n);
    expect(sum(newer.agreements, 'writtenOff')).toBe(3_020_854n);
    expect(newer.agreements.flatMap((agreement) => agreement.lines)).toHaveLength(6420);
  });

  it('stand so many in each state', () => {
    const states: Record<string, number> = {};
    for (const { fund, standing } of newer.agreements) {
      const state = `${fund.family} ${standing}`;
      states[state] = (states[state] ?? 0) + 1;
    }
    expect(states).toEqual({
      'CBPF PAID': 4496,
      'CBPF PLEDGED': 58,
      'CERF PAID': 1757,
      'CERF PART_PAID': 1,
      'CERF PLEDGED': 29,
      'CERF PIPELINE': 9,
      'CERF WRITTEN_OFF': 7,
    });
  });

  it('refuse one cent below zero, which is no promise', () => {
    expect(newer.refused).toEqual([
      {
        row: 2661,
        column: 'PledgeAmt',
        reason: 'What is outstanding of CHF/000555/HCG10/3-2022/8614 is below zero, which no promise can be.',
        value: '-0.01',
      },
    ]);
  });

  it('count what is outstanding once, although each instalment repeats it', () => {
    expect(one(older, '25-DC-GBR-009')).toMatchObject({
      standing: 'PART_PAID',
      paid: 6_106_456_800n,
      outstanding: 665_813_060n,
      outstandingText: '6658130.6018',
      committed: 6_772_269_860n,
    });
  });

  it('have nothing outstanding after the third instalment', () => {
    const agreement = one(newer, '25-DC-GBR-009');
    expect(agreement.instalments.map(({ on, usd }) => [on, usd])).toEqual([
      ['2025-03-31', 1_835_009_200n],
      ['2025-04-15', 4_271_447_600n],
      ['2025-10-23', 691_797_600n],
    ]);
    expect(agreement).toMatchObject({ standing: 'PAID', outstanding: 0n, exchangeDifference: 140_123_798n });
  });

  it('show what the exchange rate did between promise and payment', () => {
    expect(one(older, '25-DC-AUT-330')).toMatchObject({ standing: 'PLEDGED', outstanding: 117_508_813n });
    expect(one(newer, '25-DC-AUT-330')).toMatchObject({
      standing: 'PAID',
      promised: { currency: 'EUR', local: '1000000.0', rate: '0.851', usd: 117_508_813n },
      committed: 115_860_000n,
      exchangeDifference: -1_648_813n,
    });
  });

  it('commit nothing while they are in the pipeline', () => {
    const pipeline = one(older, '25-DC-BEL-257');
    expect(pipeline).toMatchObject({
      standing: 'PIPELINE',
      committed: 0n,
      promised: { local: '20000000.0', currency: 'EUR' },
    });
    expect(one(newer, '25-DC-BEL-257')).toMatchObject({ standing: 'PAID', paid: 2_295_000_000n });
  });

  it('keep what was written off visible, in another currency too', () => {
    expect(one(newer, '12-DC-DJI-022')).toMatchObject({
      standing: 'WRITTEN_OFF',
      committed: 100_000n,
      writtenOff: 100_000n,
      writtenOffBecause: 'STATED',
      instalments: [],
    });
    expect(one(newer, '21-DC-FJI-017')).toMatchObject({
      writtenOff: 239_234n,
      promised: { local: '5000.0', rate: '2.09' },
    });
  });

  it('say so where what was not paid is only inferred to be written off', () => {
    expect(one(newer, '14-DC-ARG-002')).toMatchObject({
      standing: 'PART_PAID',
      committed: 7_050_000n,
      paid: 5_768_380n,
      outstanding: 0n,
      writtenOff: 1_281_620n,
      writtenOffBecause: 'INFERRED',
    });
  });

  it('show a corrected payment with the amount of each vintage', () => {
    expect(one(older, '24-DC-UNF-412').paid).toBe(297_417n);
    expect(one(newer, '24-DC-UNF-412').paid).toBe(297_400n);
  });

  it('know an exchange difference only where exactly the promised sum was paid', () => {
    expect(newer.agreements.filter((agreement) => agreement.exchangeDifference !== null)).toHaveLength(1720);
    expect(one(newer, '25-DC-UNF-270')).toMatchObject({ paid: 55_859_595n, exchangeDifference: null });
  });
});

describe('rows of one code', () => {
  const side = { on: '2025-01-02', currency: 'EUR', local: '100.0', rate: '1.0', usd: 10_000n, text: '100.0' };
  const row: ContributionRow = {
    line: 2,
    code: '25-DC-AAA-001',
    sourceId: '1',
    donor: { name: 'Andorra', type: 'Member State', region: null },
    fund: { family: 'CERF', name: 'CERF' },
    fiscalYear: 2025,
    status: 'PARTIALLY_PAID',
    changedAt: null,
    paid: side,
    pledge: side,
    comment: null,
    oddities: [],
  };

  it('of two donors or two funds are two agreements', () => {
    const rows = [
      row,
      { ...row, donor: { ...row.donor, name: 'Austria' } },
      { ...row, fund: { ...row.fund, name: 'Yemen' } },
    ];
    expect(agreementsOf(rows).agreements.map((agreement) => agreement.committed)).toEqual([20_000n, 20_000n, 20_000n]);
  });

  it('of two fiscal years keep each year apart, with the rest in the last', () => {
    const [agreement] = agreementsOf([{ ...row, fiscalYear: 2026 }, row]).agreements;
    expect(agreement?.years).toEqual([
      { fiscalYear: 2025, committed: 10_000n, paid: 10_000n, outstanding: 0n, writtenOff: 0n },
      { fiscalYear: 2026, committed: 20_000n, paid: 10_000n, outstanding: 10_000n, writtenOff: 0n },
    ]);
  });

  const contradictions: [string, ContributionRow[], string][] = [
    [
      'different outstanding parts',
      [row, { ...row, pledge: { ...side, usd: 5n } }],
      'state different outstanding parts',
    ],
    ['different statuses', [row, { ...row, status: 'FULLY_PAID' }], 'state different statuses'],
    [
      'a write-off without a rate',
      [{ ...row, status: 'WRITE_OFF', pledge: { ...side, rate: null } }],
      'cannot be told',
    ],
  ];
  it.each(contradictions)('with %s are refused', (_, rows, reason) => {
    const { agreements, refused } = agreementsOf(rows);
    expect(agreements).toEqual([]);
    expect(refused).toEqual([expect.objectContaining({ row: 2, reason: expect.stringContaining(reason) })]);
  });
});
