import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { does, outcomeOf, publishes, type Shown, sets } from '../../services/outcomes/briefing-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act, table } from './story-for-tests.js';

const question = readFileSync('test/questions/3-as-known-when-decided.graphql', 'utf8');
const board = 'department-for-energy-security-and-net-zero';
const byBoard = `${board}.approver`;
let world: World;
let pool: PoolForTests;
let mission: string;
let decision: string;
let open: string;
const briefs = (deed: string, input: object, fields: string) => does(world, w.missionUnit, deed, input, fields);

const ask = async (id: string, more: object = {}): Promise<Shown> => {
  const { data, errors } = await world.ask(question, { variables: { decision: id }, ...more });
  expect(errors).toBeUndefined();
  return data.decision;
};
const opens = async (subject: string): Promise<string> =>
  (await briefs('openDecision', { mission, question: `What of ${subject}?`, decider: board }, 'decision { id }'))
    .decision.id;
const newestOf = async (measure: string): Promise<string> =>
  (await world.ask(`{ measure(id: "${measure}") { latest { id } } }`)).data.measure.latest.id;
const decides = (id: string, evidence: string[]) =>
  act(world, byBoard, 'decide', { decision: id, chosen: 'Yes', rationale: 'r', evidence }, 'decision { decidedAt }');

/** A board decides on figures and money, and then all of them go on. */
beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'budgets', 'outcomes'] });
  pool = new PoolForTests(world);
  mission = pool.mission;
  await briefs(
    'registerOrganisations',
    { organisations: [{ id: board, name: board, kind: 'DEPARTMENT' }] },
    'rows { id }',
  );
  const proposal = { id: mission, name: 'Clean energy', purpose: 'p', meaning: 'PRIORITY', ambition: 'COMMITTED' };
  await briefs('proposeMission', proposal, 'mission { id }');
  await Promise.all([pool.open({ name: 'Homes' }), outcomeOf(world, mission, 'less-warming', ['emissions', 'leaks'])]);
  await pool.fund('1000.00');
  await pool.allocate('400.00');
  [decision, open] = [await opens('homes'), await opens('roofs')];
  await decides(decision, [await newestOf('emissions'), await newestOf('leaks')]);
  await publishes(world, 'emissions', { 2021: '385.0' });
  await sets(world, 'leaks', '410.0');
  await outcomeOf(world, mission, 'warm-homes', ['cold-homes']);
  await pool.fund('500.00');
  const allocation = await pool.allocate('600.00');
  await pool.pay(await pool.draw(allocation, '150.00'));
  await new PoolForTests(world).open({ name: 'Roofs', mission });
}, 60_000);
afterAll(() => world?.stop());

const figure = (shown: Shown) => (shown ? `${shown.value} in ${shown.vintage}` : '-');
const evidenceOf = ({ evidence }: Shown) =>
  evidence.map(({ observation }: Shown) => [observation.period, figure(observation), figure(observation.newest)]);
const moneyOf = ({ budgets }: Shown) => {
  const words = ['committed', 'deposited', 'unallocated', 'allocated', 'drawnDown'];
  return budgets.flatMap(({ budget, knownThen, knownNow }: Shown) =>
    words.map((word) => [budget.name, word, knownThen?.[word].amount ?? '-', knownNow[word].amount]),
  );
};
const measuresOf = ({ measures }: Shown) =>
  measures.map(({ measure, knownThen, knownNow, changes }: Shown) => {
    const known = (each: Shown) => (each ? `${figure(each.figure)}: ${each.verdict}` : '-');
    return [measure.id, known(knownThen), known(knownNow), changes.join(' ')];
  });

