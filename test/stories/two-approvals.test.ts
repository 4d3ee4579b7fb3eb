import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act, table, until } from './story-for-tests.js';

let world: World;
let pool: PoolForTests;
beforeAll(async () => {
  world = await startWorld();
  pool = await new PoolForTests(world).open();
}, 60_000);
afterAll(() => world?.stop());

const [old, now] = ['department-for-business', 'department-for-energy'];
const gate = {
  ...{ kind: 'STAGE_GATE', test: 'A hundred thousand heat pumps in a year.', precedent: true },
  gate: { measure: 'heat-pumps', period: '2024', comparator: 'AT_LEAST', value: '100000' },
};
const rules = { kind: 'POLICY', test: 'The planning rules are changed.', precedent: true };

/** The old department pledges under two conditions and both sides agree. */
async function agrees() {
  const terms = w.termsOf('500.00', { budget: pool.id, conditions: [gate, rules] });
  return w.agrees(world, old, { mission: pool.mission, terms });
}

async function publishes(value: string): Promise<void> {
  const statistician = 'office-for-national-statistics.statistician';
  const rows = [{ period: '2024', value }];
  const { codes } = await act(
    world,
    statistician,
    'publishObservations',
    { measure: 'heat-pumps', source: 'ONS', rows },
    'rows { verdict }',
  );
  expect(codes).toEqual([]);
}

async function defines(): Promise<void> {
  const outcome = { id: 'warm-homes', title: 'Warm homes', kind: 'OUTCOME', missions: [pool.mission] };
  await act(world, w.missionUnit, 'defineOutcome', outcome, 'outcome { id }');
  const definition = {
    ...{ formula: 'Heat pumps installed', unit: 'installations', decimals: 0, polarity: 'HIGHER' },
    ...{ frequency: 'YEAR', source: 'ONS' },
  };
  const measure = { id: 'heat-pumps', title: 'Heat pumps', outcome: 'warm-homes', definition };
  await act(world, 'office-for-national-statistics.statistician', 'defineMeasure', measure, 'measure { id }');
}

