import { describe, expect, it } from '@jest/globals';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';
import { readTargets } from './read-targets.js';

const written = filesForTests();

describePublished('the collected targets', () => {
  it('are ten, six of them carbon budgets, each with how far it was verified', async () => {
    const { rowCount, rows, refused } = await readTargets(publishedFile('outcomes/targets_real.csv'));
    expect([rowCount, refused]).toEqual([10, []]);
    const caps = rows.filter((row) => row.kind === 'CUMULATIVE_CAP');
    expect(caps.map(({ from, to, value }) => [from, to, value])).toEqual([
      ['2008-01-01', '2012-12-31', '3018'],
      ['2013-01-01', '2017-12-31', '2782'],
      ['2018-01-01', '2022-12-31', '2544'],
      ['2023-01-01', '2027-12-31', '1950'],
      ['2028-01-01', '2032-12-31', '1725'],
      ['2033-01-01', '2037-12-31', '965'],
    ]);
    const others = rows.filter((row) => row.kind !== 'CUMULATIVE_CAP');
    expect(
      others.map(({ kind, from, to, value, polarity, verified }) => [kind, from, to, value, polarity, verified]),
    ).toEqual([
      ['POINT_BY_DATE', null, '2028-12-31', '75', 'HIGHER', 'PARTLY'],
      ['FLOOR', '2010-06-01', null, '95', 'HIGHER', 'NO'],
      ['POINT_BY_DATE', null, '2028-12-31', '600000', 'HIGHER', 'PARTLY'],
      ['POINT_BY_DATE', null, '2029-03-31', '92', 'HIGHER', 'NO'],
    ]);
    expect(caps.every((row) => row.verified === 'YES' && row.polarity === 'LOWER')).toBe(true);
  });
});

describe('a target', () => {
  const usual = {
    indicator_file: 'x.csv',
    measure: 'Emissions',
    geography: 'UK',
    target_type: 'CUMULATIVE_CAP',
    period_start: '2008-01-01',
    period_end: '2012-12-31',
    target_value: '3018',
    unit: 'MtCO2e',
    direction: 'LOWER_IS_BETTER',
    set_by: 'Climate Change Act 2008',
    source_url: 'https://www.gov.uk/guidance/carbon-budgets',
    verified: 'yes',
  };
  const read = (...rows: Partial<typeof usual>[]) => readTargets(written(tableText(usual, rows)));

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['a value that is no number', { target_value: 'lots' }, 'target_value'],
    ['a day that does not exist', { period_end: '2012-12-32' }, 'period_end'],
    ['an end before its beginning', { period_end: '2007-12-31' }, 'period_end'],
    ['no end although it is a cap', { period_end: '' }, 'period_end'],
    ['no beginning although it is a cap', { period_start: '' }, 'period_start'],
    ['an unknown kind', { target_type: 'HOPE' }, 'target_type'],
    ['an unknown direction', { direction: 'UP' }, 'direction'],
    ['a source that is no web address', { source_url: 'javascript:alert(1)' }, 'source_url'],
    ['nobody who set it', { set_by: '' }, 'set_by'],
  ];
  it.each(refusals)('a target with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({}, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column, value: Object.values(cells)[0] })]);
  });
});
