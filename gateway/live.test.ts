import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Client } from 'pg';
import { pino } from 'pino';
import { type RunningService, start } from '../services/kernel/start.js';
import * as w from '../services/outcomes/releases-for-tests.js';
import { outcomes } from '../services/outcomes/service.js';
import { secret, startWorld, type World } from '../test/world.js';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.js';
import { type Subscriber, subscribe } from './live-for-tests.js';

let world: World;
let owner: Client;
let other: RunningService;
/** Two gateways over two processes of the service, which share nothing but the database. */
let [here, there]: (Gateway | undefined)[] = [];
/** Gives tokens for the second gateway, any it is asked for. */
let provider: Awaited<ReturnType<typeof startProvider>>;
const log = pino({ level: process.env.TEST_LOG ?? 'silent' }, pino.destination(2));
const audience = 'mission-budget-hub';
const away = 'http://localhost:9/graphql';
const [supergraph, publicSchema] = ['supergraph', 'public'].map((name) =>
  readFileSync(`schema/${name}.graphql`, 'utf8'),
);

const gatewayTo = (url: string, more: Partial<GatewayOptions> = {}) =>
  startGateway({
    ...{ port: 0, supergraph: supergraph!, publicSchema: publicSchema!, issuer: world.issuer, audience, secret, log },
    subgraphs: { missions: away, budgets: away, contributions: away, outcomes: url },
    ...more,
  });
const anotherOutcomes = (port = 0) =>
  start(outcomes, {
    ...{ port, host: 'localhost', databaseUrl: world.databases.outcomes.serviceUrl, issuer: world.issuer },
    ...{ audience, secret, addresses: {}, log },
  });

async function startProvider() {
  const keys = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' };
  const server = createServer((request, response) => {
    const answer = request.url === '/jwks' ? { keys: [jwk] } : { jwks_uri: `${issuer}/jwks` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, key: keys.privateKey, stop: () => server.close() };
}

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  owner = await world.owner('outcomes');
  await w.defineOutcome(world);
  for (const id of ['one', 'two', 'busy', 'calm']) await w.defineMeasure(world, id);
  other = await anotherOutcomes();
  // No comment falls between two events, so that streams can be compared byte by byte.
  const live = { each: 2, eachAddress: 12, all: 13, keepAliveMs: 60_000 };
  here = await gatewayTo(world.services.outcomes.url, { live, operationsPort: 0 });
  provider = await startProvider();
  there = await gatewayTo(other.url, { issuer: provider.issuer, live: { keepAliveMs: 100 } });
});
const open: Subscriber[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.leave();
});
afterAll(async () => {
  await Promise.all([here?.stop(), there?.stop()]);
  provider?.stop();
  await other?.stop();
  await world?.stop();
});

const fields = 'id kind publicAt measures { id latest { period value } }';
const all = `subscription { publishedFigures { ${fields} } }`;
const of = `subscription ($measures: [ID!], $after: ID) { publishedFigures(measures: $measures, after: $after) { ${fields} } }`;
const listens = async (gateway: Gateway, query = all, more: Parameters<typeof subscribe>[2] = {}) => {
  for (;;) {
    const subscriber = await subscribe(gateway.url, query, more);
    // A gateway that has just begun has not reached the service yet.
    if (subscriber.status !== 503 || !String(subscriber.refused.errors[0].message).includes('heard')) {
      open.push(subscriber);
      return subscriber;
    }
    await pause(20);
  }
};
interface Latest {
  id: string;
  latest: { value: string } | null;
}
const told = ({ heard }: Subscriber): string[] =>
  heard.map(({ data: { data } }) => {
    const { kind, measures } = data.publishedFigures as { kind: string; measures: Latest[] };
    return [kind, ...measures.map(({ id, latest }) => `${id} ${latest?.value ?? null}`)].join(' ');
  });
const idsOf = ({ heard }: Subscriber) => heard.map(({ id }) => Number(id));
const newest = async () =>
  Number((await owner.query('select max(number) as newest from published_figures')).rows[0].newest ?? 0);
