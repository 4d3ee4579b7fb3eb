import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { describePublished, publishedFile } from '../../infra/import/read-files-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act } from './story-for-tests.js';

const file = 'outcomes/uk_heat_pump_deployment_quarterly.csv';
const measure = 'heat-pumps';
const statistician = 'office-for-national-statistics.statistician';
const missionUnit = 'mission-delivery-unit.mission-unit';

describePublished('the published heat pumps by quarter', () => {
  let world: World;
  let rows: { period: string; value: string }[];
  const does = async (as: string, name: string, input: object, fields: string) => {
    const done = await act(world, as, name, input, fields);
    expect(done.codes).toEqual([]);
    return done;
  };
  const ask = async (fields: string) => {
    const { data, errors } = await world.ask(`{ measure(id: "${measure}") { ${fields} } }`);
    expect(errors).toBeUndefined();
    return data.measure;
  };

  beforeAll(async () => {
    const lines: { quarter: string; installations: string }[] = parse(readFileSync(publishedFile(file)), {
      columns: true,
    });
    rows = lines.map(({ quarter, installations }) => ({ period: quarter, value: installations }));
    world = await startWorld({ services: ['outcomes'], gateway: false });
    const outcome = { id: 'warm', title: 'Homes are warm', kind: 'OUTPUT', missions: ['clean-energy'] };
    await does(missionUnit, 'defineOutcome', outcome, 'outcome { id }');
    const definition = { formula: 'f', unit: 'installations', polarity: 'HIGHER', frequency: 'QUARTER', source: 's' };
    const defined = { id: measure, title: 'Heat pumps', outcome: 'warm', definition: { ...definition, decimals: 0 } };
    await does(statistician, 'defineMeasure', defined, 'measure { id }');
    const target = {
      id: 'by-2028',
      measure,
      kind: 'POINT_BY_DATE',
      value: '150000',
      periodEnd: '2028-12-31',
      setBy: 's',
    };
    await does(missionUnit, 'setTarget', target, 'target { id }');
    const published = { measure, source: 's', file, rows };
    const { rows: verdicts } = await does(statistician, 'publishObservations', published, 'rows { verdict }');
    expect(new Set(verdicts.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['NEW']));
  });
  afterAll(() => world?.stop());

  it('are the 24 quarters of the file, 42,645 of them installed in 2024', async () => {
    const { observations, latest } = await ask(
      'latest { period value } observations(first: 100) { nodes { period value } }',
    );
    const found: { period: string; value: string }[] = observations.nodes;
    expect(found).toEqual(rows);
    const of2024 = found.filter(({ period }) => period.startsWith('2024'));
    expect([found.length, of2024.reduce((sum, { value }) => sum + Number(value), 0)]).toEqual([24, 42_645]);
    expect(latest).toEqual({ period: '2024 Q4', value: '11492' });
  });

  // Among the newest 12 quarters the rush of early 2022, 12,633, outweighs the growth since.
  it('scatter so much that no growth can be told from none, and lead far below 150,000 at the end of 2028', async () => {
    const { targets } = await ask(
      'targets { assessment { verdict } projection { from figureCount reach reachedIn period expected low high } }',
    );
    const projection = {
      ...{ from: '2022 Q1', figureCount: 12, reach: 'STILL', reachedIn: null },
      ...{ period: '2028 Q4', expected: '16480.57', low: '4859.81', high: '28101.34' },
    };
    expect(targets).toEqual([{ assessment: { verdict: 'NO_DATA' }, projection }]);
  });
});
