import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { startIssuer } from '../infra/identity/issuer.js';
import { startGateway } from './gateway.js';
import { startTestGraph, type TestGraph } from './test-graph.js';
import { composeTestGraph } from './test-schema.js';
import { secret } from './test-subgraphs.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const lastHeaders = () => graph.subgraphs.missions.requests.at(-1)!.headers;

describe('three callers who ask the same at the same time', () => {
  it('each see what is for them, from calls of their own', async () => {
    // With calls merged while they are under way, one subgraph call would answer all and everybody would see the first.
    const before = graph.subgraphs.missions.requests.length;
    const callers = ['home-office', 'department-for-education', 'hm-treasury'];
    const document = '{ callerAfter(ms: 200) }';
    const replies = await Promise.all([
      ...callers.map((organisation) => graph.ask(document, { as: `${organisation}.publisher` })),
      graph.ask(document),
    ]);
    expect(replies.map(({ body }) => body.data.callerAfter)).toEqual([...callers, 'public']);
    expect(graph.subgraphs.missions.requests.length - before).toBe(4);
  });

  it('each see what is for them in entities that another service adds', async () => {
    const callers = ['home-office', 'department-for-education', 'hm-treasury'];
    const document = '{ mission(id: "m1") { budgetsCaller } }';
    const replies = await Promise.all(callers.map((caller) => graph.ask(document, { as: `${caller}.publisher` })));
    expect(replies.map(({ body }) => body.data.mission.budgetsCaller)).toEqual(callers);
  });
});

describe('a token', () => {
  it('reaches the subgraph unchanged', async () => {
    const authorization = `Bearer ${await graph.issuer.tokenFor('home-office.publisher')}`;
    await graph.ask('{ signed }', { headers: { authorization } });
    expect(lastHeaders().authorization).toBe(authorization);
  });

  it('that is not valid is answered with 401 for the whole request', async () => {
    const good = await graph.issuer.tokenFor('home-office.publisher');
    const [header, claims, signature] = good.split('.') as [string, string, string];
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const other = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), org: 'x' }));
    const bad = [
      'abc',
      'a.b.c',
      `${none}.${claims}.`,
      `${none}.${claims}.x`,
      `${header}.${other.toString('base64url')}.${signature}`,
    ];
    for (const token of bad) {
      const { status, body, headers } = await graph.ask('{ signed }', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(status).toBe(401);
      expect(body.data).toBeUndefined();
      expect(body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('of another issuer is answered with 401', async () => {
    const stranger = await startIssuer({ port: 0, audience: 'mission-budget-hub' });
    const authorization = `Bearer ${await stranger.tokenFor('home-office.publisher')}`;
    expect((await graph.ask('{ signed }', { headers: { authorization } })).status).toBe(401);
    await stranger.stop();
  });

  it('is needed for every change', async () => {
    const before = graph.subgraphs.missions.requests.length;
    const { status, body } = await graph.ask('mutation { renameMission(name: "x") { mission { name } } }');
    expect([status, body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(graph.subgraphs.missions.requests.length).toBe(before);
    const renamed = await graph.ask('mutation { renameMission(name: "x") { mission { name } } }', {
      as: 'home-office.publisher',
    });
    expect(renamed.body.data.renameMission.mission.name).toBe('x by home-office');
  });

  it('cannot be checked while the identity provider is away, which is answered with 503', async () => {
    const free = createServer().listen(0);
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const urls = Object.fromEntries(Object.entries(graph.subgraphs).map(([name, { url }]) => [name, url]));
    const gateway = await startGateway({
      ...composeTestGraph(),
      port: 0,
      subgraphs: urls as never,
      issuer: `http://localhost:${port}`,
      audience: 'mission-budget-hub',
      secret,
      log: pino({ level: 'silent' }),
    });
    const ask = (headers: Record<string, string>) =>
      fetch(gateway.url, {
        method: 'POST',
        body: '{"query":"{ signed }"}',
        headers: { 'content-type': 'application/json', ...headers },
      });
    const refused = await ask({ authorization: `Bearer ${await graph.issuer.tokenFor('home-office.publisher')}` });
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as never as { errors: unknown[] }).errors[0]).toMatchObject({
      extensions: { code: 'UNAVAILABLE', retryable: true },
    });
    expect((await ask({})).status).toBe(200);
    await gateway.stop();
  });
});

describe('headers of a request', () => {
  it('that could pass for the hub’s own are dropped on the way to a subgraph', async () => {
    const smuggled = {
      'hub-signature': '1.forged',
      'x-forwarded-for': '10.0.0.1',
      'x-organisation': 'hm-treasury',
      'x-correlation-id': 'mine',
      cookie: 'a=b',
      traceparent: 'not a trace',
    };
    await graph.ask('{ signed }', { headers: smuggled });
    const allowed = [
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'hub-signature',
      'x-correlation-id',
    ];
    expect(Object.keys(lastHeaders()).sort()).toEqual(allowed);
    expect(lastHeaders()['hub-signature']).not.toBe('1.forged');
    expect(lastHeaders()['x-correlation-id']).not.toBe('mine');
  });

  it('name the trace and the correlation id to subgraph and client alike', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await graph.ask('{ signed }', { headers: { traceparent } });
    expect(lastHeaders().traceparent).toBe(traceparent);
    expect(headers.get('x-correlation-id')).toBe(lastHeaders()['x-correlation-id']);
  });
});
