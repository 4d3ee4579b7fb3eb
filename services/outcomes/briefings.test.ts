import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import {
  asService,
  auditor,
  does,
  missionUnit,
  outcomeOf,
  publisher,
  publishes,
  type Shown,
  sets,
  statistician,
  tries,
} from './briefing-for-tests.js';

let world: World;
let service: Awaited<ReturnType<World['serviceRole']>>;
const mission = 'clean-energy';
const unit = ['mission-delivery-unit', 'mission-unit'] as const;
const decision = 'decision-0198c6b2-0000-7000-8000-000000000001';
const fields = 'briefing { id state version }';

const announcement = {
  ...{
    mission,
    heldAt: '2026-06-01T09:00:00Z',
    decisionMaker: 'Secretary of State',
    experts: ['climate-change-committee'],
  },
};
const schedules = (input: object = {}, as = missionUnit) =>
  tries(world, as, 'scheduleBriefing', { ...announcement, ...input }, fields);
const step = (deed: string, briefing: string, more: object = {}, as = missionUnit) =>
  tries(world, as, deed, { briefing, ...(deed === 'publishBriefing' && { summary: 'On course.' }), ...more }, fields);
const asks = (briefing: string, input: object = {}, as = publisher) =>
  tries(world, as, 'askQuestion', { briefing, text: 'Why is it behind?', ...input }, 'question { id answer { text } }');
const answers = (question: string, as = missionUnit, text = 'The grid waits.') =>
  tries(world, as, 'answerQuestion', { question, text }, 'question { answer { text } }');

const inOrder = ['lockBriefingEvidence', 'holdBriefing', 'publishBriefing', 'closeQuestions'];
/** A briefing that has gone so many steps beyond its announcement. */
async function briefingAfter(count: number, input: object = {}): Promise<string> {
  const { id } = (await schedules(input)).briefing;
  for (const deed of inOrder.slice(0, count)) {
    const { codes } = await step(deed, id);
    if (codes.length > 0) throw new Error(`${deed}: ${codes}`);
  }
  return id;
}

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  service = await world.serviceRole('outcomes');
  await outcomeOf(world, mission, 'less-warming', ['emissions', 'leaks']);
  await outcomeOf(world, 'healthy-lives', 'longer-lives', ['life-years']);
});
afterAll(() => world?.stop());

