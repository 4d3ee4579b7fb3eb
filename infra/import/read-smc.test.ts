import { describe, expect, it } from '@jest/globals';
import { academicYear } from './read-dates.js';
import { describePublished, filesForTests, foundIn, tableText } from './read-files-for-tests.js';
import { readSmcDevelopment } from './read-smc.js';

const written = filesForTests();

describePublished('the published good level of development at age 5', () => {
  const file = () => foundIn(readSmcDevelopment, 'outcomes/uk_good_level_of_development_age5.csv');

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

describePublished('the same in the layout of the State of the Nation of 2026', () => {
  const file = () => foundIn(readSmcDevelopment, 'outcomes/uk_good_level_of_development_age5.son2026.csv');

  it('has 263 rows, of which the 66 of a map do not say of which academic year they are', async () => {
    const { rowCount, rows, refused } = await file();
    expect([rowCount, rows.length]).toEqual([263, 197]);
    const reason = 'This is not an academic year such as 2018/19.';
    expect(refused).toEqual(
      Array.from({ length: 66 }, (_, at) => ({ row: 199 + at, column: 'time_period', value: '2025', reason })),
    );
  });

  it('says the same of the years before the reform, and goes on until 2024/25 in whole percent', async () => {
    const older = await foundIn(readSmcDevelopment, 'outcomes/uk_good_level_of_development_age5.csv');
    const headline = ({ rows }: typeof older) =>
      Object.fromEntries(rows.filter((row) => row.isHeadline).map(({ period, value }) => [period.label, value]));
    const since = { '2021/22': '65', '2022/23': '67', '2023/24': '68', '2024/25': '68' };
    expect(headline(await file())).toEqual({ ...headline(older), ...since });
  });

  it('counts children eligible for free school meals where it splits them by ethnicity, with the sex or without', async () => {
    const parts = (await file()).rows.filter(({ disaggregation: { Ethnicity } }) => Ethnicity === 'White Irish');
    expect(
      parts.map(({ period, disaggregation, sampleSize }) => [period.label, Object.values(disaggregation), sampleSize]),
    ).toEqual([
      ['2024/25', ['FSM', 'Girls', 'White Irish'], '108'],
      ['2024/25', ['FSM', 'Boys', 'White Irish'], '101'],
      ['2021/22', ['FSM', 'Girls', 'White Irish'], '132'],
      ['2021/22', ['FSM', 'Boys', 'White Irish'], '111'],
      ['2024/25', ['White Irish', 'FSM'], '209'],
      ['2021/22', ['White Irish', 'FSM'], '243'],
    ]);
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

describe('a figure of development by its splits', () => {
  const usual = {
    ...{ measure_code: 'in11', measure_title: 'Level of development at age 5', chart_type: 'sex' },
    ...{ area_code: 'E92000001', area_type: 'Country', area_name: 'England' },
    ...{ primary_split_type: 'sex', primary_split_value: 'Girls' },
    ...{ secondary_split_type: 'seb', secondary_split_value: 'Eligible for free school meals' },
    ...{ tertiary_split_type: 'NA', tertiary_split_value: 'NA', fourth_split_type: 'NA', fourth_split_value: 'NA' },
    ...{ time_period: '2024/25', value: '59', lci: 'NA', uci: 'NA', sample_size: '49107', unit: 'Percentage' },
    ...{ value_note: 'NA', variable_used: 'NA', weight_used: 'NA', age_used: 'NA', year_used: 'NA', label: '59%' },
  };
  const read = (...rows: Partial<typeof usual>[]) => readSmcDevelopment(written(tableText(usual, rows)));
  const by = (type: string, value: string) => ({ secondary_split_type: type, secondary_split_value: value });
  const onlyEligible = {
    ...{ primary_split_type: 'ethnicity', primary_split_value: 'Indian', sample_size: '9', ...by('NA', 'NA') },
    value_note: 'This contains those that are FSM eligible ONLY',
  };

  it('is named as in the older layout, and all children are the headline', async () => {
    const { rows } = await read(
      {},
      { primary_split_type: 'seb', primary_split_value: 'Total', ...by('time_period', '2024/25') },
    );
    expect(rows).toEqual([
      expect.objectContaining({
        ...{
          line: 2,
          value: '59',
          sampleSize: '49107',
          isHeadline: false,
          status: 'A',
          definition: 'SINCE_2021_REFORM',
        },
        ...{ area: { code: 'E92000001', name: 'England', level: 'National' }, low: null, high: null, note: null },
        disaggregation: { Sex: 'Girls', 'Socio-economic background': 'FSM' },
      }),
      expect.objectContaining({ disaggregation: {}, isHeadline: true }),
    ]);
  });

  it('by ethnicity and sex is taken where both samples make up the children that are known to be meant', async () => {
    const girls = { ...by('ethnicity', 'Indian'), sample_size: '4' };
    const boys = { ...girls, primary_split_value: 'Boys', sample_size: '5' };
    const { rows } = await read(girls, boys, onlyEligible);
    expect(rows.map(({ disaggregation }) => disaggregation['Socio-economic background'])).toEqual([
      'FSM',
      'FSM',
      'FSM',
    ]);
    const unsure = await read(girls, { ...boys, sample_size: '6' }, onlyEligible);
    const reason = expect.stringContaining('not said whether these are all children');
    const refused = { column: 'secondary_split_type', value: 'ethnicity', reason };
    expect([unsure.rows.length, unsure.refused]).toEqual([1, [2, 3].map((row) => ({ row, ...refused }))]);
  });

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['a value above 100', { value: '100.01' }, 'value'],
    ['a value that is no number', { value: 'x' }, 'value'],
    ['a year that is no academic one', { time_period: '2025' }, 'time_period'],
    ['another unit', { unit: 'Score' }, 'unit'],
    ['a split that nobody knows', by('height', 'tall'), 'secondary_split_type'],
    ['a split without its part', by('seb', 'NA'), 'secondary_split_value'],
    ['a part of nothing', by('NA', 'FSM'), 'secondary_split_value'],
    ['a split by the same twice', by('sex', 'Boys'), 'secondary_split_type'],
    ['a split by another year than its own', by('time_period', '2023/24'), 'secondary_split_value'],
    ['a split by another area than its own', by('area_name', 'Kent'), 'secondary_split_value'],
  ];
  it.each(refusals)('with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({ primary_split_value: 'Boys' }, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([
      expect.objectContaining({ row: 3, column, value: (cells as Record<string, string>)[column] }),
    ]);
  });

  it('needs all columns of its layout', async () => {
    const { label: _, ...without } = usual;
    await expect(readSmcDevelopment(written(tableText(without, [{}])))).rejects.toThrow('column "label"');
  });
});
