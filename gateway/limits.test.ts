import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, getIntrospectionQuery } from 'graphql';
import { costOf, mostAnswered } from './cost.js';
import { type RequestRefused } from './errors.js';
import { limits, parseWithinLimits } from './limits.js';
import { startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const times = (count: number, text: string | ((index: number) => string)) =>
  Array.from({ length: count }, (_, index) => (typeof text === 'string' ? text : text(index))).join(' ');
const nested = (depth: number, open: string, inner: string) =>
  `${open.repeat(depth)}${inner}${'}'.repeat(depth * (open.split('{').length - 1))}`;

const fragmentBomb = (size: number) =>
  `{ missions { nodes { ...F0 } } } ${times(size, (index) => `fragment F${index} on Mission { ...F${index + 1} ...F${index + 1} }`)} fragment F${size} on Mission { id }`;

const bombs: Record<string, string> = {
  'fragments that double at each step': fragmentBomb(60),
  'more fragments than there may be': fragmentBomb(2_000),
  'the same field ten thousand times': `{ ${times(10_000, 'missions { nodes { id } }')} }`,
  'the same nested field in 10 kB': `{ ${times(200, 'missions { nodes { id name purpose } }')} }`,
  'the same field in many fragments': `{ ${times(90, (index) => `...F${index}`)} } ${times(90, (index) => `fragment F${index} on Query { missions { nodes { id name } } a: missions { nodes { id } } }`)}`,
  'a depth of thousands': nested(20_000, '{ a ', ''),
  'brackets and nothing else': `{ a(b: ${'['.repeat(100_000)}`,
  'a thousand aliases of __typename': `{ ${times(1_000, (index) => `a${index}: __typename`)} }`,
  'a thousand directives': `{ __typename ${times(1_000, '@include(if: true)')} }`,
  'a hundred operations': times(100, (index) => `query A${index} { __typename }`),
  'pages inside pages': '{ missions(first: 100) { nodes { contributions(first: 1000) { nodes { id } } } } }',
  'the schema inside the schema': `{ __schema { types { ${nested(4, 'fields { type { ', 'name ')} } } }`,
  'aliases of the schema': '{ __schema { a: types { name } b: types { name } } }',
};

describe('a document beyond the limits', () => {
  it.each(Object.entries(bombs))('(%s) is refused for less than 100 ms of work', async (_, query) => {
    const ms: number[] = [];
    // Others wait for as long as the processor is busy with it; the clock also counts what else the machine does.
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = process.cpuUsage();
      const { status, body } = await graph.ask(query);
      const { user, system } = process.cpuUsage(before);
      ms.push((user + system) / 1000);
      expect([status, body.errors[0].extensions.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
      expect(body.data).toBeUndefined();
    }
    expect(Math.min(...ms)).toBeLessThan(100);
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
