import { describe, expect, it } from '@jest/globals';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';
import { readOnsSdg, releasedOn } from './read-ons-sdg.js';

const written = filesForTests();

describePublished('the published vintages of UK greenhouse gas emissions', () => {
  const vintages: [string, string, number, number, string, string][] = [
    ['13-2-2.rev2021-12-02', '2021-12-02', 241, 30, '454.766072621302', 'Undefined'],
    ['13-2-2.rev2022-07-08', '2022-07-08', 248, 31, '447.8774362216295', 'Normal value'],
    ['13-2-2', '2023-02-07', 256, 32, '450.435177125297', 'Normal value'],
  ];
  it.each(vintages)('%s, released %s, state 2019 exactly', async (name, day, rowCount, years, value, statusText) => {
    const path = publishedFile(`outcomes/uk_sdg_indicator_${name}.csv`);
    const { rows, refused, ...read } = await readOnsSdg(path);
    expect([read.rowCount, rows.length, refused]).toEqual([rowCount, rowCount, []]);
    const headline = rows.filter((row) => row.isHeadline);
    expect(headline).toHaveLength(years);
    expect(headline.filter((row) => row.period.label === '2019')).toEqual([
      expect.objectContaining({
        value,
        statusText,
        status: 'A',
        period: { label: '2019', from: '2019-01-01', until: '2020-01-01' },
      }),
    ]);
    expect((await releasedOn(path))?.day).toBe(day);
  });

  it('have a provisional figure for 2020 that is a part and not the whole', async () => {
    const { rows } = await readOnsSdg(publishedFile('outcomes/uk_sdg_indicator_13-2-2.rev2021-12-02.csv'));
    expect(rows.filter((row) => row.status === 'P')).toEqual([
      expect.objectContaining({ value: '326.129188', isHeadline: false, statusText: 'Provisional' }),
    ]);
    expect(rows.filter((row) => row.isHeadline && row.period.label === '2020')).toEqual([]);
  });

  it('name a series only since 2023', async () => {
    const series = async (name: string) =>
      new Set((await readOnsSdg(publishedFile(`outcomes/uk_sdg_indicator_${name}.csv`))).rows.map((row) => row.series));
    expect(await series('13-2-2.rev2022-07-08')).toEqual(new Set([null]));
    expect(await series('13-2-2')).toEqual(new Set(['Greenhouse gas emissions within UK borders']));
  });
});

describePublished('the published share of renewable energy', () => {
  it('has 576 figures, of which 32 are the whole, in a unit column of another name', async () => {
    const { rows } = await readOnsSdg(publishedFile('outcomes/uk_sdg_indicator_7-2-1.csv'));
    expect(rows).toHaveLength(576);
    expect(rows.filter((row) => row.isHeadline)).toHaveLength(32);
    expect(rows.find((row) => row.isHeadline && row.period.label === '2019')).toMatchObject({
      value: '11.5',
      unit: 'Percentage (%)',
    });
  });
});

describe('an observation of an indicator', () => {
  const usual = {
    Year: '2019',
    Gas: '',
    'Observation status': 'Normal value',
    'Unit multiplier': 'Units',
    Units: 'tonnes',
    Value: '1.50',
  };
  const read = (...rows: Partial<typeof usual>[]) => readOnsSdg(written(tableText(usual, rows)));

  it('keeps its decimals and reads scientific notation exactly', async () => {
    const values = ['1.50', '5E-05', '-0.0'];
    const { rows } = await read(...values.map((Value, at) => ({ Value, Gas: `gas ${at}` })));
    expect(rows.map((row) => row.value)).toEqual(['1.50', '0.00005', '0.0']);
  });

  it('without a value is missing, not zero', async () => {
    expect((await read({ Value: '' })).rows).toEqual([expect.objectContaining({ value: null, status: 'M' })]);
  });

  it('counts in thousands or millions where it says so', async () => {
    expect((await read({ 'Unit multiplier': 'Millions' })).rows[0]?.powerOfTen).toBe(6);
  });

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['a value that is no number', { Value: '..' }, 'Value'],
    ['a year that is none', { Year: '2019/20' }, 'Year'],
    ['an unknown status', { 'Observation status': 'Guess' }, 'Observation status'],
    ['an unknown multiplier', { 'Unit multiplier': 'Dozens' }, 'Unit multiplier'],
  ];
  it.each(refusals)('an observation with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({ Gas: 'Methane' }, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column, value: Object.values(cells)[0] })]);
  });

  it('that repeats another one is refused', async () => {
    const { rows, refused } = await read({ Gas: 'Methane' }, {}, { Gas: 'Methane', Value: '2' });
    expect(rows).toHaveLength(2);
    expect(refused).toEqual([{ row: 4, column: null, reason: 'Row 2 is about the same observation.' }]);
  });

  it('in a file with an unknown column is not read, unless the column is named as a breakdown', async () => {
    const path = written(
      'Year,Fuel,Observation status,Unit multiplier,Units,Value\n2019,Coal,Normal value,Units,t,1\n',
    );
    await expect(readOnsSdg(path)).rejects.toThrow('the format ons-sdg does not know the column "Fuel"');
    expect((await readOnsSdg(path, ['Fuel'])).rows[0]).toMatchObject({
      disaggregation: { Fuel: 'Coal' },
      isHeadline: false,
    });
  });

  it('has no release day unless the name or the description of its file states one', async () => {
    expect(await releasedOn(written('x', 'plain.csv'))).toBeNull();
    expect(await releasedOn('figures.rev2021-13-02.csv')).toBeNull();
  });
});
