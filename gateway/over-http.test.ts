import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { serve } from './server.js';
import { reply, startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const newer = 'application/graphql-response+json';
const older = 'application/json';
const post = async (body: unknown, headers: Record<string, string> = {}) =>
  reply(
    await fetch(graph.gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    }),
  );
const get = async (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  reply(await fetch(`${graph.gateway.url}?${new URLSearchParams(parameters)}`, { headers }));
const typename = { query: '{ __typename }' };

// The rules that the audit of graphql-http checks, by what they are about.
describe('GraphQL over HTTP', () => {
  it.each([
    [newer, newer],
    [older, older],
    ['*/*', older],
    [`${newer};q=0.5, ${older}`, older],
    [`${newer}, ${older}`, newer],
  ])('answers Accept: %s in %s', async (accept, type) => {
    const { status, headers } = await post(typename, { accept });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  });

  it('answers no other media type', async () => {
    expect((await post(typename, { accept: 'text/csv' })).status).toBe(406);
  });

  it('takes queries by GET, with variables as JSON, and changes only by POST', async () => {
    expect((await get(typename)).body).toEqual({ data: { __typename: 'Query' } });
    const query = 'query Type($name: String!) { __type(name: $name) { name } }';
    const variables = JSON.stringify({ name: 'Mission' });
    expect((await get({ query, variables, operationName: 'Type' }, { accept: newer })).body.data.__type.name).toBe(
      'Mission',
    );
    const change = await get({ query: 'mutation { __typename }' });
    expect([change.status, change.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await reply(await fetch(graph.gateway.url, { method: 'PUT' }))).status).toBe(405);
  });

  it('says what is wrong also where the client sent so much that the message is shortened', async () => {
    const asked = await post({ query: `{ ${'a'.repeat(2_000)} }` });
    const [{ message }] = asked.body.errors;
    expect(message).toMatch(/^Cannot query field "a+ … a+" on type "Query"\.$/);
    expect(message).toHaveLength(300);
  });

  it('takes a body only as JSON in UTF-8', async () => {
    for (const type of [
      'text/plain',
      'application/graphql',
      'application/json; charset=utf-16',
      'multipart/form-data',
    ]) {
      expect((await post(typename, { 'content-type': type })).status).toBe(415);
    }
    expect((await post(typename, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
    const bare = await fetch(graph.gateway.url, { method: 'POST' });
    expect(bare.status).toBe(415);
  });

  const malformed: [string, unknown][] = [
    ['no JSON', '{ "not a JSON'],
    ['nothing', ''],
    ['null', null],
    ['a batch', [typename]],
    ['no query', { qeury: '{ __typename }' }],
    ...[{ a: 1 }, 0, false, ['array'], null, ''].map((query): [string, unknown] => [
      `the query ${JSON.stringify(query)}`,
      { query },
    ]),
    ...[{ a: 1 }, 0, false, ['array'], 'Unknown', ''].map((operationName): [string, unknown] => [
      `the operationName ${JSON.stringify(operationName)}`,
      { ...typename, operationName },
    ]),
    ...['variables', 'extensions'].flatMap((name) =>
      ['string', 0, false, ['array']].map((value): [string, unknown] => [
        `the ${name} ${JSON.stringify(value)}`,
        { ...typename, [name]: value },
      ]),
    ),
    ['several operations and no name', { query: 'query A { __typename } query B { __typename }' }],
    [
      'bytes that are not UTF-8',
      Uint8Array.from([...Buffer.from('{"query":"{ __typename # '), 0xc3, 0x28, ...Buffer.from('}"}')]),
    ],
    ['a NUL in a variable', '{"query":"{ __typename }","variables":{"a":["\\u0000"]}}'],
    ['a NUL in a literal', { query: '{ mission(id: "\\u0000") { id } }' }],
    ['half a character', '{"query":"{ __typename }","variables":{"a":"\\ud800"}}'],
    [
      'variables of a thousand levels',
      { ...typename, variables: { a: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) } },
    ],
    ['an alias that is no name in JavaScript', { query: '{ __proto__: __typename }' }],
  ];
  it.each(malformed)('refuses %s with BAD_REQUEST and without data', async (_, body) => {
    const { status, body: answer } = await post(body, { accept: newer });
    expect([status, answer.errors[0].extensions.code, 'data' in answer]).toEqual([400, 'BAD_REQUEST', false]);
    expect(answer.errors[0].extensions.correlationId).toMatch(/^[\da-f-]{36}$/);
    // What is no JSON is a fault of HTTP; other faults are answered with 200 to clients of the older media type.
    const isJson = body !== '' && body !== '{ "not a JSON';
    expect((await post(body, { accept: older })).status).toBe(isJson ? 200 : 400);
    expect((await post(body)).status).toBe(400);
  });

  it.each([
    ['GRAPHQL_PARSE_FAILED', { query: '{' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ 8f31403dfe404bccbb0e835f2629c6a7 }'.replace('8', 'f') }],
    ['GRAPHQL_VALIDATION_FAILED', { query: 'subscription { __typename }' }],
    ['BAD_USER_INPUT', { query: 'query($id: ID!) { mission(id: $id) { id } }' }],
    ['BAD_USER_INPUT', { query: 'query($n: Int!) { missions(first: $n) { nodes { id } } }', variables: { n: 'many' } }],
  ])('answers %s with 400, and with 200 to clients of the older media type', async (code, body) => {
    const { status, body: answer } = await post(body, { accept: newer });
    expect([status, answer.errors[0].extensions.code, 'data' in answer]).toEqual([400, code, false]);
    const other = await post(body, { accept: older });
    expect([other.status, other.body.errors[0].extensions.code]).toEqual([200, code]);
  });

  it('takes null for each parameter but the query', async () => {
    for (const name of ['variables', 'operationName', 'extensions']) {
      expect((await post({ ...typename, [name]: null }, { accept: older })).body).toEqual({
        data: { __typename: 'Query' },
      });
    }
  });

  it('makes no suggestions from the schema', async () => {
    const { body } = await post({ query: '{ mission(id: "m1") { nam } missionz { id } }' });
    expect(JSON.stringify(body)).not.toMatch(/did you mean/i);
  });
});

describe('the rest of the gateway', () => {
  const at = (path: string) => fetch(new URL(path, graph.gateway.url));

  it('says that it is alive, and ready only when every subgraph is', async () => {
    expect(await (await at('/health')).json()).toEqual({ status: 'alive' });
    expect((await at('/ready')).status).toBe(200);
    graph.subgraphs.budgets.behaviour = 'hangs';
    const missing = await at('/ready');
    expect([missing.status, await missing.json()]).toEqual([503, { status: 'not ready', missing: ['budgets'] }]);
    graph.subgraphs.budgets.behaviour = 'well';
    expect((await at('/health')).status).toBe(200);
  });

  it('publishes what clients may ask, and nothing of how it is composed', async () => {
    const text = await (await at('/schema.graphql')).text();
    expect(text).toContain('type Mission');
    expect(text).not.toMatch(/join__|hidden/);
  });

  it('answers every other address with 404 and one sentence', async () => {
    for (const path of ['/nothing', '/graphql/', '/explore/../../package.json', '/explore/nothing.js']) {
      const response = await at(path);
      expect([response.status, (await response.text()).split('\n').length]).toEqual([404, 2]);
    }
  });

  it('leads who comes without an address to the explorer', async () => {
    const response = await fetch(new URL('/', graph.gateway.url), { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/explore']);
  });

  it('lets pages of any origin ask, without cookies', async () => {
    const preflight = await fetch(graph.gateway.url, { method: 'OPTIONS', headers: { origin: 'https://example.org' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const { headers } = await post(typename);
    expect([headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]).toEqual([
      '*',
      null,
    ]);
  });

  it('survives what is not HTTP, and clients that leave in the middle', async () => {
    const { port } = new URL(graph.gateway.url);
    for (const text of [
      '\0\0\0\r\n\r\n',
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"q',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), 'localhost', () => socket.write(text, () => socket.destroy()));
        socket.on('close', () => resolve());
      });
    }
    expect((await post(typename)).status).toBe(200);
  });
});

describe('a request that does not come to its end', () => {
  it.each(['headers', 'body'])('is cut off in time when its %s stall', async (stalled) => {
    const answers = new Map([['/', async (request: IncomingMessage) => void (await once(request, 'end'))]]);
    const server = await serve(answers, { port: 0, host: 'localhost' }, pino({ level: 'silent' }), 300);
    const socket = connect(server.port, 'localhost');
    const startedAt = performance.now();
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n${stalled === 'body' ? '\r\n{' : ''}`);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await server.stop();
  });
});

describe('stopping', () => {
  it('lets a request under way finish and takes no new ones', async () => {
    const other = await startTestGraph();
    const underWay = other.ask('{ callerAfter(ms: 500) }');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = other.gateway.stop();
    expect((await underWay).body).toEqual({ data: { callerAfter: 'public' } });
    await stopped;
    await expect(fetch(other.gateway.url)).rejects.toThrow();
    await other.stop();
  });
});
