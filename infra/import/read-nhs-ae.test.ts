import { describe, expect, it } from '@jest/globals';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';
import { readNhsAe } from './read-nhs-ae.js';

const written = filesForTests();
const usual = { period: '2019-03-01', org_code: 'RF4', type: '1', attendances: '100', breaches: '10', admissions: '5' };

describePublished('the published A&E attendances', () => {
  it('are 12,765 rows of 36 months, of which every one is read, with 72,019,402 attendances in all', async () => {
    const { rows, refused, rowCount } = await readNhsAe(publishedFile('outcomes/nhs_england_ae_attendances.csv'));
    expect([rowCount, rows.length, refused]).toEqual([12_765, 12_765, []]);
    expect(new Set(rows.map(({ month }) => month)).size).toBe(36);
    expect(rows.reduce((sum, { attendances }) => sum + attendances, 0)).toBe(72_019_402);
    expect(rows[0]).toEqual({
      ...{ line: 2, month: '2017-03', organisation: 'RF4', type: '1: major, consultant-led' },
      ...{ attendances: 21_289, breaches: 2_879, admissions: 5_060 },
    });
  });
});

describe('a row of A&E attendances', () => {
  it.each([
    ['period', '2019-03-02', 'This is not the first day of a month'],
    ['period', '2019-13-01', 'This is not the first day of a month'],
    ['org_code', 'rf 4', 'This is not the code of an organisation'],
    ['type', '4', 'This is none of the known words: 1, 2, other.'],
    ['attendances', '-1', 'This is not a count of people'],
    ['attendances', '1e3', 'This is not a count of people'],
    ['breaches', '1.5', 'This is not a count of people'],
    ['breaches', '101', 'More people waited too long than came.'],
    ['admissions', 'NA', 'This is not a count of people'],
  ])('is refused by its column where %s is "%s"', async (column, value, reason) => {
    const { rows, refused } = await readNhsAe(written(tableText(usual, [{ [column]: value }, { org_code: 'RCF' }])));
    expect(rows.map(({ organisation }) => organisation)).toEqual(['RCF']);
    expect(refused).toEqual([{ row: 2, column, value, reason: expect.stringContaining(reason) }]);
  });

  it('is refused where another is about the same month, organisation and kind of department', async () => {
    const { rows, refused } = await readNhsAe(written(tableText(usual, [{}, { type: '2' }, { attendances: '99' }])));
    expect(rows).toHaveLength(2);
    expect(refused).toEqual([{ row: 4, column: null, reason: 'Row 2 is about the same observation.' }]);
  });

  it('may come without admissions, and with no other column than those that are known', async () => {
    const { admissions: _, ...older } = usual;
    expect((await readNhsAe(written(tableText(older, [{}])))).rows[0]).toMatchObject({ admissions: null });
    await expect(readNhsAe(written(tableText({ ...usual, region: 'North' }, [{}])))).rejects.toThrow('region');
  });
});