const publishes = (measure: string, value: number, more: object = {}) =>
  w.publishes(world, measure, [{ period: '2020', value: String(value) }], more);
const as = async (client: string) => ({ authorization: `Bearer ${await world.tokenFor(client)}` });

describe('a subscription', () => {
  it('tells at once, at every gateway, what was published through one of them', async () => {
    const subscribers = [await listens(here!), await listens(there!)];
    const input = { idempotencyKey: 'k', measure: 'one', source: 'ONS', rows: [{ period: '2020', value: '11' }] };
    const query =
      'mutation ($input: PublishObservationsInput!) { publishObservations(input: $input) { rows { verdict } } }';
    const sent = Date.now();
    const headers = { 'content-type': 'application/json', ...(await as(w.statistician)) };
    const answer = await fetch(here!.url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables: { input } }),
    });
    expect(await answer.json()).toEqual({ data: { publishObservations: { rows: [{ verdict: 'NEW' }] } } });
    for (const each of subscribers) {
      const [first] = await each.until(1);
      // Less than the five seconds after which it would have been found by looking: it was notified.
      expect(first!.at - sent).toBeLessThan(4_500);
      expect([first!.event, told(each)]).toEqual(['next', ['PUBLISHED one 11']]);
      expect(first!.id).toBe(first!.data.data.publishedFigures.id);
    }
  });

  it('tells of the measures that were asked for, of nothing else, and of withdrawals', async () => {
    const one = await listens(here!, of, { variables: { measures: ['one'] } });
    const both = await listens(there!, of, { variables: { measures: ['one', 'two'] } });
    // The answer is that of the moment: the next change waits until it was given.
    await publishes('two', 21);
    await publishes('one', 12);
    await Promise.all([both.until(2), one.until(1)]);
    await w.does(
      world,
      'withdrawObservation',
      { measure: 'one', periods: ['2020'], because: 'b' },
      'tombstones { vintage }',
    );
    await both.until(3);
    expect(told(both)).toEqual(['PUBLISHED two 21', 'PUBLISHED one 12', 'WITHDRAWN one null']);
    await one.until(2);
    expect(told(one)).toEqual(['PUBLISHED one 12', 'WITHDRAWN one null']);
  });

  it('to a measure that is not there is refused at once, at the gateway and at the service', async () => {
    const refused = await listens(here!, of, { variables: { measures: ['one', 'nowhere'] } });
    expect([refused.status, refused.refused.errors[0].extensions.code, refused.refused.errors[0].message]).toEqual([
      ...[400, 'BAD_USER_INPUT', 'There is no measure nowhere; look up its id, or leave it out.'],
    ]);
    const asked = await world.ask('{ publishedFigures(measures: ["nowhere"]) { id } }');
    expect(asked.errors![0].extensions.code).toBe('BAD_USER_INPUT');
    const heard = await listens(here!, of, { variables: { measures: ['one'] } });
    expect(heard.status).toBe(200);
  });

  it('is counted by the metrics when it begins, and as open until it ends', async () => {
    const metric = async (name: string) => {
      const text = await (await fetch(here!.metricsUrl!)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))!
          .slice(name.length),
      );
    };
    const begun = 'hub_requests_total{kind="subscription",outcome="ok"}';
    while ((await metric('hub_open_subscriptions')) > 0) await pause(20);
    const before = await metric(begun);
    const subscriber = await listens(here!);
    expect(await metric('hub_open_subscriptions')).toBe(1);
    expect(await metric(begun)).toBe(before + 1);
    await subscriber.leave();
    while ((await metric('hub_open_subscriptions')) > 0) await pause(20);
    expect(await metric(begun)).toBe(before + 1);
  });

  it('is answered with the rights of who subscribed', async () => {
    const query = 'subscription { publishedFigures { release { title figureCount } } }';
    const own = await listens(here!, query, { headers: await as(w.statistician) });
    const foreign = await listens(here!, query, { headers: await as(w.otherStatistician) });
    const release = await w.schedules(world, w.soon(600));
    await publishes('two', 22, { release });
    for (const each of [own, foreign]) await each.until(1);
    const counted = [own, foreign].map(({ heard }) => heard[0]!.data.data.publishedFigures.release.figureCount);
    expect(counted).toEqual([1, null]);
  });

  it('is read by the explorer as its answers come, and ends when the explorer stops it', async () => {
    const program = await (await fetch(new URL('/explore/explore.js', there!.url))).text();
    type Fetcher = (asked: object, more: object) => AsyncIterableIterator<{ data: object }>;
    let fetcher: Fetcher | undefined;
    runInNewContext(program, {
      ...{ Headers, TextDecoderStream, AbortController, Promise },
      fetch: (path: string, init: RequestInit) => fetch(new URL(path, there!.url), init),
      document: { getElementById: () => ({ value: '', addEventListener: () => undefined }) },
      GraphiQL: { createFetcher: () => () => 'asked once' },
      React: {
        createElement: (_: unknown, given: { fetcher: Fetcher }) => {
          fetcher = given.fetcher;
        },
      },
      ReactDOM: { createRoot: () => ({ render: () => undefined }) },
    });
    const query = 'subscription Live { publishedFigures { kind measures { id } } }';
    const told = fetcher!({ query, operationName: 'Live' }, { documentAST: parse(query) });
    const first = told.next();
    await listens(there!);
    await publishes('two', 29);
    const answer = { data: { publishedFigures: { kind: 'PUBLISHED', measures: [{ id: 'two' }] } } };
    expect(JSON.parse(JSON.stringify(await first))).toEqual({ value: answer, done: false });
    const second = told.next();
    await told.return!();
    expect((await second).done).toBe(true);
    expect(fetcher!({ query: '{ __typename }' }, { documentAST: parse('{ __typename }') })).toBe('asked once');
  });

  it('numbers what many publish at the same time without a gap, and tells all in that order', async () => {
    const subscriber = await listens(there!, of, { variables: { measures: ['busy'] } });
    const first = (await newest()) + 1;
    const years = Array.from({ length: 12 }, (_, place) => String(2000 + place));
    await Promise.all(years.map((period) => w.publishes(world, 'busy', [{ period, value: '1' }])));
    await subscriber.until(years.length);
    expect(idsOf(subscriber)).toEqual(years.map((_, place) => first + place));
  });
});

