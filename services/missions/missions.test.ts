import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement, readerOf } from '../kernel/database.js';
import { begin } from '../kernel/transaction.js';

let world: World;
let keys = 0;
const unit = 'mission-delivery-unit.mission-unit';
const refusal =
  'userErrors { code message path ... on IllegalTransition { state allowed } ... on StaleVersion { current } } replayed';

/** Does a deed and answers its payload; `enums` are written without quotes. */
async function deed(name: string, input: Record<string, unknown>, fields: string, as = unit) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const answer = await world.ask(`mutation($input: ${type}) { ${name}(input: $input) { ${fields} ${refusal} } }`, {
    as,
    variables: { input: { idempotencyKey: `key-${++keys}`, ...input } },
  });
  return { ...answer, done: answer.data?.[name] };
}

const proposal = (id: string) => ({ id, name: id, purpose: 'To try.', meaning: 'CHALLENGE', ambition: 'COMMITTED' });
const organisation = (id: string, more: object = {}) => ({ id, name: id, kind: 'DEPARTMENT', ...more });
const register = (...organisations: object[]) =>
  deed('registerOrganisations', { organisations }, 'rows { row id verdict reason }');
const codes = ({ done }: { done: { userErrors: { code: string }[] } }) => done.userErrors.map(({ code }) => code);
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

beforeAll(async () => {
  world = await startWorld({ services: ['missions'], gateway: false });
  await register(
    organisation('hm-treasury'),
    organisation('department-of-health-and-social-care'),
    organisation('mission-delivery-unit'),
  );
  await deed('proposeMission', proposal('healthy-lives'), 'mission { id }');
});
afterAll(() => world?.stop());

describe('a service all of whose connections are taken for a while', () => {
  it('does a deed as soon as one is free, and tells a query to come again', async () => {
    const { orm } = world.services.missions;
    const changing = await Promise.all(Array.from({ length: 24 }, () => begin(orm.em)));
    const reading = Array.from({ length: 24 }, () => readerOf(orm).begin({ sql: 'select 1', params: [] }));
    await Promise.all(reading.map(({ opened }) => opened));
    const [registered, asked] = [
      register(organisation('registered-in-a-crowd')),
      world.ask('{ mission(id: "healthy-lives") { id } }'),
    ];
    expect((await asked).errors?.[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await Promise.all([...changing.map(({ em }) => em.rollback()), ...reading.map((each) => each.end())]);
    expect((await registered).done.rows[0].verdict).toBe('NEW');
  });
});

describe('the organisation register', () => {
  it('takes a body that twenty register at once as new from one of them, and as unchanged from the others', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(organisation('registered-at-once'))));
    const verdicts = answers.map(({ done, errors }) => errors?.[0].extensions.code ?? done.rows[0].verdict);
    expect(verdicts.sort()).toEqual(['NEW', ...Array(19).fill('UNCHANGED')].sort());
  });

  it('tells new, changed, unchanged and refused rows apart', async () => {
    await register(organisation('ministry-of-works', { validFrom: '1943-01-01' }));
    const { done } = await register(
      organisation('ministry-of-works', { validFrom: '1943-01-01' }),
      organisation('home-office', { identifiers: [{ scheme: 'GB-GOV', code: 'D16' }] }),
      organisation('Home Office'),
      organisation('home-office'),
      organisation('ends-early', { validFrom: '2020-01-02', validTo: '2020-01-01' }),
      organisation('hm-treasury', { name: 'HM Treasury' }),
      organisation('no-name', { name: ' ' }),
    );
    expect(done.rows.map(({ verdict, reason }: { verdict: string; reason: string }) => [verdict, reason])).toEqual([
      ['UNCHANGED', null],
      ['NEW', null],
      ['REFUSED', 'The id is lower-case words joined by hyphens, at most 120 characters.'],
      ['REFUSED', 'The same id stands in an earlier row.'],
      ['REFUSED', 'It ends before it begins.'],
      ['CHANGED', null],
      ['REFUSED', 'The name is missing.'],
    ]);
  });

  it('leads from a closed body to the ones that took over', async () => {
    await register(organisation('bis', { validTo: '2016-07-14', successors: ['beis'] }), organisation('beis'));
    const { data } = await world.ask('{ organisation(id: "bis") { validTo successors { id } } }');
    expect(data.organisation).toEqual({ validTo: '2016-07-14', successors: [{ id: 'beis' }] });
  });

  it('takes 500 rows at a time and refuses more with BAD_USER_INPUT', async () => {
    const many = Array.from({ length: 501 }, (_, number) => organisation(`body-${number}`));
    expect(codes(await register(...many))).toEqual(['BAD_USER_INPUT']);
    const { done } = await register(...many.slice(0, 500));
    expect(done.rows).toHaveLength(500);
    const again = await register(...many.slice(0, 500));
    expect(new Set(again.done.rows.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['UNCHANGED']));
  });

  it('is paged in a stable order, each body once', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await world.ask(
        'query($after: String) { organisations(first: 100, after: $after) { nodes { id } totalCount pageInfo { endCursor hasNextPage } } }',
        { variables: { after } },
      );
      seen.push(...data.organisations.nodes.map(({ id }: { id: string }) => id));
      after = data.organisations.pageInfo.hasNextPage ? data.organisations.pageInfo.endCursor : null;
      expect(data.organisations.totalCount).toBeGreaterThan(500);
    } while (after);
    expect(seen).toEqual([...new Set(seen)].sort());
  });
});

