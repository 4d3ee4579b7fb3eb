import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudEvent } from 'cloudevents';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { readSettings } from '../kernel/environment.js';
import { faultOfAddress, webhookHostsSetting } from './webhook-hosts.js';
import { type DepartmentsServer, departmentsServer, verified } from './webhook-server-for-tests.js';
import * as w from './words-for-tests.js';

let server: DepartmentsServer;
let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  server = await departmentsServer();
  world = await startWorld({
    ...{ services: ['contributions'], gateway: false, settings: { WEBHOOK_HOSTS: [server.host] } },
    stores: { [w.transport]: (address) => address },
  });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(async () => {
  await world?.stop();
  await server?.close();
});

const everything = ['STATE_CHANGED', 'DEPOSITED', 'WRITTEN_OFF', 'CONDITION_JUDGED', 'HELP_ASKED'];

async function deed(name: string, as: string, input: object) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const secret = name === 'registerWebhook' ? 'secret' : '';
  const document = `mutation ($input: ${type}Input!) { ${name}(input: $input) { ${secret} replayed
    webhook { id url events standing { state pending parked lastError } }
    userErrors { code message path ... on IllegalTransition { state } } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: w.newKey(), ...input } } });
  return { ...answer.data?.[name], errors: answer.errors };
}
const registers = (path: string, more: object = {}, organisation: string = w.education) =>
  deed('registerWebhook', w.publisher(organisation), {
    ...{ organisation, url: server.url(path), events: everything, ...more },
  });
const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);

async function until<Found>(find: () => Promise<Found> | Found, isIt: (found: Found) => boolean): Promise<Found> {
  for (const end = Date.now() + 20_000; ; await pause(20)) {
    const found = await find();
    if (isIt(found) || Date.now() > end) return found;
  }
}
const toldOf = (path: string, count: number) =>
  until(
    () => server.told(path),
    (told) => told.length >= count,
  );

async function standings(as?: string, organisation: string = w.education) {
  const document = `{ _entities(representations: [{__typename: "Organisation", id: "${organisation}"}]) { ... on Organisation {
    webhooks { id url standing { state pending parked lastError } } } } }`;
  const { data, errors } = await world.ask(document, { as });
  expect(errors).toBeUndefined();
  return data._entities[0].webhooks;
}
const standingOf = async (id: string) =>
  (await standings(w.publisher(w.education))).find((each: { id: string }) => each.id === id).standing;

const deposited = (contributionId: string, amount: string) => {
  const deposit = {
    contributionId,
    deposited: amount,
    committed: '1000000.00',
    currency: 'GBP',
    effectiveOn: '2026-04-02',
  };
  return world.event('contributions', { id: w.newKey(), type: 'budgets.deposited', data: { deposits: [deposit] } });
};

describe('registerWebhook', () => {
  it.each([w.education, w.transport])('has %s told of its own contributions, signed and in their order', async (of) => {
    const path = `/${of}`;
    const { webhook, secret, userErrors } = await registers(path, {}, of);
    expect(userErrors).toEqual([]);
    expect(webhook).toEqual({
      ...{ id: expect.stringMatching(new RegExp(`^${of}:webhook-`)), url: server.url(path), events: everything },
      standing: { state: 'ACTIVE', pending: 0, parked: 0, lastError: null },
    });
    const other = of === w.education ? w.transport : w.education;
    await w.commits(world, other);
    const conditions = [{ kind: 'POLICY', test: 'A board sits', precedent: false }];
    const { id } = await w.commits(world, of, { terms: w.termsOf('1000000.00', { conditions }) });
    expect(await deposited(id, '400000.00')).toBe(200);
    const { data } = await world.ask(`{ contribution(id: "${id}") { conditions { id } } }`, { as: w.publisher(of) });
    const [condition] = data.contribution.conditions;
    await w.does(world, 'judgeCondition', w.missionUnit, {
      ...{ contribution: id, condition: condition.id, status: 'UNMET', evidence: 'No board.' },
    });
    await w.does(world, 'suspendContribution', w.missionUnit, { contribution: id, reason: 'No board.' });
    const told = await toldOf(path, 7);
    const events = told.map((each) => verified(each, secret));
    expect(
      events.map(({ type, subject, data: { contribution, ...what } }) => [type, subject === contribution, what]),
    ).toEqual([
      ['contributions.state-changed', true, expect.objectContaining({ state: 'NEGOTIATING', number: 1, version: 2 })],
      ['contributions.state-changed', true, expect.objectContaining({ state: 'AGREED', version: 3 })],
      ['contributions.state-changed', true, expect.objectContaining({ state: 'COMMITTED', version: 4 })],
      ['contributions.deposited', true, { deposited: w.pounds('400000.00'), effectiveOn: '2026-04-02' }],
      ['contributions.state-changed', true, expect.objectContaining({ state: 'PART_DEPOSITED', version: 5 })],
      ['contributions.condition-judged', true, { condition: condition.id, status: 'UNMET' }],
      ['contributions.state-changed', true, expect.objectContaining({ state: 'SUSPENDED', version: 6 })],
    ]);
    expect(new Set(events.map(({ subject }) => subject))).toEqual(new Set([id]));
    for (const [place, event] of events.entries()) {
      expect(new CloudEvent(event, true).toJSON()).toEqual(event);
      expect(told[place]!.headers).toMatchObject({
        'webhook-id': event.id,
        'content-type': expect.stringMatching(/^application\/cloudevents\+json/),
      });
      expect(told[place]!.headers['hub-signature']).toBeUndefined();
    }
    expect(() => verified(told[0]!, `whsec_${Buffer.alloc(32, 'x').toString('base64')}`)).toThrow();
  });

  it('tells only what was asked for: a request for help and a write-off here, no steps', async () => {
    const { secret } = await registers('/chosen', { events: ['HELP_ASKED', 'WRITTEN_OFF'] });
    await world.ask(
      `mutation { askForHelp(input: {idempotencyKey: "help", mission: "clean-energy", organisation: "${w.education}", question: "canary"}) { userErrors { code } } }`,
      { as: w.missionUnit },
    );
    const { id } = await w.commits(world, w.education);
    await w.writesOff(world, w.education, {
      contribution: id,
      amount: w.pounds('1.00'),
      reason: 'canary',
    });
    const events = (await toldOf('/chosen', 2)).map((each) => verified(each, secret));
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      [
        'contributions.help-asked',
        { helpRequest: expect.stringMatching(/:help-/), mission: 'clean-energy', answerBy: null },
      ],
      [
        'contributions.written-off',
        { contribution: id, writtenOff: w.pounds('1.00'), effectiveOn: expect.any(String) },
      ],
    ]);
  });

  it('tells every organisation that asks of new signed roots of ledgers, in whichever store it is, once', async () => {
    const paths = { [w.education]: '/sealed-shared', [w.transport]: '/sealed-own' };
    const secrets: Record<string, string> = {};
    for (const [organisation, path] of Object.entries(paths))
      secrets[path] = (await registers(path, { events: ['SEALED'] }, organisation)).secret;
    await registers('/not-asked', { events: ['DEPOSITED'] });
    const root = (number: number) => ({ poolId: 'budget-1', number, hash: 'ab'.repeat(32), signature: `s${number}` });
    const seal = (id: string, ...numbers: number[]) =>
      world.event('contributions', { id, type: 'budgets.sealed', data: { roots: numbers.map(root) } });
    for (const id of ['seal-1', 'seal-1', 'seal-2']) expect(await seal(id, 1, 2)).toBe(200);
    expect(await seal('seal-3', 2, 3)).toBe(200);
    const shown = ({ poolId: budget, ...more }: ReturnType<typeof root>) => ({ budget, ...more });
    for (const path of Object.values(paths)) {
      const events = (await toldOf(path, 2)).map((each) => verified(each, secrets[path]!));
      expect(events.map(({ type, data }) => [type, data])).toEqual([
        ['contributions.sealed', { roots: [root(1), root(2)].map(shown) }],
        ['contributions.sealed', { roots: [root(3)].map(shown) }],
      ]);
    }
    expect(server.told('/not-asked')).toEqual([]);
  });

  it('shows its secret once, the same for the same key, and keeps it nowhere', async () => {
    const once = { idempotencyKey: 'one webhook' };
    const [first, again] = [await registers('/once', once), await registers('/once', once)];
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect([again.replayed, again.secret]).toEqual([true, first.secret]);
    const dry = await registers('/once', { dryRun: true });
    expect([dry.webhook.url, dry.secret]).toEqual([server.url('/once'), null]);
    const { rows } = await owner.query(
      `select table_name from information_schema.tables where table_schema = 'public'`,
    );
    for (const { table_name: table } of rows) {
      const { rows: found } = await owner.query(`select 1 from ${table} t where t::text like '%whsec_%'`);
      expect([table, found]).toEqual([table, []]);
    }
  });

  it('takes only allowed hosts, by https, and is for the organisation’s own publishers', async () => {
    const refused = async (url: string) => codes(await registers('/', { url }));
    for (const url of [
      'https://elsewhere.example/',
      'https://localhost.example/',
      'http://localhost:1/',
      'http://127.0.0.1/',
    ])
      expect([url, await refused(url)]).toEqual([url, ['WEBHOOK_HOST_NOT_ALLOWED']]);
    for (const url of [
      'http://dft.example/',
      'ftp://dft.example/',
      'no address',
      `http://u:p@${server.host}/`,
      `${server.url('/')}#x`,
      '',
    ])
      expect([url, await refused(url)]).toEqual([url, ['BAD_USER_INPUT']]);
    expect(codes(await registers('/', { events: [] }))).toEqual(['BAD_USER_INPUT']);
    for (const as of [w.publisher(w.transport), w.officer(w.education), w.missionUnit, w.auditor]) {
      const input = { organisation: w.education, url: server.url('/'), events: ['DEPOSITED'] };
      expect((await deed('registerWebhook', as, input)).errors[0].extensions.code).toBe('FORBIDDEN');
    }
  });
});

