import { describe, expect, it } from '@jest/globals';
import { academicYear } from './read-dates.js';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';
import { readSmcDevelopment } from './read-smc.js';

const written = filesForTests();

describePublished('the published good level of development at age 5', () => {
  const file = () => readSmcDevelopment(publishedFile('outcomes/uk_good_level_of_development_age5.csv'));

  it('has 143 rows, of which one says a second time that 2019/20 is missing', async () => {
    const { rowCount, rows, refused } = await file();
    expect([rowCount, rows.length]).toEqual([143, 142]);
    expect(refused).toEqual([{ row: 24, column: null, reason: 'Row 23 is about the same observation.' }]);
  });

  it('is missing and not zero in 2019/20 and 2020/21', async () => {
    const { rows } = await file();
    const missing = rows.filter((row) => row.value === null);
    expect(missing.map((row) => [row.period.label, row.status, row.isHeadline])).toEqual([
      ['2019/20', 'M', true],
      ['2020/21', 'M', true],
    ]);
  });

  it('is 72 in 2018/19 and 65.2 in 2021/22, by another definition', async () => {
    const headline = (await file()).rows.filter((row) => row.isHeadline);
    const of = (label: string) => headline.find((row) => row.period.label === label);
    expect(headline).toHaveLength(10);
    expect(of('2018/19')).toMatchObject({
      value: '72',
      status: 'A',
      definition: 'BEFORE_2021_REFORM',
      period: { from: '2018-09-01', until: '2019-09-01' },
    });
    expect(of('2021/22')).toMatchObject({
      value: '65.2',
      status: 'B',
      definition: 'SINCE_2021_REFORM',
      sampleSize: '405723',
    });
  });

  it('states local figures with their uncertainty under another measure', async () => {
    const local = (await file()).rows.filter((row) => row.area.level === 'ITL2');
    expect(local).toHaveLength(66);
    expect(local.filter((row) => row.low === null || row.high === null || row.isHeadline)).toEqual([]);
    expect(new Set(local.map((row) => row.measure))).toEqual(new Set(['Attainment at age 5']));
  });
});

describe('an academic year', () => {
  it('runs from September until August, however it is written', () => {
    for (const text of ['201819', '2018/19', '2018-19', '2018-2019']) {
      expect(academicYear(text)).toEqual({ label: '2018/19', from: '2018-09-01', until: '2019-09-01' });
    }
    expect(academicYear('199900')?.label).toBe('1999/00');
  });

  it.each(['2019', '201820', '2018-2020', '2018/1', 'soon'])('is not "%s"', (text) => {
    expect(academicYear(text)).toBeNull();
  });
});

describe('a figure of development', () => {
  const usual = {
    Ind_code: 'IN11',
    Ind_name: 'Level of development at age 5',
    Area_type: 'National',
    Area_code: 'E92000001',
    Area_name: 'England',
    Time_period: '201819',
    SEB: 'Total',
    Age: '5',
    Sex: 'Total',
    Category_type: 'NA',
    Category: 'NA',
    Value: '72',
    Sample_size: '458815',
    LCI: 'NA',
    UCI: 'NA',
    SE: 'NA',
    Unit: 'Percentage',
    Value_note: 'NA',
  };
  const read = (...rows: Partial<typeof usual>[]) => readSmcDevelopment(written(tableText(usual, rows)));

  it('names the parts it is about', async () => {
    const { rows } = await read({ SEB: 'FSM', Sex: 'Girls', Category_type: 'Ethnicity', Category: 'White' });
    expect(rows[0]?.disaggregation).toEqual({ 'Socio-economic background': 'FSM', Sex: 'Girls', Ethnicity: 'White' });
  });

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['a value that is no number', { Value: 'x' }, 'Value'],
    ['a value above 100', { Value: '100.01' }, 'Value'],
    ['a period that is no academic year', { Time_period: '2025' }, 'Time_period'],
    ['another unit', { Unit: 'Score' }, 'Unit'],
  ];
  it.each(refusals)('a figure with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({ Sex: 'Boys' }, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column, value: Object.values(cells)[0] })]);
  });
});