describe('a list', () => {
  it.each([
    ['a page of none', 'first: 0', '"first" is 0; it must be from 1 to 100.'],
    ['a page of 101', 'first: 101', '"first" is 101; it must be from 1 to 100.'],
    ['a cursor from elsewhere', 'after: "e30"', 'This cursor was not made by this list; start again without "after".'],
  ])('refuses %s', async (_, args, message) => {
    const { errors } = await world.ask(`{ missions(${args}) { nodes { id } } }`);
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a mission', () => {
  it('is proposed, started, and cannot be started again', async () => {
    const proposed = await deed('proposeMission', proposal('clean-energy'), 'mission { id state version }');
    expect(proposed.done).toMatchObject({
      mission: { state: 'PROPOSED', version: 1 },
      userErrors: [],
      replayed: false,
    });
    const started = await deed(
      'activateMission',
      { mission: 'clean-energy', expectedVersion: 1 },
      'mission { state version }',
    );
    expect(started.done.mission).toEqual({ state: 'ACTIVE', version: 2 });
    const again = await deed('activateMission', { mission: 'clean-energy' }, 'mission { state }');
    expect(again.done.userErrors).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', state: 'ACTIVE', allowed: ['PAUSED', 'ACHIEVED', 'ENDED'] },
    ]);
  });

  it('is refused under an id that is taken, wrong, or with an unknown lead', async () => {
    await deed('proposeMission', proposal('taken'), 'mission { id }');
    expect(codes(await deed('proposeMission', proposal('taken'), 'mission { id }'))).toEqual(['ALREADY_EXISTS']);
    expect(codes(await deed('proposeMission', proposal('Not A Slug'), 'mission { id }'))).toEqual(['BAD_USER_INPUT']);
    const led = { ...proposal('led'), lead: 'nobody-at-all' };
    expect(codes(await deed('proposeMission', led, 'mission { id }'))).toEqual(['UNKNOWN_ORGANISATION']);
    expect(codes(await deed('activateMission', { mission: 'nowhere' }, 'mission { id }'))).toEqual(['UNKNOWN_MISSION']);
  });

  it('is not changed on a version that has passed', async () => {
    await deed('proposeMission', proposal('stale'), 'mission { id }');
    const { done } = await deed('activateMission', { mission: 'stale', expectedVersion: 7 }, 'mission { id }');
    expect(done.userErrors).toMatchObject([{ code: 'STALE_VERSION', current: 1 }]);
  });

  it('is answered as it was known at an instant', async () => {
    const before = new Date().toISOString();
    await pause();
    await deed('proposeMission', proposal('later'), 'mission { id }');
    await pause();
    const proposed = new Date().toISOString();
    await pause();
    await deed('activateMission', { mission: 'later' }, 'mission { id }');
    const at = async (asKnownAt?: string) =>
      (await world.ask('{ mission(id: "later") { state } }', { asKnownAt })).data.mission;
    expect([await at(before), await at(proposed), await at()]).toEqual([
      null,
      { state: 'PROPOSED' },
      { state: 'ACTIVE' },
    ]);
  });
});