describe('one query at the gateway, question 3,', () => {
  it('shows the figures that were pinned when it was decided, beside what is known of each now', async () => {
    expect(table(['period', 'then', 'now'], ...evidenceOf(await ask(decision)))).toEqual([
      'period | then       | now',
      '2021   | 400.0 in 1 | 385.0 in 2',
      '2021   | 400.0 in 1 | 400.0 in 1',
    ]);
  });

  it('shows the money of the mission, pool by pool, as known then and now', async () => {
    expect(table(['pool', 'money', 'then', 'now'], ...moneyOf(await ask(decision)))).toEqual([
      'pool  | money       | then    | now',
      'Homes | committed   | 1000.00 | 1500.00',
      'Homes | deposited   | 1000.00 | 1500.00',
      'Homes | unallocated | 600.00  | 500.00',
      'Homes | allocated   | 400.00  | 1000.00',
      'Homes | drawnDown   | 0.00    | 150.00',
      'Roofs | committed   | -       | 0.00',
      'Roofs | deposited   | -       | 0.00',
      'Roofs | unallocated | -       | 0.00',
      'Roofs | allocated   | -       | 0.00',
      'Roofs | drawnDown   | -       | 0.00',
    ]);
  });

  it('shows every measure of the outcomes as known then and now', async () => {
    expect(table(['measure', 'then', 'now', 'changes'], ...measuresOf(await ask(decision)))).toEqual([
      'measure    | then               | now                | changes',
      'cold-homes | -: NO_DATA         | 400.0 in 1: BEHIND | NEW_PERIOD TRAJECTORY_CHANGED VERDICT_CHANGED',
      'emissions  | 400.0 in 1: BEHIND | 385.0 in 2: AHEAD  | RESTATED VERDICT_CHANGED',
      'leaks      | 400.0 in 1: BEHIND | 400.0 in 1: AHEAD  | TRAJECTORY_CHANGED VERDICT_CHANGED',
    ]);
  });

  it('is cut as a whole by the instant of the decision: As-Known-At that instant, now is then', async () => {
    const today = await ask(decision);
    // The hub learnt of the decision a moment after it was taken, and of all else later.
    const asKnownAt = (await world.ask(`{ decision(id: "${decision}") { recordedAt } }`)).data.decision.recordedAt;
    const then = await ask(decision, { asKnownAt });
    const wasThere = ([what]: string[]) => what !== 'Roofs' && what !== 'cold-homes';
    expect(moneyOf(then)).toEqual(
      moneyOf(today)
        .filter(wasThere)
        .map(([pool, word, known]: string[]) => [pool, word, known, known]),
    );
    expect(measuresOf(then)).toEqual(
      measuresOf(today)
        .filter(wasThere)
        .map(([measure, known]: string[]) => [measure, known, known, '']),
    );
    expect(evidenceOf(then).map(([, pinned, newest]: string[]) => pinned === newest)).toEqual([true, true]);
  });

  it('shows no then of a decision that is still open', async () => {
    expect(await ask(open)).toMatchObject({ decidedAt: null, evidence: [], budgets: null, measures: null });
  });

  it('refuses to look back to more than 20 instants at once', async () => {
    const sites = Array.from({ length: 21 }, (_, number) => `site${number}`);
    const input = (site: string, more: string) => `(input: { idempotencyKey: "${site}", ${more} }) { decision { id } }`;
    const openAll = sites.map((site) => {
      return `${site}: openDecision${input(`open ${site}`, `mission: "${mission}", question: "q", decider: "${board}"`)}`;
    });
    const { data } = await world.ask(`mutation { ${openAll.join(' ')} }`, { as: w.missionUnit });
    const decideAll = sites.map((site, at) => {
      const taken = `decision: "${data[site].decision.id}", chosen: "Yes", rationale: "r"`;
      return `${site}: decide${input(site, `${taken}, decidedAt: "2026-01-${at + 10}T00:00:00Z"`)}`;
    });
    await world.ask(`mutation { ${decideAll.join(' ')} }`, { as: byBoard });
    const many = '{ decisions(first: 30) { nodes { budgets { knownThen { deposited { amount } } } } } }';
    const { errors } = await world.ask(many);
    expect([...new Set(errors!.map(({ extensions }) => extensions.code))]).toEqual(['BAD_USER_INPUT']);
  });
});