describe('two approvals', () => {
  it('make a contribution binding, once its conditions are met, and by nobody who may not', async () => {
    await defines();
    const { id, current } = await agrees();
    const lines: string[][] = [['who', 'tries', 'is told']];
    const tries = async (as: string, name: string, input: object) => {
      const done = await act(
        world,
        as,
        name,
        { contribution: id, ...input },
        'contribution { state conditions { status } }',
      );
      const { state, conditions } = done.contribution ?? {};
      const told = done.codes[0] ?? `${state}, ${conditions.map(({ status }: { status: string }) => status).join(' ')}`;
      lines.push([as, name, told]);
    };
    const approval = { versionHash: current.hash };
    const conditions = await idsOf(id);
    const reads = { condition: conditions[0], evidence: 'The published figure.' };
    await tries(w.missionFinance, 'commitContribution', approval);
    await tries(w.missionUnit, 'judgeCondition', reads);
    await publishes('98345');
    await figureIs('98345', id, reads);
    await tries(w.missionUnit, 'judgeCondition', reads);
    await publishes('102000');
    await figureIs('102000', id, reads);
    await tries(w.missionUnit, 'judgeCondition', reads);
    await tries(w.publisher(old), 'judgeCondition', { condition: conditions[1], status: 'MET', evidence: 'Order 7.' });
    await tries(w.missionUnit, 'judgeCondition', { condition: conditions[1], status: 'MET', evidence: 'Order 7.' });
    await tries(w.publisher(old), 'commitContribution', approval);
    await tries(w.officer(w.transport), 'commitContribution', approval);
    await tries(w.missionFinance, 'commitContribution', { versionHash: 'a'.repeat(64) });
    await tries(w.missionFinance, 'commitContribution', approval);
    await tries(w.missionFinance, 'commitContribution', approval);
    await tookOver(id);
    await tries(w.officer(old), 'commitContribution', approval);
    await tries(w.officer(now), 'commitContribution', { ...approval, coverConfirmed: [] });
    await tries(w.officer(now), 'commitContribution', approval);
    expect(table(...lines)).toEqual(
      [
        'who                                        | tries              | is told',
        'mission-delivery-unit.mission-finance      | commitContribution | CONDITION_UNMET',
        'mission-delivery-unit.mission-unit         | judgeCondition     | NO_FIGURE',
        'mission-delivery-unit.mission-unit         | judgeCondition     | AGREED, UNMET OPEN',
        'mission-delivery-unit.mission-unit         | judgeCondition     | AGREED, MET OPEN',
        'department-for-business.publisher          | judgeCondition     | FORBIDDEN',
        'mission-delivery-unit.mission-unit         | judgeCondition     | AGREED, MET MET',
        'department-for-business.publisher          | commitContribution | FORBIDDEN',
        'department-for-transport.accounting-officer | commitContribution | FORBIDDEN',
        'mission-delivery-unit.mission-finance      | commitContribution | NOT_LAST_VERSION',
        'mission-delivery-unit.mission-finance      | commitContribution | AGREED, MET MET',
        'mission-delivery-unit.mission-finance      | commitContribution | SEPARATION_OF_DUTIES',
        'department-for-business.accounting-officer | commitContribution | FORBIDDEN',
        'department-for-energy.accounting-officer   | commitContribution | COVER_NOT_CONFIRMED',
        'department-for-energy.accounting-officer   | commitContribution | COMMITTED, MET MET',
      ].map((line) => line.replace(/^(\S+) +\|/, (_, who: string) => `${who.padEnd(43)} |`)),
    );
    const document = `{ contribution(id: "${id}") { contributor { id } accountableNow { id name } approvals { side organisation { id } coverYears } } }`;
    const { data } = await world.ask(document);
    expect(data.contribution).toEqual({
      ...{ contributor: { id: old }, accountableNow: { id: now, name: 'Energy' } },
      approvals: [
        { side: 'MISSION', organisation: { id: 'mission-delivery-unit' }, coverYears: null },
        { side: 'CONTRIBUTOR', organisation: { id: now }, coverYears: ['2026-27'] },
      ],
    });
    const expected = `{ pooledBudget(id: "${pool.id}") { statement { committed { amount } } } }`;
    const committed = async () => (await world.ask(expected)).data.pooledBudget.statement.committed.amount;
    expect(await until(committed, (sum) => sum === '500.00')).toBe('500.00');
  }, 60_000);
});

async function idsOf(id: string): Promise<string[]> {
  const { data } = await world.ask(`{ contribution(id: "${id}") { conditions { id } } }`);
  return data.contribution.conditions.map((each: { id: string }) => each.id);
}

/** Waits until a figure that was published is known where gates are judged. */
async function figureIs(value: string, contribution: string, reads: object): Promise<void> {
  const read = { contribution, ...reads, dryRun: true };
  const figure = async () =>
    (await act(world, w.missionUnit, 'judgeCondition', read, 'contribution { id }')).codes[0] ?? 'known';
  const owner = await world.owner('contributions');
  const told = async () => (await owner.query('select 1 from measure_figure where value = $1', [value])).rowCount === 1;
  expect([await until(told, (is) => is), await figure()]).toEqual([true, 'known']);
}

/** The register says who took over; that is known to the contributions a moment later. */
async function tookOver(id: string): Promise<void> {
  const organisations = [
    { id: now, name: 'Energy', kind: 'DEPARTMENT' },
    { id: old, name: 'Business', kind: 'DEPARTMENT', validTo: '2023-02-06', successors: [now] },
  ];
  await act(world, w.missionUnit, 'registerOrganisations', { organisations }, 'rows { verdict }');
  const document = `{ contribution(id: "${id}") { accountableNow { id } } }`;
  const accountable = async () => (await world.ask(document)).data.contribution.accountableNow?.id;
  expect(await until(accountable, (is) => is === now)).toBe(now);
}