describe('a deed', () => {
  it('is done once however often it is asked for with the same key', async () => {
    const input = { ...proposal('once'), idempotencyKey: 'the-same' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => deed('proposeMission', input, 'mission { id }')),
    );
    expect(answers.map(({ done }) => done.mission)).toEqual(Array(20).fill({ id: 'once' }));
    expect(answers.filter(({ done }) => !done.replayed)).toHaveLength(1);
    const other = await deed('proposeMission', { ...proposal('other'), idempotencyKey: 'the-same' }, 'mission { id }');
    expect(codes(other)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });

  it('changes nothing as a dry run, and answers as if it had', async () => {
    const { done } = await deed('proposeMission', { ...proposal('tried'), dryRun: true }, 'mission { id state }');
    expect(done).toMatchObject({ mission: { id: 'tried', state: 'PROPOSED' }, userErrors: [] });
    expect((await world.ask('{ mission(id: "tried") { id } }')).data.mission).toBeNull();
  });

  it('is refused to the public with 401 and to the wrong role with FORBIDDEN, and leaves a line in the trail', async () => {
    const input = { idempotencyKey: 'x', ...proposal('forbidden') };
    const document = 'mutation($input: ProposeMissionInput!) { proposeMission(input: $input) { mission { id } } }';
    const nobody = await world.ask(document, { variables: { input } });
    expect([nobody.status, nobody.errors![0].extensions]).toEqual([
      ...[401, { code: 'UNAUTHENTICATED', correlationId: expect.any(String) }],
    ]);
    const auditor = await world.ask(document, { as: 'national-audit-office.auditor', variables: { input } });
    expect([auditor.status, auditor.errors![0].extensions.code]).toEqual([200, 'FORBIDDEN']);
    const trail = await (await world.owner('missions')).query(
      `select name, code from declined_deed where organisation = 'national-audit-office'`,
    );
    expect(trail.rows).toEqual([{ name: 'proposeMission', code: 'FORBIDDEN' }]);
  });

  it('refuses text that deceives the eye', async () => {
    const { done } = await deed('proposeMission', { ...proposal('bidi'), name: 'safe\u202Efdp' }, 'mission { id }');
    expect(done.userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['name'] }]);
  });
});

describe('a challenge', () => {
  const challenge = (id: string, ...missions: object[]) => ({ id, name: id, archetype: 'COMPLEX_OUTCOME', missions });

  it('serves several missions by weight, and has levers', async () => {
    const shares = [
      { mission: 'healthy-lives', weight: 60 },
      { mission: 'clean-energy', weight: 40 },
    ];
    await deed('addChallenge', challenge('cold-homes', ...shares), 'challenge { id }');
    const lever = {
      challenge: 'cold-homes',
      name: 'Insulation',
      leverage: 4,
      rationale: 'Heat stays.',
      evidence: 'STRONG',
      controller: 'hm-treasury',
    };
    await deed('addLever', lever, 'lever { id }');
    const { data } = await world.ask(
      '{ mission(id: "healthy-lives") { challenges { missions { mission { id } weight } levers { name controller { id } } } } }',
    );
    expect(data.mission.challenges).toEqual([
      {
        missions: [
          { mission: { id: 'healthy-lives' }, weight: 60 },
          { mission: { id: 'clean-energy' }, weight: 40 },
        ],
        levers: [{ name: 'Insulation', controller: { id: 'hm-treasury' } }],
      },
    ]);
  });

  it.each([
    ['WEIGHTS_EXCEED_100', challenge('heavy', { mission: 'healthy-lives', weight: 101 })],
    ['BAD_USER_INPUT', challenge('weightless', { mission: 'healthy-lives', weight: 0 })],
    ['BAD_USER_INPUT', challenge('homeless')],
    ['BAD_USER_INPUT', { ...challenge('odd', { mission: 'healthy-lives', weight: 1 }), archetype: 'odd kind' }],
    ['UNKNOWN_MISSION', challenge('lost', { mission: 'nowhere', weight: 1 })],
    ['ALREADY_EXISTS', challenge('cold-homes', { mission: 'healthy-lives', weight: 1 })],
  ])('is refused with %s', async (code, input) => {
    expect(codes(await deed('addChallenge', input, 'challenge { id }'))).toEqual([code]);
  });

  it('cannot carry more than 100 percent in the database either', async () => {
    const role = await world.serviceRole('missions');
    const insert = `insert into challenge (id, name, archetype, shares) values ('x', 'x', 'X', '[{"missionId":"a","weight":60},{"missionId":"b","weight":60}]')`;
    await expect(role.query(insert)).rejects.toThrow('violates check constraint');
  });

  it.each([
    ['UNKNOWN_CHALLENGE', { challenge: 'nowhere' }],
    ['UNKNOWN_ORGANISATION', { controller: 'nobody-at-all' }],
    ['BAD_USER_INPUT', { leverage: 6 }],
  ])('refuses a lever with %s', async (code, change) => {
    const lever = { challenge: 'cold-homes', name: 'L', leverage: 3, rationale: 'r', evidence: 'WEAK', ...change };
    expect(codes(await deed('addLever', lever, 'lever { id }'))).toEqual([code]);
  });
});

