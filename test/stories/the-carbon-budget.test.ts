import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Wire, wire } from '../../services/contributions/stores-for-tests.js';
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
  // Made up, so that something is to be closed.
  { value: '1640', periodStart: '2023-01-01', periodEnd: '2027-12-31' },
  { value: '1600', periodStart: '2023-01-01', periodEnd: '2027-12-31' },
];

let world: World;
let line: Wire;
const does = async (as: string, name: string, input: object, fields: string) => {
  const { codes } = await act(world, as, name, input, fields);
  if (codes.length > 0) throw new Error(`${name}: ${codes}`);
};
const share = (quantity: string, publicName: string, unit = 'MtCO2e until 2027', more: object = {}) => ({
  ...{ mission, kind: 'OUTCOME_SHARE', pooling: 'IN_KIND', publicName },
  terms: { quantity, unit, ...more },
});
async function suspends(): Promise<void> {
  const conditions = [{ kind: 'FIDUCIARY', test: 'The accounts are signed.' }];
  const { id: contribution } = await w.commits(
    world,
    w.transport,
    share('3', 'Slower vans', undefined, { conditions }),
  );
  const { data } = await world.ask(`{ contribution(id: "${contribution}") { conditions { id } } }`);
  const [condition] = data.contribution.conditions;
  const judged = { contribution, condition: condition.id, status: 'UNMET', evidence: 'e' };
  await does(w.missionUnit, 'judgeCondition', judged, 'contribution { id }');
  await does(w.missionUnit, 'suspendContribution', { contribution, reason: 'r' }, 'contribution { id }');
}

beforeAll(async () => {
  line = await wire();
  const stores = { [w.transport]: (address: string) => line.through(address) };
  world = await startWorld({ services: ['missions', 'contributions', 'outcomes'], stores });
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
  await w.commits(world, w.education, share('1500000.25', 'Cooler schools', 'tonnes of CO2e until 2027'));
  await w.pledges(world, w.education, share('120000', 'School buses', 'tonnes of CO2e a year by 2030'));
  await suspends();
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await line?.close();
});

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
      '1640 | NO_DATA             | 0 of 5  | -        | -         | 1654.548  | 14.548   | 2027',
      '1600 | NO_DATA             | 0 of 5  | -        | -         | 1654.548  | 54.548   | 2027',
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
    const rows = ['binding', 'suspended', 'delivered', 'agreed', 'inTalks', 'onlyPledged'].flatMap((standing) =>
      found[standing].nodes.map(({ publicName, contributor, current }: Share) => [
        ...[standing, contributor.id, publicName, `${current.quantity} ${current.unit}`],
      ]),
    );
    expect(table(['standing', 'contributor', 'share', 'of'], ...rows)).toEqual([
      'standing    | contributor              | share           | of',
      'binding     | department-for-education | Cooler schools  | 1500000.25 tonnes of CO2e until 2027',
      'binding     | department-for-transport | Cleaner lorries | 21.5 MtCO2e until 2027',
      'suspended   | department-for-transport | Slower vans     | 3 MtCO2e until 2027',
      'agreed      | department-for-education | Warmer schools  | 0.75 MtCO2e until 2027',
      'onlyPledged | department-for-education | School buses    | 120000 tonnes of CO2e a year by 2030',
      'onlyPledged | department-for-transport | Fewer flights   | 40 MtCO2e until 2027',
    ]);
  });

  it('says whether the binding shares close the gap, how much they leave open, and what does not bind', async () => {
    const { data } = await world.ask(question, { variables: { measure } });
    interface Sum {
      total: string;
      count: number;
    }
    const standings = ['bound', 'suspended', 'agreed', 'inTalks', 'onlyPledged', 'delivered'];
    const rows = data.measure.targets.map(({ value, closing }: { value: string; closing: Record<string, unknown> }) => {
      const sums = standings.map((standing) => (closing[standing] as Sum).total);
      return [value, closing.gap, ...sums, closing.closes, closing.open].map(String);
    });
    expect(table(['cap', 'gap', ...standings, 'closes', 'open'], ...rows)).toEqual([
      'cap  | gap      | bound       | suspended | agreed | inTalks | onlyPledged | delivered | closes | open',
      '3018 | -0.003   | 0           | 0         | 0      | 0       | 0           | 0         | true   | 0',
      '2544 | -409.034 | 0           | 0         | 0      | 0       | 0           | 0         | true   | 0',
      '1950 | -295.452 | 23.00000025 | 3         | 0.75   | 0       | 40          | 0         | true   | 0',
      '1640 | 14.548   | 23.00000025 | 3         | 0.75   | 0       | 40          | 0         | true   | 0',
      '1600 | 54.548   | 23.00000025 | 3         | 0.75   | 0       | 40          | 0         | false  | 31.54799975',
    ]);
    const [, , , , last] = data.measure.targets;
    expect(last.closing.bound.count).toBe(2);
    expect(last.closing.rule).toBe(
      '54.548 MtCO2e are to be saved; binding shares until 2027 come to 23.00000025 MtCO2e and leave 31.54799975 open. Not counted as binding: 3 suspended, 0.75 agreed, 40 only pledged. Shares in other units or for another time are in none of these sums.',
    );
    expect(last.closing.notCounted).toEqual([
      {
        ...{ unit: 'tonnes of CO2e a year by 2030', count: 1 },
        reason: 'It does not say until when, as "MtCO2e until 2027" would.',
      },
    ]);
  });

  it('gives no sum while a store is away, says whose it is, and keeps the gap', async () => {
    await line.cut();
    try {
      const { data, errors } = await world.ask(question, { variables: { measure } });
      const [, , , , last] = data.measure.targets;
      expect([last.closing, last.cumulative.gap]).toEqual([null, '54.548']);
      const named = errors!.filter(({ path }) => path.at(-1) === 'closing').map(({ extensions }) => extensions);
      expect(named).toHaveLength(5);
      expect(named[0]).toMatchObject({ code: 'STORE_UNAVAILABLE', organisation: w.transport });
      expect(data.measure.outcome.missions[0].binding.unavailable).toEqual([{ id: w.transport }]);
    } finally {
      await line.mend();
    }
  });
});