describe('a briefing', () => {
  it('goes through every state in turn, and none is left out, repeated or gone back to', async () => {
    const told: string[] = [];
    const id = await briefingAfter(0);
    for (const next of [...inOrder, 'none']) {
      for (const deed of inOrder.filter((each) => each !== next)) {
        const document = `mutation ($input: ${deed[0]!.toUpperCase()}${deed.slice(1)}Input!) { done: ${deed}(input: $input) {
          userErrors { code ... on IllegalTransition { state allowed } } } }`;
        const summary = deed === 'publishBriefing' ? { summary: 's' } : {};
        const input = { idempotencyKey: `${next} ${deed}`, briefing: id, ...summary };
        const { data } = await world.ask(document, { as: missionUnit, variables: { input } });
        const [{ code, state, allowed }] = data.done.userErrors;
        told.push(`${state} > ${allowed.join()}: ${code}`);
      }
      if (next !== 'none') expect((await step(next, id)).codes).toEqual([]);
    }
    expect([...new Set(told)]).toEqual([
      'SCHEDULED > EVIDENCE_LOCKED,CALLED_OFF: ILLEGAL_TRANSITION',
      'EVIDENCE_LOCKED > HELD: ILLEGAL_TRANSITION',
      'HELD > PUBLISHED: ILLEGAL_TRANSITION',
      'PUBLISHED > QUESTIONS_CLOSED: ILLEGAL_TRANSITION',
      'QUESTIONS_CLOSED > : ILLEGAL_TRANSITION',
    ]);
  });

  it('is announced to everybody with its date, office, experts and what it looks at', async () => {
    const made = await schedules({ outcomes: ['less-warming'], measures: ['leaks'], heldAt: '2099-01-01T09:00:00Z' });
    const document = `{ briefing(id: "${made.briefing.id}") { mission { id } heldAt decisionMaker experts { id } state version
      outcomes { id } measures { id } evidence { rule: measure { id } } summary decisions { account } steps { state } } }`;
    expect((await world.ask(document)).data.briefing).toEqual({
      ...{ mission: { id: mission }, heldAt: '2099-01-01T09:00:00.000Z', decisionMaker: 'Secretary of State' },
      ...{
        experts: [{ id: 'climate-change-committee' }],
        state: 'SCHEDULED',
        version: 1,
        steps: [{ state: 'SCHEDULED' }],
      },
      ...{ outcomes: [{ id: 'less-warming' }], measures: [{ id: 'leaks' }] },
      ...{ evidence: null, summary: null, decisions: null },
    });
    const early = await step('lockBriefingEvidence', made.briefing.id);
    expect(early.codes).toEqual([]);
    expect((await step('holdBriefing', made.briefing.id)).codes).toEqual(['TOO_EARLY']);
  });

  it('is called off with a reason while it is only announced, and the next one is then another', async () => {
    const heldAt = ['2098-01-01T09:00:00Z', '2098-02-01T09:00:00Z'];
    const [first, second] = await Promise.all(
      heldAt.map(async (each) => (await schedules({ mission: 'healthy-lives', heldAt: each })).briefing.id),
    );
    const next = async (asKnownAt?: string) => {
      const document = `{ _entities(representations: [{__typename: "Mission", id: "healthy-lives"}]) { ... on Mission {
        nextBriefing { scheduled { id } } } } }`;
      return (await world.ask(document, { asKnownAt })).data._entities[0].nextBriefing.scheduled?.id ?? null;
    };
    expect(await next()).toBe(first);
    expect((await step('cancelBriefing', first, { reason: ' ' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await step('cancelBriefing', 'briefing-none', { reason: 'r' })).codes).toEqual(['UNKNOWN_BRIEFING']);
    expect((await step('cancelBriefing', first, { reason: 'r' }, statistician)).codes).toEqual(['FORBIDDEN']);
    expect((await step('cancelBriefing', first, { reason: 'r', expectedVersion: 2 })).codes).toEqual(['STALE_VERSION']);
    const before = new Date().toISOString();
    const done = await step('cancelBriefing', first, { reason: 'The House does not sit.', expectedVersion: 1 });
    expect(done.briefing).toEqual({ id: first, state: 'CALLED_OFF', version: 2 });
    expect([await next(), await next(before)]).toEqual([second, first]);
    const { data } = await world.ask(`{ briefing(id: "${first}") { state steps { state reason } } }`);
    expect(data.briefing).toEqual({
      state: 'CALLED_OFF',
      steps: [
        { state: 'SCHEDULED', reason: null },
        { state: 'CALLED_OFF', reason: 'The House does not sit.' },
      ],
    });
    for (const deed of inOrder) expect((await step(deed, first)).codes).toEqual(['ILLEGAL_TRANSITION']);
    for (const count of [1, 2, 3, 4]) {
      const late = await step('cancelBriefing', await briefingAfter(count), { reason: 'r' });
      expect(late.codes).toEqual(['ILLEGAL_TRANSITION']);
    }
  });

  it('is refused by name where it is not sound', async () => {
    const codes = async (input: object, as?: string) => (await schedules(input, as)).codes;
    expect(await codes({ mission: 'No Slug' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ decisionMaker: ' ' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ experts: Array.from({ length: 51 }, (_, n) => `expert-${n}`) })).toEqual(['BAD_USER_INPUT']);
    expect(await codes({ outcomes: ['nowhere'] })).toEqual(['UNKNOWN_OUTCOME']);
    expect(await codes({ measures: ['nowhere'] })).toEqual(['UNKNOWN_MEASURE']);
    expect(await codes({ outcomes: ['longer-lives'] })).toEqual(['NOT_OF_MISSION']);
    expect(await codes({ measures: ['life-years'] })).toEqual(['NOT_OF_MISSION']);
    for (const as of [statistician, publisher, auditor]) expect(await codes({}, as)).toEqual(['FORBIDDEN']);
  });

  it('takes no step for others than the mission unit, at another version than expected, or without evidence', async () => {
    const id = await briefingAfter(0);
    for (const as of [publisher, auditor])
      expect((await step('lockBriefingEvidence', id, {}, as)).codes).toEqual(['FORBIDDEN']);
    expect((await step('lockBriefingEvidence', id, { expectedVersion: 2 })).codes).toEqual(['STALE_VERSION']);
    for (const deed of inOrder) expect((await step(deed, 'briefing-none')).codes).toEqual(['UNKNOWN_BRIEFING']);
    const empty = await schedules({ mission: 'a-mission-without-measures' });
    expect((await step('lockBriefingEvidence', empty.briefing.id)).codes).toEqual(['NOTHING_TO_LOCK']);
    const document = `mutation { lockBriefingEvidence(input: {idempotencyKey: "cut", briefing: "${id}"}) { userErrors { code } } }`;
    const { data } = await world.ask(document, { as: missionUnit, asKnownAt: '2021-01-01T00:00:00Z' });
    expect(data.lockBriefingEvidence.userErrors).toEqual([{ code: 'BAD_USER_INPUT' }]);
  });

  it('shows a dry run what would be locked and locks nothing', async () => {
    const id = await briefingAfter(0);
    const shown = 'briefing { state evidence { measure { id } knownThen { figure { value } } } }';
    const dry = await tries(world, missionUnit, 'lockBriefingEvidence', { briefing: id, dryRun: true }, shown);
    expect(dry.briefing.evidence.map(({ measure }: Shown) => measure.id)).toEqual(['emissions', 'leaks']);
    expect((await world.ask(`{ briefing(id: "${id}") { state } }`)).data.briefing.state).toBe('SCHEDULED');
  });
});

describe('what is not published of a briefing', () => {
  const document = (id: string) =>
    `{ briefing(id: "${id}") { state evidence { measure { id } knownThen { verdict } } summary } }`;

  it('is seen by the mission unit and auditors only, in code and in the database', async () => {
    const owner = await world.owner('outcomes');
    const id = await briefingAfter(2, { mission: 'healthy-lives' });
    const seen = async (as?: string) => (await world.ask(document(id), { as })).data.briefing;
    const [verdict] = (await seen(missionUnit)).evidence;
    expect(verdict).toEqual({ measure: { id: 'life-years' }, knownThen: { verdict: 'BEHIND' } });
    expect((await seen(auditor)).evidence).toHaveLength(1);
    const outsiders = [undefined, publisher, statistician];
    for (const as of outsiders) expect(await seen(as)).toEqual({ state: 'HELD', evidence: null, summary: null });
    const count = `select count(*)::int as evidence from briefing_evidence where briefing_id = '${id}'`;
    const hidden = (by: readonly [string, string]) => asService(service, by, count);
    const [anybody, reader] = [['', ''] as const, ['national-audit-office', 'auditor'] as const];
    expect([await hidden(anybody), await hidden(unit), await hidden(reader)]).toEqual([
      [{ evidence: 0 }],
      [{ evidence: 1 }],
      [{ evidence: 1 }],
    ]);
    await owner.query('alter table briefing_evidence disable row level security');
    try {
      expect(await hidden(anybody)).toEqual([{ evidence: 1 }]);
      for (const as of outsiders) expect((await seen(as)).evidence).toBeNull();
    } finally {
      await owner.query('alter table briefing_evidence enable row level security');
    }
    const account = `insert into decision_account (briefing_id, place, decision_id, account) values ('${id}', 1, 'd', 'a')`;
    const accounts = `select count(*)::int as accounts from decision_account where briefing_id = '${id}'`;
    const forget = `select set_config('app.roles', '', true)`;
    expect(await asService(service, unit, account, accounts)).toEqual([{ accounts: 1 }]);
    expect(await asService(service, unit, account, forget, accounts)).toEqual([{ accounts: 0 }]);
    await step('publishBriefing', id);
    expect(await seen()).toMatchObject({ state: 'PUBLISHED', summary: 'On course.', evidence: [verdict] });
    expect(await hidden(anybody)).toEqual([{ evidence: 1 }]);
  });

  it('is not seen either by who reads as known before its publication', async () => {
    const id = await briefingAfter(2);
    const before = new Date().toISOString();
    await step('publishBriefing', id);
    const { data } = await world.ask(document(id), { asKnownAt: before });
    expect(data.briefing).toEqual({ state: 'HELD', evidence: null, summary: null });
  });
});

describe('the evidence of a briefing', () => {
  const known =
    'definition verdict rule trajectory { version } targets { id revision value } figure { period vintage value }';
  const document = (id: string) => `{ briefing(id: "${id}") { evidence { measure { id } restated changes
    knownThen { ${known} } knownNow { ${known} } restatements(first: 5) { nodes { period vintage value supersedes { value } } } } } }`;
  const evidenceOf = async (id: string) =>
    new Map<string, Shown>(
      (await world.ask(document(id))).data.briefing.evidence.map((each: Shown) => [each.measure.id, each]),
    );

  it('shows exactly what was known then beside what is known now, and whether it was restated since', async () => {
    await outcomeOf(world, 'evidence', 'measured', ['restated', 'steady', 'grown']);
    const target = {
      id: 'cap',
      measure: 'restated',
      kind: 'CEILING',
      value: '380',
      periodStart: '2020-01-01',
      setBy: 's',
    };
    await does(world, statistician, 'setTarget', target, 'target { revision }');
    const id = await briefingAfter(3, { mission: 'evidence' });
    const asLocked = await evidenceOf(id);
    for (const each of asLocked.values())
      expect(each).toMatchObject({ restated: false, changes: [], knownNow: each.knownThen });
    await publishes(world, 'restated', { 2020: '411.0', 2021: '385.0' });
    await sets(world, 'restated', '388.0');
    await does(world, statistician, 'setTarget', { ...target, value: '370' }, 'target { revision }');
    await publishes(world, 'grown', { 2022: '395.0' });
    const later = await evidenceOf(id);
    expect(later.get('restated')).toMatchObject({
      restated: true,
      changes: ['RESTATED', 'TARGET_CHANGED', 'TRAJECTORY_CHANGED', 'VERDICT_CHANGED'],
      knownThen: {
        ...{
          definition: 1,
          verdict: 'BEHIND',
          trajectory: { version: 1 },
          targets: [{ id: 'cap', revision: 1, value: '380' }],
        },
        ...{ figure: { period: '2021', vintage: 1, value: '400.0' }, rule: asLocked.get('restated').knownThen.rule },
      },
      knownNow: {
        ...{ verdict: 'AHEAD', trajectory: { version: 2 }, targets: [{ id: 'cap', revision: 2, value: '370' }] },
        figure: { period: '2021', vintage: 2, value: '385.0' },
      },
      restatements: {
        nodes: [
          { period: '2020', vintage: 2, value: '411.0', supersedes: { value: '410.0' } },
          { period: '2021', vintage: 2, value: '385.0', supersedes: { value: '400.0' } },
        ],
      },
    });
    expect(asLocked.get('restated').knownThen.rule).toMatch(/400.*390/);
    expect(later.get('steady')).toEqual(asLocked.get('steady'));
    expect(later.get('grown')).toMatchObject({ restated: false, restatements: { nodes: [] } });
    expect(later.get('grown').changes).toContain('NEW_PERIOD');
  });

  it('pins every trajectory of a measure in its exact version, in the deed and in the database', async () => {
    await outcomeOf(world, 'courses', 'coursed', ['coursed']);
    const courses = (name: string, value: string) =>
      does(
        world,
        statistician,
        'setTrajectory',
        { ...{ measure: 'coursed', name, method: name, author: 'DESNZ' }, points: [{ period: '2021', value }] },
        'trajectory { version }',
      );
    for (const [name, value] of [
      ['wide', '400'],
      ['early', '380'],
      ['wide', '401'],
    ] as const)
      await courses(name, value);
    const [open, id] = [await briefingAfter(0, { mission: 'courses' }), await briefingAfter(3, { mission: 'courses' })];
    const shown = 'trajectories { name version points { value } }';
    const read = async () => {
      const asked = `{ briefing(id: "${id}") { evidence { changes knownThen { ${shown} } knownNow { ${shown} } } } }`;
      return (await world.ask(asked)).data.briefing.evidence[0];
    };
    const pinned = [
      { name: 'main', version: 1, points: [{ value: '390.0' }] },
      { name: 'early', version: 1, points: [{ value: '380' }] },
      { name: 'wide', version: 2, points: [{ value: '401' }] },
    ];
    expect(await read()).toEqual({
      changes: [],
      knownThen: { trajectories: pinned },
      knownNow: { trajectories: pinned },
    });
    await courses('early', '370');
    const { changes, knownThen, knownNow } = await read();
    expect([changes, knownThen.trajectories]).toEqual([['TRAJECTORY_CHANGED'], pinned]);
    expect(knownNow.trajectories[1]).toEqual({ name: 'early', version: 2, points: [{ value: '370' }] });
    for (const others of ['[{"name":"early","version":9}]', '[{"name":"main","version":1}]']) {
      const byHand = `insert into briefing_evidence (briefing_id, measure_id, definition, other_trajectories, targets, verdict, rule)
        values ('${open}', 'coursed', 1, '${others}', '[]', 'ON', 'r')`;
      await expect(asService(service, unit, byHand)).rejects.toThrow(/a trajectory is evidence of its own measure/);
    }
  });

  it('holds no figure that waits in a release, in the deed and in the database', async () => {
    await outcomeOf(world, 'embargo', 'awaited', ['waiting']);
    const scheduled = { title: 'T', scheduledAt: '2099-01-01T09:30:00Z' };
    const { release } = await does(world, statistician, 'scheduleRelease', scheduled, 'release { id }');
    await publishes(world, 'waiting', { 2021: '1.0', 2022: '2.0' }, { release: release.id });
    const [open, published] = [
      await briefingAfter(0, { mission: 'embargo' }),
      await briefingAfter(3, { mission: 'embargo' }),
    ];
    const { knownThen, knownNow, restated, changes, restatements } = (await evidenceOf(published)).get('waiting');
    expect(knownThen.figure).toEqual({ period: '2021', vintage: 1, value: '400.0' });
    expect([knownNow, restated, changes, restatements.nodes]).toEqual([knownThen, false, [], []]);
    const byHand = `insert into briefing_evidence (briefing_id, measure_id, definition, series_id, period_start, vintage, targets, verdict, rule)
      select '${open}', 'waiting', 1, id, '2021-01-01', 2, '[]', 'ON', 'r' from series where measure_id = 'waiting'`;
    await expect(asService(service, unit, byHand)).rejects.toThrow(/once it is public/);
  });

  it('costs as many statements for many briefings and measures as for one', async () => {
    const page = (
      only: string,
    ) => `{ briefings(first: 100, filter: {state: PUBLISHED${only}}) { nodes { id state summary
      evidence { changes knownThen { figure { value } targets { id } trajectory { version } } knownNow { verdict }
        restatements(first: 2) { nodes { value } } } decisions { account } questions(first: 2) { nodes { answer { text } } } } } }`;
    const cost = async (only: string) => {
      const statements: string[] = [];
      const stop = onStatement(world.services.outcomes.orm, (sql) => statements.push(sql));
      const { data, errors } = await world.ask(page(only));
      stop();
      expect(errors).toBeUndefined();
      return { statements: statements.length, briefings: data.briefings.nodes as { id: string }[] };
    };
    const { briefings } = await cost(', mission: "evidence"');
    await asks(briefings[0]!.id);
    await briefingAfter(3);
    const [one, many] = [await cost(', mission: "evidence"'), await cost('')];
    expect(one.briefings).toHaveLength(1);
    expect(many.briefings.length).toBeGreaterThan(1);
    expect(many.statements).toBe(one.statements);
  });
});

describe('a published briefing', () => {
  const accounts = [{ decision, account: 'The grid first.' }];

  it('names the decisions that were accounted for, each once', async () => {
    const id = await briefingAfter(2);
    const codes = async (decisions: object[], summary = 's') =>
      (await step('publishBriefing', id, { decisions, summary })).codes;
    expect(await codes([...accounts, ...accounts])).toEqual(['BAD_USER_INPUT']);
    expect(await codes([{ decision, account: '' }])).toEqual(['BAD_USER_INPUT']);
    expect(await codes([], ' ')).toEqual(['BAD_USER_INPUT']);
    expect(await codes(accounts)).toEqual([]);
    const document = `{ briefing(id: "${id}") { decisions { account decision { id } } }
      _entities(representations: [{__typename: "Decision", id: "${decision}"}]) { ... on Decision { accountedFor { briefing { id } } } } }`;
    expect((await world.ask(document)).data).toEqual({
      briefing: { decisions: [{ account: 'The grid first.', decision: { id: decision } }] },
      _entities: [{ accountedFor: [{ briefing: { id } }] }],
    });
  });

  it('takes questions from anybody who is signed in but auditors, until each is answered and they are closed', async () => {
    const id = await briefingAfter(3);
    const [first, second] = [await asks(id, { askedFor: 'a member of the public' }), await asks(id, {}, missionUnit)];
    expect((await asks(id, {}, auditor)).codes).toEqual(['FORBIDDEN']);
    expect((await asks(id, { text: '' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await asks('briefing-none')).codes).toEqual(['UNKNOWN_BRIEFING']);
    const anonymous = `mutation { askQuestion(input: {idempotencyKey: "k", briefing: "${id}", text: "?"}) { question { id } } }`;
    expect((await world.ask(anonymous)).status).toBe(401);
    expect((await answers(first.question.id, publisher)).codes).toEqual(['FORBIDDEN']);
    expect((await answers(first.question.id, missionUnit, ' ')).codes).toEqual(['BAD_USER_INPUT']);
    expect((await answers('question-none')).codes).toEqual(['UNKNOWN_QUESTION']);
    expect((await answers(first.question.id)).question.answer.text).toBe('The grid waits.');
    expect((await answers(first.question.id)).codes).toEqual(['ALREADY_ANSWERED']);
    expect((await step('closeQuestions', id)).codes).toEqual(['QUESTIONS_OPEN']);
    await answers(second.question.id);
    expect((await step('closeQuestions', id)).briefing).toEqual({ id, state: 'QUESTIONS_CLOSED', version: 5 });
    expect((await asks(id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    const document = `{ briefing(id: "${id}") { questions { nodes { askedFor askedBy { id } answer { text } } } } }`;
    const { nodes } = (await world.ask(document)).data.briefing.questions;
    expect(nodes.map(({ askedFor, askedBy, answer }: Shown) => [askedFor, askedBy.id, answer.text])).toEqual([
      ['a member of the public', 'department-for-transport', 'The grid waits.'],
      [null, 'mission-delivery-unit', 'The grid waits.'],
    ]);
  });

  it('is asked nothing before it is public', async () => {
    expect((await asks(await briefingAfter(2))).codes).toEqual(['ILLEGAL_TRANSITION']);
  });
});

describe('the database refuses of briefings, by itself', () => {
  const steps = (id: string, number: number, state: string, summary = 'null') =>
    `insert into briefing_step (briefing_id, number, state, summary) values ('${id}', ${number}, '${state}', ${summary})`;
  const evidence = (id: string, measure = 'emissions', more = '') =>
    `insert into briefing_evidence (briefing_id, measure_id, definition, series_id, period_start, vintage, targets, verdict, rule)
     select '${id}', '${measure}', 1, s.id, '2021-01-01', 1, '[${more}]', 'ON', 'r' from series s where s.measure_id = 'emissions'`;
  const question = (
    id: string,
    organisation: string = unit[0],
  ) => `insert into briefing_question (id, briefing_id, text, organisation_id)
    values ('question-' || gen_random_uuid(), '${id}', 't', '${organisation}')`;
  const account = (id: string) =>
    `insert into decision_account (briefing_id, place, decision_id, account) values ('${id}', 1, 'd', 'a')`;
  const refused = (...sql: string[]) => expect(asService(service, unit, ...sql)).rejects;

  it('a briefing called off late, without its reason, or followed by anything', async () => {
    const calledOff = (id: string, number: number, reason = `'r'`, state = 'CALLED_OFF') =>
      `insert into briefing_step (briefing_id, number, state, reason) values ('${id}', ${number}, '${state}', ${reason})`;
    const [announced, locked] = [await briefingAfter(0), await briefingAfter(1)];
    await expect(asService(service, unit, calledOff(announced, 2))).resolves.toBeDefined();
    await expect(asService(service, unit, calledOff(announced, 2, 'null'))).rejects.toThrow(/check constraint/);
    await expect(asService(service, unit, calledOff(locked, 3))).rejects.toThrow(/briefing_step_check/);
    await expect(asService(service, unit, calledOff(announced, 2), steps(announced, 3, 'HELD'))).rejects.toThrow(
      'this briefing is called off',
    );
    await expect(asService(service, ['home-office', 'publisher'], calledOff(announced, 2))).rejects.toThrow(
      /row-level security/,
    );
  });

  it('a state that does not follow, comes before its time, or is named wrongly', async () => {
    const id = await briefingAfter(0, { heldAt: '2099-01-01T00:00:00Z' });
    const lock = steps(id, 2, 'EVIDENCE_LOCKED');
    expect(await asService(service, unit, evidence(id), lock)).toEqual([]);
    await refused(lock).toThrow(/no evidence to lock/);
    await refused(steps(id, 4, 'PUBLISHED', `'s'`)).toThrow(/foreign key/);
    await refused(steps(id, 2, 'HELD')).toThrow(/check constraint|still to come/);
    await refused(evidence(id), lock, steps(id, 3, 'HELD')).toThrow(/still to come/);
    await refused(evidence(id), lock, lock).toThrow(/duplicate key/);
    const held = await briefingAfter(2);
    await refused(steps(held, 4, 'PUBLISHED')).toThrow(/check constraint/);
  });

  it('evidence that is late, of another measure, or pins what is not there', async () => {
    const [open, locked] = [await briefingAfter(0), await briefingAfter(1)];
    await refused(evidence(locked, 'leaks')).toThrow(/locked/);
    await refused(evidence(open, 'leaks')).toThrow(/of its own measure/);
    await refused(evidence(open, 'emissions', '{"id": "none", "revision": 1}')).toThrow(/of its own measure/);
    await refused(evidence(open).replace(", 1, '[", ", 9, '[")).toThrow(/once it is public/);
  });

  it('what is added to a published briefing, a question to an unpublished one, and questions that are closed away', async () => {
    const [held, published] = [await briefingAfter(2), await briefingAfter(3)];
    expect(await asService(service, unit, account(held), question(published))).toEqual([]);
    await refused(account(published)).toThrow(/only while its briefing is HELD/);
    await refused(evidence(published)).toThrow(/locked/);
    await refused(question(held)).toThrow(/only while its briefing is PUBLISHED/);
    await refused(question(published), steps(published, 5, 'QUESTIONS_CLOSED')).toThrow(/not answered/);
    const closed = await briefingAfter(4);
    await refused(question(closed)).toThrow(/only while its briefing is PUBLISHED/);
    await refused(question(published, 'department-for-transport')).toThrow(/row-level security/);
  });

  it('a briefing, a step, evidence, an account or an answer of others than the mission unit', async () => {
    const [open, held] = [await briefingAfter(0), await briefingAfter(2)];
    const announced = `insert into briefing (id, mission_id, held_at, decision_maker, expert_ids, outcome_ids, measure_ids, illustrative)
      values ('briefing-' || gen_random_uuid(), 'm', now(), 'd', '{}', '{}', '{}', false)`;
    for (const sql of [announced, evidence(open), account(held), steps(held, 4, 'PUBLISHED', `'s'`)]) {
      const by = ['department-for-transport', 'publisher,auditor'] as const;
      await expect(asService(service, by, sql)).rejects.toThrow(/row-level security/);
    }
  });

  it.each([
    'briefing',
    'briefing_step',
    'briefing_evidence',
    'decision_account',
    'briefing_question',
    'briefing_answer',
  ])('that a row of %s is changed, to its owner too', async (table) => {
    const owner = await world.owner('outcomes');
    const column = table === 'briefing_evidence' ? 'rule' : table === 'decision_account' ? 'account' : 'stated_release';
    for (const change of [`update ${table} set ${column} = null`, `delete from ${table}`, `truncate ${table} cascade`])
      await expect(owner.query(change)).rejects.toThrow(/never changed or deleted/);
  });
});