describe('WEBHOOK_HOSTS', () => {
  it.each([
    ['none when left out', undefined, []],
    [
      'exact hosts with their ports',
      ' Events.dft.example, localhost:9 ,[::1]:8443',
      ['events.dft.example', 'localhost:9', '[::1]:8443'],
    ],
  ])('allows %s', (_, text, hosts) => {
    expect(readSettings({ WEBHOOK_HOSTS: webhookHostsSetting }, { WEBHOOK_HOSTS: text }).WEBHOOK_HOSTS).toEqual(hosts);
  });

  it.each(['https://a.example', '*.example', 'a.example/x', 'a b'])('refuses "%s" in a sentence', (text) => {
    expect(() => readSettings({ WEBHOOK_HOSTS: webhookHostsSetting }, { WEBHOOK_HOSTS: text })).toThrow(
      /is no host such as/,
    );
  });

  it('is compared with the whole host, port and all', () => {
    const faults = [
      'https://a.example/x?y',
      'https://a.example:443/',
      'https://a.example:8443/',
      'https://b.a.example/',
      'https://a.example./',
    ];
    expect(faults.map((url) => faultOfAddress(url, ['a.example']))).toEqual([
      null,
      null,
      'NOT_ALLOWED',
      'NOT_ALLOWED',
      'NOT_ALLOWED',
    ]);
  });
});

