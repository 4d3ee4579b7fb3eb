import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { importing, theOnly } from './import-for-tests.js';
import { describePublished, filesForTests, publishedFile } from './read-files-for-tests.js';

const written = filesForTests();

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
});
afterAll(() => world?.stop());

describe('an imported register', () => {
  const line = (id: string, name: string, end = '') => `${id}\t${name}\t\t\t${end}`;
  const register = (...lines: string[]) =>
    written(['government-organisation\tname\twebsite\tstart-date\tend-date', ...lines].join('\n'), 'register.tsv');
  const file = () => register(line('D901', 'Ministry of Tests'), line('D902', 'Office of Rules', '2012'));

  it('is not written by a dry run', async () => {
    const report = await importing(world, 'govuk-organisations', file(), { dryRun: true });
    expect(theOnly(report)).toMatchObject({ new: 2, refused: 0 });
    expect(await found('ministry-of-tests')).toBeNull();
  });

  it('has each body with its last day, as far as it is known', async () => {
    const report = await importing(world, 'govuk-organisations', file());
    expect(theOnly(report)).toMatchObject({ new: 2, unchanged: 0 });
    expect(report.exitCode).toBe(0);
    expect(await found('office-of-rules')).toMatchObject({ kind: 'DEPARTMENT', validTo: '2012-12-31' });
  });

  it('is unchanged when the same file comes again', async () => {
    const report = await importing(world, 'govuk-organisations', file());
    expect(theOnly(report)).toMatchObject({ new: 0, changed: 0, unchanged: 2 });
  });

  it('changes where a newer file says otherwise', async () => {
    const newer = register(line('D901', 'Ministry of Tests'), line('D902', 'Office of Rules', '2013-05-06'));
    expect(theOnly(await importing(world, 'govuk-organisations', newer))).toMatchObject({ changed: 1, unchanged: 1 });
    expect(await found('office-of-rules')).toMatchObject({ validTo: '2013-05-06' });
  });

  it('names the row, column and reason of what is refused', async () => {
    const report = await importing(world, 'govuk-organisations', register(line('D903', 'Agency'), line('9', 'Wrong')));
    expect(report.exitCode).toBe(2);
    expect(report.refusals).toEqual([
      expect.objectContaining({ stage: 'reading', row: 3, column: 'government-organisation', value: '9' }),
    ]);
    expect(report.lines().at(-1)).toContain('row 3, government-organisation, "9": This is not a register identifier');
  });

  it('names the row that the hub refuses, and takes the others', async () => {
    const long = `${'very '.repeat(30)}long name`;
    const report = await importing(world, 'govuk-organisations', register(line('D904', long), line('D905', 'Short')));
    expect(theOnly(report)).toMatchObject({ new: 1, refused: 1 });
    expect(report.refusals[0]).toMatchObject({ row: 2, reason: expect.stringContaining('at most 120 characters') });
  });
});

describePublished('the published register of organisations, imported', () => {
  it('is 980 bodies, the closed ones with their last day, and unchanged the second time', async () => {
    const path = publishedFile('organisations/uk_government_organisation.tsv');
    const first = await importing(world, 'govuk-organisations', path);
    expect(theOnly(first)).toMatchObject({ new: 980, refused: 0 });
    expect(await found('department-for-business-innovation-skills')).toMatchObject({ validTo: '2016-07-14' });
    expect(theOnly(await importing(world, 'govuk-organisations', path))).toMatchObject({ new: 0, unchanged: 980 });
    const { data } = await world.ask('{ organisations(first: 1) { totalCount } }');
    expect(data.organisations.totalCount).toBe(984);
  });
});

async function found(id: string) {
  const { data } = await world.ask('query One($id: ID!) { organisation(id: $id) { kind validFrom validTo } }', {
    variables: { id },
  });
  return data.organisation;
}
