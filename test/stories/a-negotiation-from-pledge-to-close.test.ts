import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PoolForTests } from '../../services/budgets/pool-for-tests.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { startWorld, type World } from '../world.js';
import { act, londonDay, table, until } from './story-for-tests.js';

let world: World;
let pool: PoolForTests;
beforeAll(async () => {
  world = await startWorld();
  pool = await new PoolForTests(world).open();
}, 60_000);
afterAll(() => world?.stop());

const department = w.education;
const [publisher, officer] = [w.publisher(department), w.officer(department)];
const shown = 'contribution { id state current { number hash } }';
const does = (as: string, name: string, input: object) => act(world, as, name, input, shown);
const terms = (decimal: string, more: object = {}) => w.termsOf(decimal, { budget: pool.id, ...more });

interface Standing {
  state: string;
  total: string;
  committed: string;
  deposited: string;
  outstanding: string;
}
/** What both services say of it, in one query. */
async function standing(id: string): Promise<Standing> {
  const { data, errors } = await world.ask(
    `query ($id: ID!, $pool: ID!) {
      contribution(id: $id) { state current { total { amount } } deposited { amount } outstanding { amount } }
      pooledBudget(id: $pool) { statement { committed { amount } } } }`,
    { as: w.auditor, variables: { id, pool: pool.id } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  const { state, current, deposited, outstanding } = data.contribution;
  return {
    ...{ state, total: current.total.amount, committed: data.pooledBudget.statement.committed.amount },
    ...{ deposited: deposited?.amount ?? '-', outstanding: outstanding?.amount ?? '-' },
  };
}

describe('a negotiation from pledge to close', () => {
  it('is told by both sides, the ledger and the pool as one story, and no penny is in it twice', async () => {
    const lines: string[][] = [['what happens', 'state', 'terms', 'pool expects', 'deposited', 'outstanding']];
    let id = '';
    const line = async (what: string, isSo: Partial<Standing> = {}) => {
      const seen = await until(
        () => standing(id),
        (now) => Object.entries(isSo).every(([key, value]) => now[key as keyof Standing] === value),
      );
      lines.push([what, seen.state, seen.total, seen.committed, seen.deposited, seen.outstanding]);
    };
    const pledge = { mission: pool.mission, kind: 'MONEY', pooling: 'POOLED', publicName: 'Heat pump skills' };
    const pledged = await does(publisher, 'pledgeContribution', { ...pledge, terms: terms('800.00') });
    id = pledged.contribution.id;
    await line('the department pledges');
    await does(w.missionUnit, 'proposeTerms', { contribution: id, terms: terms('1200.00') });
    await line('the mission asks for more');
    const counter = await does(publisher, 'proposeTerms', { contribution: id, terms: terms('1000.00') });
    await line('the department meets it half way');
    const agreed = w.acceptance(id, counter.contribution.current.hash, department);
    await does(w.missionUnit, 'acceptTerms', { ...agreed, instrument: 'COVER_TRANSFER', host: pool.host });
    await line('the mission accepts');
    const approval = { contribution: id, versionHash: counter.contribution.current.hash };
    await does(officer, 'commitContribution', approval);
    await line('the accounting officer approves');
    await does(w.missionFinance, 'commitContribution', approval);
    await line('mission finance approves', { committed: '1000.00', outstanding: '1000.00' });
    await pays(id, '400.00', 'first');
    await line('a first part arrives', { state: 'PART_DEPOSITED', deposited: '400.00' });
    const refused = await does(publisher, 'varyContribution', { contribution: id, terms: terms('399.99') });
    expect(refused.codes).toEqual(['LESS_THAN_DEPOSITED']);
    await does(publisher, 'varyContribution', { contribution: id, terms: terms('900.00') });
    await line('the department asks to pay less');
    const { data } = await world.ask(`{ contribution(id: "${id}") { variation { version { hash } } } }`, {
      as: w.missionUnit,
    });
    const { hash } = data.contribution.variation.version;
    await does(w.missionUnit, 'acceptTerms', w.acceptance(id, hash, department));
    for (const as of [officer, w.missionFinance])
      await does(as, 'commitContribution', { contribution: id, versionHash: hash });
    await line('all agree and approve', { committed: '900.00', outstanding: '500.00' });
    await pays(id, '300.00', 'second');
    await line('a second part arrives', { deposited: '700.00' });
    const loss = { contribution: id, amount: w.pounds('200.00'), reason: 'A supplier failed.' };
    await does(officer, 'writeOffContribution', loss);
    await line('the accounting officer gives up the rest');
    await does(w.missionFinance, 'writeOffContribution', loss);
    await line('so does mission finance for the board', { outstanding: '0.00' });
    for (const to of ['CLOSING', 'CLOSED']) {
      const closed = await act(
        world,
        `${pool.host}.accounting-officer`,
        'closeBudget',
        { budget: pool.id, to },
        'budget { state }',
      );
      expect(closed.budget.state).toBe(to);
    }
    await line('the pool is closed', { state: 'CLOSED' });
    expect(table(...lines)).toEqual([
      'what happens                             | state          | terms   | pool expects | deposited | outstanding',
      'the department pledges                   | PLEDGED        | 800.00  | 0.00         | -         | -',
      'the mission asks for more                | NEGOTIATING    | 1200.00 | 0.00         | -         | -',
      'the department meets it half way         | NEGOTIATING    | 1000.00 | 0.00         | -         | -',
      'the mission accepts                      | AGREED         | 1000.00 | 0.00         | -         | -',
      'the accounting officer approves          | AGREED         | 1000.00 | 0.00         | -         | -',
      'mission finance approves                 | COMMITTED      | 1000.00 | 1000.00      | 0.00      | 1000.00',
      'a first part arrives                     | PART_DEPOSITED | 1000.00 | 1000.00      | 400.00    | 600.00',
      'the department asks to pay less          | PART_DEPOSITED | 1000.00 | 1000.00      | 400.00    | 600.00',
      'all agree and approve                    | PART_DEPOSITED | 900.00  | 900.00       | 400.00    | 500.00',
      'a second part arrives                    | PART_DEPOSITED | 900.00  | 900.00       | 700.00    | 200.00',
      'the accounting officer gives up the rest | PART_DEPOSITED | 900.00  | 900.00       | 700.00    | 200.00',
      'so does mission finance for the board    | DEPOSITED      | 900.00  | 900.00       | 700.00    | 0.00',
      'the pool is closed                       | CLOSED         | 900.00  | 900.00       | 700.00    | 0.00',
    ]);
    expect(await history(id)).toEqual([
      ...['PLEDGED', 'NEGOTIATING', 'NEGOTIATING', 'AGREED', 'COMMITTED', 'PART_DEPOSITED', 'PART_DEPOSITED'],
      ...['DEPOSITED', 'FULFILLED', 'CLOSED'],
    ]);
  }, 60_000);
});

async function pays(contribution: string, amount: string, reference: string): Promise<void> {
  const deposit = { budget: pool.id, contribution, amount: w.pounds(amount), reference, effectiveOn: londonDay() };
  const { codes, transfer } = await act(
    ...([
      world,
      `${pool.host}.publisher`,
      'recordDeposit',
      { ...deposit, controlTotal: 'RDEL_PROGRAMME' },
      'transfer { id }',
    ] as const),
  );
  expect([codes, typeof transfer?.id]).toEqual([[], 'string']);
}

async function history(id: string): Promise<string[]> {
  const { data } = await world.ask(`{ contribution(id: "${id}") { states { state } } }`);
  return data.contribution.states.map(({ state }: { state: string }) => state);
}
