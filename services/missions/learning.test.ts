import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { londonDay } from '../../test/stories/story-for-tests.js';
import { startWorld, type World } from '../../test/world.js';
import { asService, does, missionUnit, type Shown, tries } from '../outcomes/briefing-for-tests.js';

const mission = 'healthy-lives';
const council = 'kent-county-council';
const decider = 'hm-treasury';
let world: World;
let role: Client;

/** Does a deed of the mission unit; answers its noun with the codes of its refusals. */
const unit = (name: string, input: object, fields: string, as = missionUnit) => tries(world, as, name, input, fields);
const by = (sql: string) => asService(role, ['mission-delivery-unit', 'mission-unit'], sql);

beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
  role = await world.serviceRole('missions');
  const organisations = [council, decider].map((id) => ({ id, name: id, kind: 'COUNCIL' }));
  await does(world, missionUnit, 'registerOrganisations', { organisations }, 'rows { id }');
  const proposal = { id: mission, name: mission, purpose: 'p', meaning: 'CHALLENGE', ambition: 'COMMITTED' };
  await does(world, missionUnit, 'proposeMission', proposal, 'mission { id }');
  const challenge = { id: 'well-before-ill', name: 'Well', archetype: 'PREVENTION_SHIFT', spending: 'PREVENTION' };
  const missions = [{ mission, weight: 60 }];
  await does(world, missionUnit, 'addChallenge', { ...challenge, missions }, 'challenge { id }');
});
afterAll(() => world?.stop());

describe('what a challenge spends on', () => {
  it('is a word in capitals, or not said', async () => {
    const added = async (id: string, spending?: string) => {
      const input = { id, name: id, archetype: 'INFRASTRUCTURE', spending, missions: [{ mission, weight: 10 }] };
      const { challenge, codes } = await unit('addChallenge', input, 'challenge { spending }');
      return codes.join() || challenge.spending;
    };
    expect([await added('beds', 'ACUTE'), await added('wires'), await added('odd', 'on beds')]).toEqual([
      'ACUTE',
      null,
      'BAD_USER_INPUT',
    ]);
    await expect(by(`update challenge set spending = 'on beds'`)).rejects.toThrow('violates check constraint');
  });

  it('is kept in the history of the challenge like all else', async () => {
    const now = await (await world.owner('missions')).query('select clock_timestamp() as now');
    const owner = await world.owner('missions');
    await owner.query(`update challenge set spending = 'PREVENTION', version = version + 1 where id = 'wires'`);
    const query = '{ challenge(id: "wires") { spending missions { weight } } }';
    const [then, today] = await Promise.all([
      world.ask(query, { asKnownAt: now.rows[0].now.toISOString() }),
      world.ask(query),
    ]);
    expect([then.data.challenge, today.data.challenge]).toEqual([
      { spending: null, missions: [{ weight: 10 }] },
      { spending: 'PREVENTION', missions: [{ weight: 10 }] },
    ]);
  });
});

describe('the evidence of a decision', () => {
  const vintage = (number: number, series: string = randomUUID()) => `observation:${series}:2024-01-01:${number}`;
  const shown = 'decision { evidence { observationId } }';
  const opened = async (): Promise<string> => {
    const question = { mission, question: 'What of beds?', decider };
    return (await does(world, missionUnit, 'openDecision', question, 'decision { id }')).decision.id;
  };
  const decides = (decision: string, evidence: string[], more: object = {}) =>
    unit('decide', { decision, chosen: 'A', rationale: 'r', evidence, ...more }, shown, `${decider}.approver`);
  const ids = ({ evidence }: Shown) => evidence.map(({ observationId }: Shown) => observationId);

  it('is pinned in its order when the decision is taken, and shown to the public', async () => {
    const [decision, pinned] = [await opened(), [vintage(2), vintage(1)]];
    expect(ids((await decides(decision, pinned, { dryRun: true })).decision)).toEqual(pinned);
    expect(ids((await decides(decision, pinned)).decision)).toEqual(pinned);
    const { data } = await world.ask(`{ decision(id: "${decision}") { evidence { observationId } } }`);
    expect(ids(data.decision)).toEqual(pinned);
  });

  it.each([
    ['no id of a vintage', () => ['emissions']],
    ['the same vintage twice', () => [vintage(1, council.padEnd(36, '0')), vintage(1, council.padEnd(36, '0'))]],
    ['more than fifty', () => Array.from({ length: 51 }, (_, number) => vintage(number + 1))],
  ])('is refused with BAD_USER_INPUT where it is %s', async (_, evidence) => {
    const decision = await opened();
    expect((await decides(decision, evidence())).codes).toEqual(['BAD_USER_INPUT']);
    expect((await world.ask(`{ decision(id: "${decision}") { state } }`)).data.decision.state).toBe('OPEN');
  });

  it('is refused by the database too: after the decision, under another shape, changed or taken away', async () => {
    const [decision, open] = [await opened(), await opened()];
    await decides(decision, [vintage(1)]);
    const pin = (of: string, id: string) =>
      by(`insert into decision_evidence (decision_id, place, observation_id) values ('${of}', 2, '${id}')`);
    await expect(pin(decision, vintage(2))).rejects.toThrow('evidence is pinned when a decision is taken, not after');
    await expect(pin(open, 'emissions')).rejects.toThrow('violates check constraint');
    await expect(by('update decision_evidence set place = 3')).rejects.toThrow('permission denied');
    await expect(by('delete from decision_evidence')).rejects.toThrow('permission denied');
  });
});

