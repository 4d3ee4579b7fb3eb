import { describe, expect, it } from '@jest/globals';
import { foundInOscar, oscarLine } from './oscar-for-tests.js';
import { describePublished, filesForTests, tableText } from './read-files-for-tests.js';
import { controlTotals, readOscar, spendingOf } from './read-oscar.js';

const written = filesForTests();
const sumOf = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, pence) => sum + pence, 0n);

describePublished('the published OSCAR rows of April to June 2016', () => {
  it('are 22,713, each of them read', async () => {
    const { rowCount, rows, refused } = await foundInOscar(written);
    expect([rowCount, rows.length, refused]).toEqual([22_713, 22_713, []]);
    expect(rows.filter(({ pence }) => pence < 0n)).toHaveLength(3_906);
    expect(new Set(rows.map(({ organisation }) => organisation.code)).size).toBe(203);
    expect(new Set(rows.map(({ department }) => department)).size).toBe(45);
  });

  it('are for the Cabinet Office GBP 213,974 thousand in DEL and AME, resource and capital', async () => {
    const { rows } = await foundInOscar(written);
    const spending = spendingOf(rows);
    const found = spending.filter(({ department }) => department === 'Cabinet Office');
    expect(
      found.map(({ scope, pence, rowCount }) => [
        scope,
        rowCount,
        ...[...pence].map(([total, much]) => `${total} ${much}`),
      ]),
    ).toEqual([
      [...['BUDGET', 309, 'RDEL_ADMIN 5684600000', 'RDEL_PROGRAMME 15667300000', 'CDEL 56600000', 'RAME -11100000']],
      ['NON_BUDGET', 3, 'NON_BUDGET 41700000'],
    ]);
    expect(sumOf(found[0]!.pence.values())).toBe(213_974_000_00n);
    expect(sumOf(spending.flatMap(({ pence }) => [...pence.values()]))).toBe(sumOf(rows.map(({ pence }) => pence)));
  });
});

describe('a row of OSCAR', () => {
  const read = async (...rows: Partial<typeof oscarLine>[]) => readOscar(written(tableText(oscarLine, rows)));

  it('counts against the control total that its columns name', async () => {
    const table: [budget: string, detail: string, economic: string, controlTotal: string | null][] = [
      ['DEL', 'DEL ADMIN', 'RESOURCE', 'RDEL_ADMIN'],
      ['DEL', 'DEL PROG', 'RESOURCE', 'RDEL_PROGRAMME'],
      ['DEL', 'DEL PROG', 'CAPITAL', 'CDEL'],
      ['AME', 'DEPT AME', 'RESOURCE', 'RAME'],
      ['AME', 'NON-DEPT AME', 'RESOURCE', 'RAME'],
      ['AME', 'DEPT AME', 'CAPITAL', 'CAME'],
      ['NON-BUDGET', 'NON-BUDGET', 'RESOURCE', 'NON_BUDGET'],
      ['NON-BUDGET', 'NON-BUDGET', 'CAPITAL', 'NON_BUDGET'],
      ['NON-BUDGET', 'NON-BUDGET', 'OTHER NON-BUDGET', 'NON_BUDGET'],
      ['NON-BUDGET', 'NON-BUDGET', 'n/a', 'NON_BUDGET'],
    ];
    const { rows, refused } = await read(
      ...table.map(([budget, detail, economic]) => ({
        ...{ 'Control Budget Code': budget, 'Control Budget Detail Code': detail, 'Economic Budget Code': economic },
      })),
      { 'Economic Budget Code': 'n/a', Amount: '0' },
    );
    expect(refused).toEqual([]);
    expect(rows.map(({ controlTotal }) => controlTotal)).toEqual([...table.map((row) => row[3]), null]);
    expect(new Set(table.map((row) => row[3]))).toEqual(new Set(controlTotals));
  });

  it('is in thousands of pounds, kept in pence', async () => {
    const { rows } = await read({ Amount: '363' }, { Amount: '-0.00001' }, { Amount: '0' });
    expect(rows.map(({ pence }) => pence)).toEqual([36_300_000n, -1n, 0n]);
  });

  it.each<[string, Partial<typeof oscarLine>, string]>([
    ['a part of another control budget', { 'Control Budget Detail Code': 'DEPT AME' }, 'Control Budget Detail Code'],
    ['an unknown control budget', { 'Control Budget Code': 'TME' }, 'Control Budget Code'],
    ['an unknown economic budget', { 'Economic Budget Code': 'BOTH' }, 'Economic Budget Code'],
    [
      'money of a budget that is neither resource nor capital',
      { 'Economic Budget Code': 'n/a' },
      'Economic Budget Code',
    ],
    ['non-budget money inside a budget', { 'Economic Budget Code': 'OTHER NON-BUDGET' }, 'Economic Budget Code'],
    ['capital of an administration budget', { 'Economic Budget Code': 'CAPITAL' }, 'Economic Budget Code'],
    ['an amount that is no number', { Amount: '1 000' }, 'Amount'],
    ['a part of a penny', { Amount: '0.000001' }, 'Amount'],
    ['more than the hub can hold', { Amount: '1E+20' }, 'Amount'],
    ['a year that is none', { Year: '2016' }, 'Year'],
    ['a calendar year', { Year: '2016-16' }, 'Year'],
    ['a quarter of another year', { Quarter: 'Qtr1 - 15-16' }, 'Quarter'],
    ['a month of another quarter', { Month: 'Jul-16' }, 'Month'],
    ['a month of another year', { Month: 'Apr-17' }, 'Month'],
    ['no department', { 'Segment Department Long Name': '' }, 'Segment Department Long Name'],
    ['no organisation', { 'Organisation Code': ' ' }, 'Organisation Code'],
  ])('is refused for %s, by row and column, and the others are read', async (_, wrong, column) => {
    const { rows, refused } = await read({}, wrong, {});
    expect(rows).toHaveLength(2);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column })]);
  });

  it('of January to March is of the second calendar year', async () => {
    const { rows, refused } = await read({ Quarter: 'Qtr4 - 16-17', Month: 'Feb-17' });
    expect([rows[0]?.quarter, refused]).toEqual([4, []]);
  });
});