describe('a webhook', () => {
  const helpAsked = (key: string) =>
    world.ask(
      `mutation { askForHelp(input: {idempotencyKey: "${key}", mission: "clean-energy", organisation: "${w.education}", question: "?"}) { userErrors { code } } }`,
      { as: w.missionUnit },
    );

  it('is told again until it accepts, under the same id, and never by way of a redirect', async () => {
    server.answers('/busy', 302);
    const { webhook, secret } = await registers('/busy', { events: ['HELP_ASKED'] });
    await helpAsked('busy');
    const [first] = await toldOf('/busy', 1);
    const waiting = await until(
      () => standingOf(webhook.id),
      ({ lastError }) => lastError !== null,
    );
    expect(waiting).toEqual({
      state: 'ACTIVE',
      pending: 1,
      parked: 0,
      lastError: 'webhook did not take it (HTTP 302)',
    });
    server.answers('/busy', 204);
    const [, second] = await toldOf('/busy', 2);
    expect(verified(second!, secret).id).toBe(verified(first!, secret).id);
    const standing = await until(
      () => standingOf(webhook.id),
      ({ pending }) => pending === 0,
    );
    expect(standing).toEqual({ state: 'ACTIVE', pending: 0, parked: 0, lastError: null });
    expect(server.told('/elsewhere')).toEqual([]);
  });

  it('that is told in vain too often has what it was not told set aside, for its own people to see and replay', async () => {
    server.answers('/down', 500);
    const { webhook } = await registers('/down', { events: ['HELP_ASKED'] });
    await helpAsked('down');
    await until(
      () => standingOf(webhook.id),
      ({ lastError }) => lastError !== null,
    );
    await owner.query(`update sent_event set tries = 24, try_at = now() where receiver = $1`, [
      `webhook ${webhook.id}`,
    ]);
    const parked = await until(
      () => standingOf(webhook.id),
      (standing) => standing.parked > 0,
    );
    expect(parked).toEqual({ state: 'ACTIVE', pending: 0, parked: 1, lastError: 'webhook did not take it (HTTP 500)' });
    expect((await standings(w.auditor)).length).toBeGreaterThan(0);
    for (const as of [undefined, w.publisher(w.transport), w.missionUnit]) expect(await standings(as)).toBeNull();
    server.answers('/down', 200);
    expect(codes(await deed('replayWebhook', w.publisher(w.transport), { webhook: webhook.id }))).toEqual([
      'NOT_FOUND',
    ]);
    const before = server.told('/down').length;
    expect(codes(await deed('replayWebhook', w.publisher(w.education), { webhook: webhook.id }))).toEqual([]);
    await toldOf('/down', before + 1);
    const after = await until(
      () => standingOf(webhook.id),
      ({ pending }) => pending === 0,
    );
    expect(after).toMatchObject({ pending: 0, parked: 0 });
  });

  it('that says 410 is told nothing more', async () => {
    server.answers('/gone', 410);
    const { webhook } = await registers('/gone', { events: ['HELP_ASKED'] });
    await helpAsked('gone');
    expect(
      await until(
        () => standingOf(webhook.id),
        ({ state }) => state === 'GONE',
      ),
    ).toMatchObject({ state: 'GONE' });
    await helpAsked('gone for good');
    // That it is gone is kept a moment before the event that learnt it is done with.
    const standing = await until(
      () => standingOf(webhook.id),
      ({ pending }) => pending === 0,
    );
    expect(standing).toEqual({ state: 'GONE', pending: 0, parked: 0, lastError: null });
    expect(server.told('/gone')).toHaveLength(1);
    for (const name of ['removeWebhook', 'replayWebhook'])
      expect((await deed(name, w.publisher(w.education), { webhook: webhook.id })).userErrors).toMatchObject([
        { code: 'ILLEGAL_TRANSITION', state: 'GONE' },
      ]);
  });

  it('that is removed by its organisation is told nothing more, not even what waited', async () => {
    server.answers('/removed', 500);
    const { webhook } = await registers('/removed', { events: ['HELP_ASKED'] });
    await helpAsked('removed');
    await until(
      () => standingOf(webhook.id),
      ({ lastError }) => lastError !== null,
    );
    for (const [as, id] of [
      [w.publisher(w.transport), webhook.id],
      [w.publisher(w.education), `${w.education}:webhook-x`],
    ])
      expect(codes(await deed('removeWebhook', as!, { webhook: id }))).toEqual(['NOT_FOUND']);
    const removed = await deed('removeWebhook', w.publisher(w.education), { webhook: webhook.id });
    expect(removed.webhook.standing).toEqual({ state: 'REMOVED', pending: 0, parked: 0, lastError: null });
    expect(codes(await deed('removeWebhook', w.publisher(w.education), { webhook: webhook.id }))).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
  });

  it('whose host is not allowed any more is not posted to', async () => {
    const id = `${w.education}:webhook-00000000-0000-7000-8000-000000000001`;
    await as(
      w.education,
      'publisher',
      'commit',
      `insert into webhook (id, contributor_id, url, events, by_subject) values ($1, $2, $3, '{HELP_ASKED}', 'x')`,
      [...[id, w.education, server.url('/').replace('localhost', '127.0.0.1')]],
    );
    await helpAsked('not allowed');
    const { lastError } = await until(
      () => standingOf(id),
      (standing) => standing.lastError !== null,
    );
    expect(lastError).toBe('webhook did not take it (WEBHOOK_HOSTS does not allow its host any more)');
    await deed('removeWebhook', w.publisher(w.education), { webhook: id });
  });
});