describe('what waits in a release is told to subscribers', () => {
  it('at its instant, at its new instant once it was moved, and by no byte before', async () => {
    const bytes = async (hides: boolean) => {
      const subscriber = await listens(here!);
      const instants = [w.soon(3_500), w.soon(3_500), w.soon(4_200)];
      if (hides) {
        const [kept, moved] = [await w.schedules(world, instants[0]!), await w.schedules(world, instants[1]!)];
        await publishes('one', 777, { release: kept });
        await publishes('two', 778, { release: moved });
        const input = { release: moved, scheduledAt: instants[2], reason: 'r' };
        await w.does(world, 'rescheduleRelease', input, 'release { id }');
      }
      for (const place of [1, 2]) {
        await publishes('calm', place + (hides ? 2 : 0));
        await subscriber.until(place);
      }
      const first = Number(subscriber.heard[0]!.id);
      const text = subscriber
        .text()
        .replace(/(id: |"id":")(\d+)/g, (_, before, id) => `${before}${Number(id) - first}`)
        .replace(/"publicAt":"[^"]*"/g, '');
      return { subscriber, text, instants };
    };
    const open = await bytes(false);
    const hiding = await bytes(true);
    expect(hiding.text).toBe(open.text.replace('"value":"2"', '"value":"4"').replace('"value":"1"', '"value":"3"'));
    expect(hiding.text).not.toContain('77');
    const heard = await hiding.subscriber.until(4);
    const later = heard.slice(2);
    expect(told(hiding.subscriber).slice(2)).toEqual(['RELEASED one 777', 'RELEASED two 778']);
    for (const [place, { at, data }] of later.entries()) {
      const instant = hiding.instants[place * 2]!;
      expect(data.data.publishedFigures.publicAt).toBe(instant);
      expect(at - Date.parse(instant)).toBeGreaterThanOrEqual(0);
      expect(at - Date.parse(instant)).toBeLessThan(4_500);
    }
  });

  it('by the database too: nobody tells of a release before it comes, writes a number, or changes what was told', async () => {
    const role = await world.serviceRole('outcomes');
    const waiting = await w.schedules(world, '2999-01-01T09:30:00.000Z');
    const tries = {
      early: `insert into published_figures (kind, measure_ids, release_id) values ('RELEASED', '{one}', '${waiting}')`,
      unknown: `insert into published_figures (kind, measure_ids, release_id) values ('RELEASED', '{one}', 'release-0')`,
      numbered: `insert into published_figures (number, public_at, kind, measure_ids) values (9, now(), 'PUBLISHED', '{one}')`,
      changed: `update published_figures set measure_ids = '{two}'`,
    };
    const said: string[] = [];
    for (const [name, sql] of Object.entries(tries))
      said.push(
        `${name}: ${await role.query(sql).then(
          () => 'done',
          ({ message }) => message,
        )}`,
      );
    for (const sql of [`update published_figures set kind = 'WITHDRAWN'`, 'delete from published_figures'])
      said.push(
        `owner: ${await owner.query(sql).then(
          () => 'done',
          ({ message }) => message,
        )}`,
      );
    expect(said).toEqual([
      'early: a release is not told before it comes',
      'unknown: a release is not told before it comes',
      'numbered: permission denied for table published_figures',
      'changed: permission denied for table published_figures',
      'owner: rows of published_figures are never changed or deleted',
      'owner: rows of published_figures are never changed or deleted',
    ]);
  });
});

describe('a subscriber who comes back', () => {
  it('says the last id it knows, at any gateway, and misses nothing and hears nothing twice', async () => {
    const before = await listens(here!);
    await publishes('one', 31);
    const [{ id: last } = { id: null }] = await before.until(1);
    await before.leave();
    for (const value of [32, 33]) await publishes('one', value);
    const known = { 'last-event-id': last! };
    const back = [
      await listens(there!, all, { headers: known }),
      await listens(here!, all, { headers: known, get: true }),
      await listens(there!, of, { variables: { after: last } }),
      // The header is what the client's own software adds: newer than what the document says.
      await listens(here!, of, { variables: { after: '0' }, headers: known }),
    ];
    await publishes('one', 34);
    for (const each of back) {
      await each.until(3);
      expect(idsOf(each)).toEqual([1, 2, 3].map((more) => Number(last) + more));
    }
  });

  it('is told what it missed while the service was away or had lost its database, without doing anything', async () => {
    const subscriber = await listens(there!);
    const first = (await newest()) + 1;
    const listener = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hub outcomes listener' and datname = current_database()`;
    const role = await world.serviceRole('outcomes');
    expect((await role.query(listener)).rows.length).toBe(2);
    await publishes('one', 41);
    await subscriber.until(1);
    const port = Number(new URL(other.url).port);
    await other.stop();
    await publishes('one', 42);
    other = await anotherOutcomes(port);
    await publishes('one', 43);
    await subscriber.until(3);
    expect(idsOf(subscriber)).toEqual([first, first + 1, first + 2]);
  });
});

describe('a subscription is refused', () => {
  it.each<[string, number, string, string, Parameters<typeof subscribe>[2]]>([
    ['that is no GraphQL', 400, 'GRAPHQL_PARSE_FAILED', 'subscription {', {}],
    ['to what is not there', 400, 'GRAPHQL_VALIDATION_FAILED', 'subscription { secrets { id } }', {}],
    ['to two things', 400, 'GRAPHQL_VALIDATION_FAILED', `${all.slice(0, -1)} again: publishedFigures { id } }`, {}],
    [
      'that is too deep',
      400,
      'QUERY_TOO_COMPLEX',
      `subscription { publishedFigures ${'{ measures { outcome '.repeat(9)}{ id } ${'} }'.repeat(9)} }`,
      {},
    ],
    [
      'that could cost too much',
      400,
      'QUERY_TOO_COMPLEX',
      'subscription { publishedFigures { measures { observations(first: 100000) { nodes { id } } } } }',
      {},
    ],
    ['with variables that do not fit', 400, 'BAD_USER_INPUT', of, { variables: { measures: [1.5] } }],
    [
      'to more than 100 measures',
      400,
      'BAD_USER_INPUT',
      of,
      { variables: { measures: Array.from({ length: 101 }, (_, n) => `m${n}`) } },
    ],
    ['after what is no id', 400, 'BAD_USER_INPUT', of, { variables: { after: 'yesterday' } }],
    ['as known at an instant', 400, 'BAD_USER_INPUT', all, { headers: { 'as-known-at': '2020-01-01T00:00:00Z' } }],
    ['to who takes only JSON', 406, 'BAD_REQUEST', all, { headers: { accept: 'application/json' } }],
    ['with a bad token', 401, 'UNAUTHENTICATED', all, { headers: { authorization: 'Bearer a.b.c' } }],
  ])('%s: %i %s', async (_, status, code, query, more) => {
    const { refused, ...answer } = await listens(here!, query, more);
    expect([answer.status, refused?.errors[0].extensions.code]).toEqual([status, code]);
    expect(refused.errors[0].extensions.correlationId).toBe(answer.headers['x-correlation-id']);
  });

  it('to one who holds too many, and to all when the gateway is full, until one is ended', async () => {
    const headers = await as(w.statistician);
    const mine = [await listens(here!, all, { headers }), await listens(here!, all, { headers })];
    const tooMany = await listens(here!, all, { headers });
    expect([tooMany.status, tooMany.refused.errors[0].extensions.code, tooMany.headers['retry-after']]).toEqual([
      429,
      'RATE_LIMITED',
      '10',
    ]);
    const everybody = await Promise.all(Array.from({ length: 12 }, () => listens(here!)));
    expect(everybody.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 503]);
    const full = everybody.find(({ status }) => status === 503)!;
    expect([full.refused.errors[0].extensions, full.headers['retry-after']]).toMatchObject([
      { code: 'UNAVAILABLE', retryable: true },
      '10',
    ]);
    await mine[0]!.leave();
    let again: Subscriber;
    do again = await listens(here!, all, { headers });
    while (again.status !== 200);
  });
});

describe('a stream of events ends', () => {
  it('with a reason when the token is over, and without one, to be taken up elsewhere, when the gateway stops', async () => {
    const stays = await listens(there!);
    // Clocks may differ by a minute: this one is over a second from now.
    const seconds = Math.floor(Date.now() / 1000);
    const claims = { iss: provider.issuer, aud: audience, sub: 's', org: 'o', roles: [] };
    const token = new SignJWT({ ...claims, iat: seconds - 100, exp: seconds - 58 });
    const signed = await token.setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(provider.key);
    const expires = await listens(there!, all, { headers: { authorization: `Bearer ${signed}` } });
    expect([stays.status, expires.status]).toEqual([200, 200]);
    await expires.ended;
    expect(expires.heard.map(({ event, data }) => [event, data?.errors[0].extensions.code])).toEqual([
      ['next', 'UNAUTHENTICATED'],
      ['complete', undefined],
    ]);
    expect(stays.text().length).toBeGreaterThan(3 * ':\n\n'.length);
    const begun = Date.now();
    await Promise.all([there!.stop(), stays.ended]);
    there = undefined;
    expect([stays.heard, Date.now() - begun < 2_000]).toEqual([[], true]);
  });
});
