import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as w from '../../services/contributions/words-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act, table } from './story-for-tests.js';

const question = readFileSync('test/questions/11-carbon-budget.graphql', 'utf8');
const statistician = 'office-for-national-statistics.statistician';
const mission = 'clean-energy';
const measure = 'territorial-emissions';

/** UK greenhouse gas emissions of 2008 to 2021 in MtCO2e. Source: ONS, UK SDG indicator 13.2.2, as released in 2023, rounded. */
const emissions =
  '655.907 599.173 612.954 566.871 583.092 568.605 527.758 510.421 484.939 473.216 464.808 450.435 406.292 426.510';
/** Source: Climate Change Act 2008, carbon budgets 1, 3 and 4, in MtCO2e. */
const budgets = [
  { value: '3018', periodStart: '2008-01-01', periodEnd: '2012-12-31' },
  { value: '2544', periodStart: '2018-01-01', periodEnd: '2022-12-31' },
  { value: '1950', periodStart: '2023-01-01', periodEnd: '2027-12-31' },
];

let world: World;
const does = async (as: string, name: string, input: object, fields: string) => {
  const { codes } = await act(world, as, name, input, fields);
  if (codes.length > 0) throw new Error(`${name}: ${codes}`);
};
const share = (quantity: string, publicName: string) => ({
  ...{ mission, kind: 'OUTCOME_SHARE', pooling: 'IN_KIND', publicName },
  terms: { quantity, unit: 'MtCO2e until 2027' },
});

beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'contributions', 'outcomes'] });
  const organisations = [w.transport, w.education].map((id) => ({ id, name: id, kind: 'DEPARTMENT' }));
  await does(w.missionUnit, 'registerOrganisations', { organisations }, 'rows { id }');
  const proposal = { id: mission, name: 'Clean energy', purpose: 'p', meaning: 'PRIORITY', ambition: 'COMMITTED' };
  await does(w.missionUnit, 'proposeMission', proposal, 'mission { id }');
  const releasedAt = '2000-01-01T00:00:00Z';
  const outcome = { id: 'emissions', title: 'Emissions fall', kind: 'IMPACT', missions: [mission], releasedAt };
  await does(w.missionUnit, 'defineOutcome', outcome, 'outcome { id }');
  const definition = { formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 's' };
  const defined = { id: measure, title: 'Emissions', outcome: 'emissions', definition, releasedAt };
  await does(statistician, 'defineMeasure', defined, 'measure { id }');
  const rows = emissions.split(' ').map((value, at) => ({ period: String(2008 + at), value }));
  await does(statistician, 'publishObservations', { measure, source: 's', rows }, 'rows { verdict }');
  for (const [at, budget] of budgets.entries()) {
    const note = 'This series is not the legal account';
    const target = { id: `budget-${at}`, measure, kind: 'CUMULATIVE_CAP', setBy: 's', note, ...budget };
    await does(w.missionUnit, 'setTarget', target, 'target { id }');
  }
  await w.commits(world, w.transport, share('21.5', 'Cleaner lorries'));
  await w.agrees(world, w.education, share('0.75', 'Warmer schools'));
  await w.pledges(world, w.transport, share('40', 'Fewer flights'));
  await w.pledges(world, w.transport, { mission, publicName: 'Money for lorries' });
}, 60_000);
afterAll(() => world?.stop());

describe('one query at the gateway, question 11,', () => {
  it('says of each carbon budget what is used, what is left and where it leads', async () => {
    const { data, errors } = await world.ask(question, { variables: { measure } });
    expect(errors).toBeUndefined();
    interface Budget {
      value: string;
      assessment: { verdict: string };
      cumulative: Record<string, string | null>;
    }
    const rows = (data.measure.targets as Budget[]).map(({ value, assessment, cumulative: found }) => {
      const { periodsPresent, periodsWanted, sum, remaining, projected, gap, exceededIn } = found;
      const counted = `${periodsPresent} of ${periodsWanted}`;
      const cells = [value, assessment.verdict, counted, sum, remaining, projected, gap, exceededIn];
      return cells.map((cell) => cell ?? '-');
    });
    expect(table(['cap', 'verdict', 'periods', 'sum', 'remaining', 'projected', 'gap', 'exceeded'], ...rows)).toEqual([
      'cap  | verdict             | periods | sum      | remaining | projected | gap      | exceeded',
      '3018 | NOT_DISTINGUISHABLE | 5 of 5  | 3017.997 | 0.003     | 3017.997  | -0.003   | -',
      '2544 | NO_DATA             | 4 of 5  | 1748.045 | 795.955   | 2134.966  | -409.034 | -',
      '1950 | NO_DATA             | 0 of 5  | -        | -         | 1654.548  | -295.452 | -',
    ]);
    const [first] = data.measure.targets;
    expect(first.assessment.rule).toBe(
      'The sum of the 5 periods 2008 to 2012 is 3017.997 MtCO2e, against the cap of 3018; the margin of 0.003 is below the precision of this series (0.1), so the two cannot be told apart. This series is not the legal account.',
    );
    expect(first.cumulative.rule).toContain('0.003 less than the cap. This series is not the legal account.');
  });

  it('names the shares that are binding apart from those that are only pledged, and no money', async () => {
    const { data } = await world.ask(question, { variables: { measure } });
    const [found] = data.measure.outcome.missions;
    interface Share {
      publicName: string;
      contributor: { id: string };
      current: { quantity: string; unit: string };
    }
    const rows = ['binding', 'delivered', 'agreed', 'inTalks', 'onlyPledged'].flatMap((standing) =>
      found[standing].nodes.map(({ publicName, contributor, current }: Share) => [
        ...[standing, contributor.id, publicName, `${current.quantity} ${current.unit}`],
      ]),
    );
    expect(table(['standing', 'contributor', 'share', 'of'], ...rows)).toEqual([
      'standing    | contributor              | share           | of',
      'binding     | department-for-transport | Cleaner lorries | 21.5 MtCO2e until 2027',
      'agreed      | department-for-education | Warmer schools  | 0.75 MtCO2e until 2027',
      'onlyPledged | department-for-transport | Fewer flights   | 40 MtCO2e until 2027',
    ]);
  });
});