/** Runs SQL with the rights of the service, for somebody. */
async function as(
  organisation: string,
  roles: string,
  end: 'commit' | 'rollback',
  sql: string,
  params: unknown[] = [],
) {
  await service.query('begin');
  try {
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      organisation,
      roles,
    ]);
    const { rows } = await service.query(sql, params);
    await service.query(end);
    return rows;
  } catch (error) {
    await service.query('rollback');
    throw error;
  }
}

describe('the database, asked by hand about webhooks,', () => {
  it('shows them to their organisation, to auditors and to whoever tells them, and to nobody else', async () => {
    await registers('/seen');
    const seen = async (organisation: string, roles: string) =>
      (await as(organisation, roles, 'rollback', 'select 1 from webhook')).length > 0;
    const who = [
      ['', ''],
      [w.transport, 'publisher'],
      [w.education, ''],
      ['x', 'auditor'],
      ['x', 'mission-unit'],
      ['', 'event'],
    ] as const;
    const found: boolean[] = [];
    for (const [organisation, roles] of who) found.push(await seen(organisation, roles));
    expect(found).toEqual([false, false, true, true, true, true]);
  });

  it.each([
    [w.transport, 'publisher', 'webhook'],
    [w.education, 'accounting-officer', 'webhook'],
    ['', 'event', 'webhook'],
    [w.transport, 'publisher', 'webhook_end'],
    ['x', 'mission-unit', 'webhook_end'],
  ])('refuses "%s" as %s a row of %s for another organisation or role', async (organisation, roles, table) => {
    const { webhook } = await registers('/theirs');
    const sql =
      table === 'webhook'
        ? `insert into webhook (id, contributor_id, url, events, by_subject)
             values ('${w.education}:webhook-00000000-0000-7000-8000-000000000002', '${w.education}', 'x', '{DEPOSITED}', 'x')`
        : `insert into webhook_end (webhook_id, contributor_id, state, by_subject)
             values ('${webhook.id}', '${w.education}', 'REMOVED', 'x')`;
    await expect(as(organisation, roles, 'rollback', sql)).rejects.toThrow(/row-level security/);
  });

  it('lets none of them be changed or taken back', async () => {
    for (const table of ['webhook', 'webhook_end'])
      for (const sql of [`update ${table} set by_subject = 'y'`, `delete from ${table}`]) {
        await expect(as(w.education, 'publisher', 'rollback', sql)).rejects.toThrow(/permission denied/);
        await expect(owner.query(sql)).rejects.toThrow(/is only added to/);
      }
  });
});