describe('a decision', () => {
  const question = {
    mission: 'healthy-lives',
    question: 'Which sites first?',
    options: ['A', 'B'],
    decider: 'hm-treasury',
    dueOn: '2026-01-31',
  };
  const open = async () => (await deed('openDecision', question, 'decision { id version }')).done.decision.id as string;
  const waiting = (decision: string) => ({
    decision,
    waiter: 'department-of-health-and-social-care',
    since: '2025-10-01',
    reason: 'No site, no contract.',
  });

  it('is waited on until it is taken by its decider, with the money that stands still', async () => {
    const decision = await open();
    const blocked = {
      ...waiting(decision),
      amountBlocked: { amount: '4000000.00', currency: 'GBP' },
      meanwhile: 'Survey both.',
    };
    const reported = await deed(
      'reportWaiting',
      blocked,
      'dependency { id }',
      'department-of-health-and-social-care.publisher',
    );
    const view =
      '{ mission(id: "healthy-lives") { waitingOn { id since reason daysWaited amountBlocked { amount currency } decision { id dueOn } waiter { id } } } }';
    const [found] = (await world.ask(view)).data.mission.waitingOn;
    expect(found).toMatchObject({
      since: '2025-10-01',
      amountBlocked: { amount: '4000000.00', currency: 'GBP' },
      decision: { id: decision, dueOn: '2026-01-31' },
    });
    expect((await world.ask(view, { asKnownAt: '2030-01-01T00:00:00Z' })).data.mission.waitingOn[0].daysWaited).toBe(
      1553,
    );
    const settled = await deed(
      'decide',
      { decision, chosen: 'A', rationale: 'Nearer.' },
      'decision { state chosen }',
      'hm-treasury.approver',
    );
    expect(settled.done.decision).toEqual({ state: 'DECIDED', chosen: 'A' });
    const ended = await deed(
      'resolveWaiting',
      { waiting: reported.done.dependency.id, how: 'RESOLVED' },
      'dependency { state }',
    );
    expect(ended.done.dependency.state).toBe('RESOLVED');
    expect((await world.ask(view)).data.mission.waitingOn).toEqual([]);
    const twice = await deed(
      'resolveWaiting',
      { waiting: reported.done.dependency.id, how: 'EXPIRED' },
      'dependency { id }',
    );
    expect(codes(twice)).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('is not taken by another organisation', async () => {
    const input = { decision: await open(), chosen: 'A', rationale: 'r' };
    const { errors } = await deed('decide', input, 'decision { id }', 'department-of-health-and-social-care.approver');
    expect(errors![0].extensions.code).toBe('FORBIDDEN');
  });

  it('is refused by name when something does not fit', async () => {
    const decision = await open();
    const decided = { decision, chosen: 'A', rationale: 'r' };
    const by = 'hm-treasury.approver';
    expect(codes(await deed('openDecision', { ...question, mission: 'nowhere' }, 'decision { id }'))).toEqual([
      'UNKNOWN_MISSION',
    ]);
    expect(codes(await deed('openDecision', { ...question, decider: 'nobody-at-all' }, 'decision { id }'))).toEqual([
      'UNKNOWN_ORGANISATION',
    ]);
    expect(
      codes(await deed('decide', { ...decided, decidedAt: '2999-01-01T00:00:00Z' }, 'decision { id }', by)),
    ).toEqual(['BAD_USER_INPUT']);
    expect(codes(await deed('decide', { ...decided, expectedVersion: 3 }, 'decision { id }', by))).toEqual([
      'STALE_VERSION',
    ]);
    expect(codes(await deed('decide', { ...decided, decision: 'none' }, 'decision { id }', by))).toEqual([
      'UNKNOWN_DECISION',
    ]);
    await deed('decide', decided, 'decision { id }', by);
    expect(codes(await deed('decide', decided, 'decision { id }', by))).toEqual(['ILLEGAL_TRANSITION']);
    expect(codes(await deed('reportWaiting', waiting(decision), 'dependency { id }'))).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('cannot be waited on wrongly', async () => {
    const decision = await open();
    const future = { ...waiting(decision), since: '2999-01-01' };
    const nothing = { ...waiting(decision), amountBlocked: { amount: '0.00', currency: 'GBP' } };
    expect(codes(await deed('reportWaiting', future, 'dependency { id }'))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await deed('reportWaiting', nothing, 'dependency { id }'))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await deed('reportWaiting', { ...waiting(decision), waiter: 'nobody' }, 'dependency { id }'))).toEqual(
      ['UNKNOWN_ORGANISATION'],
    );
    expect(codes(await deed('reportWaiting', waiting('none'), 'dependency { id }'))).toEqual(['UNKNOWN_DECISION']);
    expect(codes(await deed('resolveWaiting', { waiting: 'none', how: 'EXPIRED' }, 'dependency { id }'))).toEqual([
      'UNKNOWN_WAITING',
    ]);
    const { errors } = await deed('reportWaiting', waiting(decision), 'dependency { id }', 'hm-treasury.publisher');
    expect(errors![0].extensions.code).toBe('FORBIDDEN');
  });

  it('is found by mission, decider and state, and the longest wait comes first', async () => {
    const decision = await open();
    await deed('reportWaiting', { ...waiting(decision), since: '2024-05-01' }, 'dependency { id }');
    await deed('reportWaiting', { ...waiting(decision), since: '2023-05-01' }, 'dependency { id }');
    const { data } = await world.ask(
      '{ waitingOn(filter: {mission: "healthy-lives", decider: "hm-treasury"}) { nodes { since } } decisions(filter: {decider: "hm-treasury", states: [OPEN]}) { nodes { state decider { id } mission { id } } } none: waitingOn(filter: {decider: "home-office"}) { nodes { id } } }',
    );
    const since = data.waitingOn.nodes.map((node: { since: string }) => node.since);
    expect(since).toEqual([...since].sort());
    expect(data.decisions.nodes.every((node: { state: string }) => node.state === 'OPEN')).toBe(true);
    expect(data.none.nodes).toEqual([]);
  });
});

describe('an insight', () => {
  const insight = {
    mission: 'healthy-lives',
    text: 'The form asks twice.',
    profession: 'district nurse',
    visibility: 'PUBLIC',
    consent: true,
  };

  it('is shown to the public only when it is public, the latest first', async () => {
    await deed('shareInsight', insight, 'insight { id }', 'department-of-health-and-social-care.publisher');
    await deed('shareInsight', { ...insight, text: 'Only among us.', visibility: 'MISSION' }, 'insight { id }');
    const texts = async (as?: string) =>
      (
        await world.ask('{ mission(id: "healthy-lives") { insights(first: 3) { nodes { text } } } }', { as })
      ).data.mission.insights.nodes.map(({ text }: { text: string }) => text);
    expect(await texts()).toEqual(['The form asks twice.']);
    expect(await texts('hm-treasury.publisher')).toEqual(['Only among us.', 'The form asks twice.']);
  });

  it('is refused without consent and about what does not exist', async () => {
    expect(codes(await deed('shareInsight', { ...insight, consent: false }, 'insight { id }'))).toEqual([
      'CONSENT_MISSING',
    ]);
    expect(codes(await deed('shareInsight', { ...insight, mission: 'nowhere' }, 'insight { id }'))).toEqual([
      'UNKNOWN_MISSION',
    ]);
    expect(codes(await deed('shareInsight', { ...insight, decisions: ['none'] }, 'insight { id }'))).toEqual([
      'UNKNOWN_DECISION',
    ]);
  });
});

describe('the service', () => {
  const page = (first: number) =>
    `{ missions(first: ${first}) { nodes { id lead { id } challenges { levers { id } } waitingOn { decision { decider { id } } } insights(first: 3) { nodes { id } } } } }`;

  it('answers a page with the same number of SQL statements whatever its size', async () => {
    const count = async (first: number) => {
      let statements = 0;
      const stop = onStatement(world.services.missions.orm, () => statements++);
      await world.ask(page(first));
      stop();
      return statements;
    };
    expect(await count(2)).toBe(await count(100));
  });

  it('keeps earlier states where its own role cannot touch them', async () => {
    const role = await world.serviceRole('missions');
    for (const sql of [
      'update mission_history set name = name',
      'delete from mission_history',
      'delete from mission',
      'create table x (y int)',
      'delete from deed',
    ]) {
      await expect(role.query(sql)).rejects.toThrow('permission denied');
    }
  });

  it('gives entities and its schema only to the gateway', async () => {
    const ask = async (query: string) => {
      const response = await fetch(world.services.missions.url, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) },
      });
      const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      return [response.status, errors?.[0]?.extensions.code];
    };
    expect(
      await ask(
        '{ _entities(representations: [{__typename: "Mission", id: "healthy-lives"}]) { ... on Mission { id } } }',
      ),
    ).toEqual([403, 'FORBIDDEN']);
    expect(await ask('{ _service { sdl } }')).toEqual([403, 'FORBIDDEN']);
    expect(await ask('{ missions { nodes { id } } }')).toEqual([200, undefined]);
  });
});