describe('a learning cycle', () => {
  const cycle = {
    ...{ challenge: 'well-before-ill', hypothesis: 'Who is rung up stays well.', change: 'Nurses ring up people.' },
    ...{ endsOn: londonDay(20), measure: 'visits', expected: 'Fewer visits.', expectedChange: '-12.50' },
  };
  const fields = 'learningCycle { id state startedOn lengthDays warning expectedChange next version }';
  const starts = (more: object = {}, as = missionUnit) => unit('startLearningCycle', { ...cycle, ...more }, fields, as);
  const came = { observed: 'Nothing to be told.', learned: 'It takes longer.', next: 'REPEAT' };
  const closes = (learningCycle: string, more: object = {}) =>
    unit('closeLearningCycle', { learningCycle, ...came, ...more }, fields);

  it('runs from its change on, and is closed once with what was learned', async () => {
    const { learningCycle } = await starts();
    expect(learningCycle).toMatchObject({
      ...{ state: 'RUNNING', startedOn: londonDay(), lengthDays: 21, warning: null, expectedChange: '-12.50' },
    });
    const closed = await closes(learningCycle.id, { expectedVersion: 1 });
    expect(closed.learningCycle).toMatchObject({ state: 'CLOSED', next: 'REPEAT', version: 2 });
    expect((await closes(learningCycle.id)).codes).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('carries a warning above 31 days and is refused with CYCLE_TOO_LONG above 90', async () => {
    const of = async (days: number) => {
      const { learningCycle, codes } = await starts({ endsOn: londonDay(days - 1) });
      return codes.join() || (learningCycle.warning ?? 'no warning');
    };
    expect([await of(31), await of(32), await of(90), await of(91)]).toEqual([
      'no warning',
      'This cycle takes 32 days; one learns more often within 31.',
      'This cycle takes 90 days; one learns more often within 31.',
      'CYCLE_TOO_LONG',
    ]);
  });

  it.each([
    ['UNKNOWN_CHALLENGE', { challenge: 'nowhere' }],
    ['BAD_USER_INPUT', { endsOn: londonDay(-1) }],
    ['BAD_USER_INPUT', { startedOn: londonDay(1) }],
    ['BAD_USER_INPUT', { hypothesis: ' ' }],
    ['BAD_USER_INPUT', { measure: 'Not A Slug' }],
    ['BAD_USER_INPUT', { expectedChange: '0.00' }],
  ])('is not started, with %s: %j', async (code, change) => {
    expect((await starts(change)).codes).toEqual([code]);
  });

  it('is not closed under another id, on another version, before it started, with nothing learned or by others', async () => {
    const { id } = (await starts()).learningCycle;
    const refused = [
      await closes('cycle-none'),
      await closes(id, { expectedVersion: 7 }),
      await closes(id, { closedOn: londonDay(-1) }),
      await closes(id, { closedOn: londonDay(1) }),
      await closes(id, { learned: '' }),
      await starts({}, `${council}.publisher`),
    ];
    expect(refused.map(({ codes }) => codes.join())).toEqual([
      ...['UNKNOWN_CYCLE', 'STALE_VERSION', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'FORBIDDEN'],
    ]);
  });

  it('stands in its challenge and mission, the latest first, as known at an instant', async () => {
    const { learningCycle } = await starts({ change: 'Something else.' });
    const { data } = await world.ask(`{ learningCycle(id: "${learningCycle.id}") { recordedAt measure { id } } }`);
    expect(data.learningCycle.measure).toEqual({ id: 'visits' });
    await closes(learningCycle.id);
    const query = `{ mission(id: "${mission}") { learningCycles(first: 1) { nodes { change state learned } } }
      challenge(id: "well-before-ill") { learningCycles(first: 1) { nodes { change state } } } }`;
    const then = (await world.ask(query, { asKnownAt: data.learningCycle.recordedAt })).data;
    const now = (await world.ask(query)).data;
    const changed = { change: 'Something else.', state: 'RUNNING' };
    expect(then.mission.learningCycles.nodes).toEqual([{ ...changed, learned: null }]);
    expect(then.challenge.learningCycles.nodes).toEqual([changed]);
    expect(now.mission.learningCycles.nodes).toEqual([{ ...changed, state: 'CLOSED', learned: came.learned }]);
  });

  it('is refused by the database when it is written by hand', async () => {
    const { id } = (await starts()).learningCycle;
    await closes(id);
    const insert = (column: string, value: string) => {
      const given: Record<string, string> = {
        ...{ id: `'cycle-${randomUUID()}'`, challenge_id: `'well-before-ill'`, hypothesis: `'h'`, change: `'c'` },
        ...{ started_on: `'2026-01-01'`, ends_on: `'2026-01-31'`, measure_id: `'visits'`, expected: `'e'` },
        ...{ state: `'RUNNING'`, illustrative: 'false', [column]: value },
      };
      return by(`insert into learning_cycle (${Object.keys(given)}) values (${Object.values(given)})`);
    };
    await insert('illustrative', 'true');
    await expect(insert('ends_on', `'2026-04-01'`)).rejects.toThrow('cycle_of_1_to_90_days');
    await expect(insert('ends_on', `'2025-12-31'`)).rejects.toThrow('cycle_of_1_to_90_days');
    await expect(insert('state', `'CLOSED'`)).rejects.toThrow('closed_with_all_that_was_learned');
    const change = (set: string) => by(`update learning_cycle set ${set} where id = '${id}'`);
    await expect(change(`learned = 'otherwise'`)).rejects.toThrow('this learning cycle is closed');
    for (const sql of [`update learning_cycle set hypothesis = 'h'`, 'delete from learning_cycle'])
      await expect(by(sql)).rejects.toThrow('permission denied');
  });
});

describe('an input pledge', () => {
  const pledge = { mission, pledger: council, text: 'Nurses', quantity: '400', unit: 'nurses', dueOn: londonDay(-1) };
  const fields = 'inputPledge { id state quantity delivered settledOn version }';
  const pledges = (more: object = {}, as = missionUnit) => unit('pledgeInput', { ...pledge, ...more }, fields, as);
  const settles = (inputPledge: string, how: string, more: object = {}, as = missionUnit) =>
    unit('settleInputPledge', { inputPledge, how, evidence: 'Counted.', ...more }, fields, as);
  const pledged = async (more: object = {}): Promise<string> => (await pledges(more)).inputPledge.id;

  it('is made by its organisation or the mission unit, and settled once by the mission unit', async () => {
    const own = await pledges({}, `${council}.publisher`);
    expect(own.inputPledge).toMatchObject({ state: 'SCHEDULED', quantity: '400', delivered: null });
    expect((await pledges({ pledger: decider }, `${council}.publisher`)).codes).toEqual(['FORBIDDEN']);
    const { id } = own.inputPledge;
    expect((await settles(id, 'MET', { delivered: '400' }, `${council}.publisher`)).codes).toEqual(['FORBIDDEN']);
    const done = await settles(id, 'MET', { delivered: '400.0', expectedVersion: 1 });
    expect(done.inputPledge).toMatchObject({ state: 'MET', delivered: '400.0', settledOn: londonDay(), version: 2 });
    expect((await settles(id, 'NOT_MET', { delivered: '0' })).codes).toEqual(['ILLEGAL_TRANSITION']);
  });

  it.each([
    ['0', 'NOT_MET'],
    ['399.99', 'PARTIALLY_MET'],
    ['400', 'MET'],
    ['10000000000000000000.5', 'MET'],
  ])('of 400 is settled by what came: %s is %s and nothing else', async (delivered, fitting) => {
    const id = await pledged();
    for (const how of ['NOT_MET', 'PARTIALLY_MET', 'MET']) {
      const { codes } = await settles(id, how, { delivered, dryRun: true });
      expect([how, codes.join()]).toEqual([how, how === fitting ? '' : 'VERDICT_DOES_NOT_FIT']);
    }
  });

  it('that is not counted is settled by what is said of it', async () => {
    const plain = { quantity: null, unit: null };
    const [first, other] = [await pledged(plain), await pledged(plain)];
    expect((await settles(first, 'PARTIALLY_MET')).inputPledge.state).toBe('PARTIALLY_MET');
    expect((await settles(other, 'MET', { delivered: '3' })).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('is not called unmet before its day is over, and may be met early', async () => {
    const id = await pledged({ dueOn: londonDay() });
    expect((await settles(id, 'NOT_MET', { delivered: '0' })).codes).toEqual(['NOT_DUE_YET']);
    expect((await settles(id, 'MET', { delivered: '401' })).codes).toEqual([]);
  });

  it.each([
    ['UNKNOWN_MISSION', { mission: 'nowhere' }],
    ['UNKNOWN_ORGANISATION', { pledger: 'nobody-at-all' }],
    ['BAD_USER_INPUT', { text: ' ' }],
    ['BAD_USER_INPUT', { unit: null }],
    ['BAD_USER_INPUT', { quantity: '0.0' }],
    ['BAD_USER_INPUT', { quantity: '-1' }],
    ['BAD_USER_INPUT', { outcome: 'Not A Slug' }],
  ])('is not made, with %s: %j', async (code, change) => {
    expect((await pledges(change)).codes).toEqual([code]);
  });

  it('is not settled under another id, on another version, without numbers or evidence, as SCHEDULED or tomorrow', async () => {
    const id = await pledged();
    const refused = [
      await settles('pledge-none', 'MET', { delivered: '400' }),
      await settles(id, 'MET', { delivered: '400', expectedVersion: 7 }),
      await settles(id, 'MET'),
      await settles(id, 'NOT_MET', { delivered: '-1' }),
      await settles(id, 'MET', { delivered: '400', evidence: '' }),
      await settles(id, 'SCHEDULED'),
      await settles(id, 'MET', { delivered: '400', settledOn: londonDay(1) }),
    ];
    expect(refused.map(({ codes }) => codes.join())).toEqual([
      ...['UNKNOWN_PLEDGE', 'STALE_VERSION', ...Array(5).fill('BAD_USER_INPUT')],
    ]);
  });

  it('stands in its mission by the day it is due, as known at an instant', async () => {
    const id = await pledged({ dueOn: '2001-01-01', outcome: 'fewer-visits' });
    const { data } = await world.ask(
      `{ inputPledge(id: "${id}") { recordedAt outcome { id } mission { id } pledger { id } } }`,
    );
    const { recordedAt: asKnownAt, ...named } = data.inputPledge;
    expect(named).toEqual({ outcome: { id: 'fewer-visits' }, mission: { id: mission }, pledger: { id: council } });
    await settles(id, 'NOT_MET', { delivered: '0' });
    const query = `{ mission(id: "${mission}") { inputPledges(first: 1) { nodes { id state } } } }`;
    const at = async (asked: object) => (await world.ask(query, asked)).data.mission.inputPledges.nodes;
    expect([...(await at({ asKnownAt })), ...(await at({}))]).toEqual([
      { id, state: 'SCHEDULED' },
      { id, state: 'NOT_MET' },
    ]);
  });

  it('that is written by hand is refused by the database', async () => {
    const [open, settled] = [await pledged(), await pledged()];
    await settles(settled, 'MET', { delivered: '400' });
    const set = (state: string, delivered: string, on = '2026-11-01') =>
      `state = '${state}', delivered = ${delivered}, evidence = 'e', settled_on = '${on}'`;
    const change = (id: string, values: string) => by(`update input_pledge set ${values} where id = '${id}'`);
    await change(open, set('PARTIALLY_MET', '399', londonDay()));
    await expect(change(open, set('MET', '399', londonDay()))).rejects.toThrow('verdict_fits');
    await expect(change(open, set('MET', 'null', londonDay()))).rejects.toThrow('counted_when_settled');
    await expect(change(open, set('NOT_MET', '0', londonDay(-1)))).rejects.toThrow('unmet_only_after_its_day');
    await expect(change(open, `state = 'MET', delivered = 400`)).rejects.toThrow('settled_with_evidence');
    await expect(change(settled, set('NOT_MET', '0', londonDay()))).rejects.toThrow('this input pledge is settled');
    for (const sql of [`update input_pledge set text = 't'`, 'delete from input_pledge'])
      await expect(by(sql)).rejects.toThrow('permission denied');
  });
});
