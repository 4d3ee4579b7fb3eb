import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { importing } from './import-for-tests.js';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';

const written = filesForTests();
const usual = { period: '2019-03-01', org_code: 'RF4', type: '1', attendances: '100', breaches: '10', admissions: '5' };

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'outcomes'], gateway: false });
});
afterAll(() => world?.stop());

async function measure(id: string, asked: string) {
  const document = `query One($id: ID!) { measure(id: $id) { ${asked} } }`;
  const { data, errors } = await world.ask(document, { variables: { id }, service: 'outcomes' });
  if (errors && errors[0].extensions.code !== 'NOT_FOUND') throw new Error(errors[0].message);
  return data.measure;
}
const figures = (report: Awaited<ReturnType<typeof importing>>) =>
  report.stages
    .filter(({ name }) => name.startsWith('figures of'))
    .map(({ name, new: made, changed, unchanged, untried }) => ({ name, made, changed, unchanged, untried }));
const names = ['ae-four-hour-performance', 'ae-attendances', 'ae-breaches'].map((id) => `figures of ${id}`);
const shown =
  'observations(first: 100) { nodes { period area dimensions { value } value valueKind sampleSize provenance { row original } } }';

describe('imported A&E attendances', () => {
  const march: Record<string, string>[] = [
    {},
    { type: '2', attendances: '30', breaches: '0' },
    { org_code: 'RCF', attendances: '200', breaches: '20' },
    { org_code: 'RCF', type: 'other', attendances: '0', breaches: '0' },
  ];

  it('make nothing in a dry run and say what could not be tried', async () => {
    const report = await importing(world, 'nhs-ae', written(tableText(usual, march)), { dryRun: true });
    expect(figures(report).map(({ made, untried }) => [made, untried])).toEqual([
      [0, 10],
      [0, 4],
      [0, 4],
    ]);
    expect(await measure('ae-four-hour-performance', 'id')).toBeNull();
  });

  it('are added up to nothing where a row is refused, for a sum over the rest would be too small', async () => {
    const path = written(tableText({ ...usual, period: '2018-03-01' }, [{}, { org_code: 'RCF', breaches: '-4' }]));
    const report = await importing(world, 'nhs-ae', path, { released: '2019-03-11' });
    expect(report.refusals).toEqual([expect.objectContaining({ stage: 'reading', row: 3, column: 'breaches' })]);
    expect(report.notes.join(' ')).toContain('nothing is added up');
    expect(report.exitCode).toBe(2);
    expect((await measure('ae-four-hour-performance', shown)).observations.nodes).toEqual([
      expect.objectContaining({ period: '2018-03', area: 'RF4', value: '90.0000' }),
    ]);
  });

  it('are the share of England, of organisations and of kinds of departments, each with its numbers as counted', async () => {
    await importing(world, 'nhs-ae', written(tableText(usual, march)), { released: '2019-04-11' });
    const { observations, latest, unit, steward } = await measure(
      'ae-four-hour-performance',
      `unit steward { id } latest { period value } ${shown}`,
    );
    expect([unit, steward.id, latest]).toEqual(['percent', 'nhs-england', { period: '2019-03', value: '90.9091' }]);
    interface Node {
      period: string;
      area: string;
      dimensions: { value: string }[];
      value: string | null;
      valueKind: string;
      sampleSize: number;
      provenance: { row: number | null; original: string };
    }
    const table = (observations.nodes as Node[])
      .filter(({ period }) => period === '2019-03')
      .map(({ area, dimensions, value, valueKind, sampleSize, provenance: { row, original } }) =>
        [area, dimensions[0]?.value.split(':')[0] ?? 'all', value ?? valueKind, sampleSize, row ?? '-', original].join(
          ' | ',
        ),
      );
    expect(table.sort()).toEqual([
      'E92000001 | 1 | 90.0000 | 300 | - | attendances 300, breaches 30, added up from 2 rows',
      'E92000001 | 2 | 100.0000 | 30 | - | attendances 30, breaches 0, added up from 1 rows',
      'E92000001 | all | 90.9091 | 330 | - | attendances 330, breaches 30, added up from 4 rows',
      'E92000001 | other | NOT_APPLICABLE | 0 | - | attendances 0, breaches 0, added up from 1 rows',
      'RCF | 1 | 90.0000 | 200 | 4 | attendances 200, breaches 20, admissions 5',
      'RCF | all | 90.0000 | 200 | - | attendances 200, breaches 20, added up from 2 rows',
      'RCF | other | NOT_APPLICABLE | 0 | 5 | attendances 0, breaches 0, admissions 5',
      'RF4 | 1 | 90.0000 | 100 | 2 | attendances 100, breaches 10, admissions 5',
      'RF4 | 2 | 100.0000 | 30 | 3 | attendances 30, breaches 0, admissions 5',
      'RF4 | all | 92.3077 | 130 | - | attendances 130, breaches 10, added up from 2 rows',
    ]);
    expect(await measure('ae-breaches', 'latest { value }')).toEqual({ latest: { value: '30' } });
  });
});

describePublished('the published A&E attendances of the first and the last month, imported', () => {
  it('show the decline from 90.0% to 86.6%, behind the standard, and change nothing when they come again', async () => {
    const [head, ...lines] = readFileSync(publishedFile('outcomes/nhs_england_ae_attendances.csv'), 'utf8').split('\n');
    const path = written(`${[head, ...lines.filter((line) => /^(2016-04|2019-03)-01,/.test(line))].join('\n')}\n`);
    const choices = { released: '2019-04-12' };
    const first = await importing(world, 'nhs-ae', path, choices);
    expect(first.refusals).toEqual([]);
    const asked = `${'observations(first: 100, filter: { area: "E92000001", dimensions: [] })'} { nodes { period value sampleSize } }`;
    const whole = async () => (await measure('ae-four-hour-performance', asked)).observations.nodes;
    expect((await whole()).filter(({ period }: { period: string }) => period !== '2018-03')).toEqual([
      { period: '2016-04', value: '90.0351', sampleSize: 1_867_781 },
      { period: '2019-03', value: '86.6043', sampleSize: 2_167_550 },
    ]);
    const again = figures(await importing(world, 'nhs-ae', path, choices));
    expect(again.map(({ name }) => name)).toEqual(names);
    expect(again.every(({ made, changed, unchanged }) => made + changed === 0 && unchanged > 0)).toBe(true);
    await importing(world, 'targets', publishedFile('outcomes/targets_real.csv'));
    expect((await measure('ae-four-hour-performance', 'assessment { verdict rule }')).assessment).toEqual({
      verdict: 'BEHIND',
      rule: 'The figure for 2019-03 is 86.6043 percent, against the floor of 95: it is broken by 8.3957.',
    });
  });
});
