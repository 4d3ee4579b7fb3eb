import { describe, expect, it } from '@jest/globals';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';
import { readGovukOrganisations } from './read-govuk-organisations.js';

const written = filesForTests();

describePublished('the published register of government organisations', () => {
  const register = () => readGovukOrganisations(publishedFile('organisations/uk_government_organisation.tsv'));

  it('has 981 rows about 980 bodies, of which 283 are closed, each with a slug of its own', async () => {
    const { rowCount, rows, refused } = await register();
    expect([rowCount, rows.length, refused]).toEqual([981, 980, []]);
    expect(rows.filter((body) => body.validTo)).toHaveLength(283);
    expect(rows.filter((body) => body.validFrom)).toHaveLength(2);
    expect(new Set(rows.map((body) => body.slug)).size).toBe(980);
    expect(rows.filter((body) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(body.slug))).toEqual([]);
  });

  it('knows 219 ends to the day, 34 to the month and 30 to the year', async () => {
    const { rows } = await register();
    const ends = (precision: string) => rows.filter((body) => body.validTo?.precision === precision).length;
    expect([ends('DAY'), ends('MONTH'), ends('YEAR')]).toEqual([219, 34, 30]);
  });

  it('has one body under two names and one whose web address is no slug', async () => {
    const { rows } = await register();
    expect(rows.filter((body) => body.formerNames.length > 0)).toEqual([
      expect.objectContaining({
        registerId: 'OT488',
        name: 'NHS Resolution',
        formerNames: ['NHS Litigation Authority'],
        slug: 'nhs-litigation-authority',
        lines: [345, 982],
      }),
    ]);
    expect(rows.filter((body) => body.slugFrom !== 'WEBSITE').map(({ name, slug }) => [name, slug])).toEqual([
      ['Victoria Climbié Inquiry', 'victoria-climbie-inquiry'],
    ]);
  });
});

describe('an organisation of the register', () => {
  const usual = {
    'government-organisation': 'D3',
    name: 'Department for Business',
    website: 'https://www.gov.uk/government/organisations/department-for-business',
    'start-date': '',
    'end-date': '2016-07-14',
  };
  const read = (...rows: Partial<typeof usual>[]) => readGovukOrganisations(written(tableText(usual, rows, '\t')));

  it('ends with the last day that its end can mean', async () => {
    const ends = ['2016-07-14', '2016-02', '2016', ''];
    const { rows } = await read(...ends.map((end, at) => ({ 'government-organisation': `D${at}`, 'end-date': end })));
    expect(rows.map((body) => body.validTo?.last)).toEqual(['2016-07-14', '2016-02-29', '2016-12-31', undefined]);
  });

  it('gets a slug from its name, or a numbered one where another body has it', async () => {
    const { rows } = await read(
      { website: '' },
      { 'government-organisation': 'EA7', website: 'https://example.org/Not_a_slug' },
      { 'government-organisation': 'EA8', name: '"Quoted" Office', website: '' },
    );
    expect(rows.map(({ slug, slugFrom }) => [slug, slugFrom])).toEqual([
      ['department-for-business', 'NAME'],
      ['department-for-business-ea7', 'NUMBERED'],
      ['quoted-office', 'NAME'],
    ]);
  });

  const refusals: [string, Partial<typeof usual>, string][] = [
    ['an identifier that is none', { 'government-organisation': '17' }, 'government-organisation'],
    ['no name', { name: '' }, 'name'],
    ['a day that does not exist', { 'end-date': '2016-02-30' }, 'end-date'],
    ['a month that does not exist', { 'end-date': '2016-13' }, 'end-date'],
  ];
  it.each(refusals)('an organisation with %s is refused by its column', async (_, cells, column) => {
    const { rows, refused } = await read({}, cells);
    expect(rows).toHaveLength(1);
    expect(refused).toEqual([expect.objectContaining({ row: 3, column, value: Object.values(cells)[0] })]);
  });

  it('that ends before it begins is refused', async () => {
    const { refused } = await read({ 'start-date': '2017', 'end-date': '2016-12' });
    expect(refused).toEqual([
      { row: 2, column: 'end-date', reason: 'The body ends before it begins.', value: '2016-12' },
    ]);
  });
});
