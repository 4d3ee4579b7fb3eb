import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, getIntrospectionQuery } from 'graphql';
import { bombs, fragmentBomb, times } from './bombs-for-tests.js';
import { costOf, mostAnswered } from './cost.js';
import { type RequestRefused } from './errors.js';
import { limits, parseWithinLimits } from './limits.js';
import { startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

describe('a document beyond the limits', () => {
  it.each(Object.entries(bombs))('(%s) is refused', async (_, query) => {
    const { status, body } = await graph.ask(query);
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    expect(body.data).toBeUndefined();
  });

  it('reaches no subgraph', async () => {
    const calls = () => Object.values(graph.subgraphs).reduce((sum, { requests }) => sum + requests.length, 0);
    const before = calls();
    for (const query of Object.values(bombs)) await graph.ask(query);
    expect(calls()).toBe(before);
  });

  it('with fragments in a circle is refused by validation', async () => {
    const circle =
      '{ missions { nodes { ...A } } } fragment A on Mission { id ...B } fragment B on Mission { id ...A }';
    const { status, body } = await graph.ask(circle);
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  it('because its body is larger than 256 kB is answered with 413', async () => {
    const { status, body } = await graph.ask(`{ __typename } # ${'x'.repeat(limits.bodyBytes)}`);
    expect([status, body.errors[0].extensions.code]).toEqual([413, 'QUERY_TOO_COMPLEX']);
  });

  it.each([
    ['says that it is larger', 'content-length: 20000000', ''],
    ['turns out to be larger', 'transfer-encoding: chunked', `50000\r\n${' '.repeat(0x50000)}\r\n`],
  ])('because its body %s is answered before the rest of it comes, and then cut off', async (_, header, sent) => {
    const socket = connect(Number(new URL(graph.gateway.url).port), 'localhost');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.write(`POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n${sent}`);
    const startedAt = performance.now();
    let answer = '';
    const answered = new Promise<number>((resolve) =>
      socket.on('data', (chunk) => {
        answer += chunk;
        if (answer.includes('QUERY_TOO_COMPLEX')) resolve(performance.now() - startedAt);
      }),
    );
    expect(await answered).toBeLessThan(1_000);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    await closed;
  });
});

describe('a document within the limits', () => {
  it('may be a batch of 60 deeds', async () => {
    const deeds = times(
      60,
      (index) =>
        `d${index}: renameMission(name: $n${index}) { mission { id name } userErrors { code message ... on EmptyName { least } } }`,
    );
    const declared = times(60, (index) => `$n${index}: String!`);
    const variables = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`n${index}`, `name ${index}`]));
    const { status, body } = await graph.ask(`mutation(${declared}) { ${deeds} }`, {
      as: 'home-office.publisher',
      variables,
    });
    expect(status).toBe(200);
    expect(body.data.d59.mission.name).toBe('name 59 by home-office');
  });

  it('may be the question that tools ask about a schema', async () => {
    const { status, body } = await graph.ask(getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }));
    expect([status, body.errors]).toEqual([200, undefined]);
    expect(body.data.__schema.types.map(({ name }: never) => name)).not.toContain('join__Graph');
    expect(JSON.stringify(body)).not.toContain('hidden');
  });

  it('is 256 kB long when most of it is a comment', async () => {
    expect((await graph.ask(`{ __typename } # ${'x'.repeat(limits.bodyBytes - 200)}`)).body).toEqual({
      data: { __typename: 'Query' },
    });
  });
});

describe('the cost of a document', () => {
  const schema = buildSchema(`
    type Query { pages(first: Int! = 20): Page }
    type Page { nodes: [Node!]! }
    type Node { id: ID! pages(first: Int! = 20): Page }
  `);
  const costOfText = (text: string, variables = {}) => {
    const { definitions } = parseWithinLimits(text);
    return costOf(definitions[0] as never, schema, new Map())(variables);
  };

  it('multiplies pages inside pages, as their arguments, variables and defaults say', () => {
    expect(costOfText('{ pages { nodes { id } } }')).toBe(1 + 20 * 2);
    expect(costOfText('{ pages(first: 3) { nodes { id pages(first: 4) { nodes { id } } } } }')).toBe(
      1 + 3 * (1 + 1 + 1 + 4 * 2),
    );
    expect(costOfText('query($n: Int) { pages(first: $n) { nodes { id } } }', { n: 7 })).toBe(1 + 7 * 2);
  });

  it('can be 100 missions with 20 contributions each, and not 100 with 100', () => {
    const pages = (first: number) =>
      `{ pages(first: 100) { nodes { pages(first: ${first}) { nodes { id a: id b: id c: id } } } } }`;
    expect(costOfText(pages(20))).toBeLessThan(mostAnswered);
    expect(costOfText(pages(100))).toBeGreaterThan(mostAnswered);
  });

  it('of fragments is counted wherever they are spread', () => {
    expect(() => parseWithinLimits(fragmentBomb(9))).not.toThrow();
    const refusal = () => parseWithinLimits(fragmentBomb(11));
    expect(refusal).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' } satisfies Partial<RequestRefused>));
  });
});
