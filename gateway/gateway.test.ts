import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const view = `query View($first: Int = 2) {
  missions(first: $first) {
    nodes {
      id name
      budgets { id host { id name } }
      contributions(first: 2) { nodes { id kind amount contributor { name } } }
      outcomes { id title weight }
    }
  }
}`;

describe('one question to four services', () => {
  it('is answered with what each of them knows, in the order of the question', async () => {
    const { status, body } = await graph.ask(view);
    expect(status).toBe(200);
    expect(body.errors).toBeUndefined();
    expect(body.data.missions.nodes).toHaveLength(2);
    expect(JSON.stringify(body.data.missions.nodes[0])).toBe(
      JSON.stringify({
        id: 'm1',
        name: 'Mission m1',
        budgets: [{ id: 'm1-b', host: { id: 'treasury', name: 'Organisation treasury' } }],
        contributions: {
          nodes: [
            { id: 'm1-c0', kind: 'MONEY', amount: '12.50', contributor: { name: 'Organisation treasury' } },
            { id: 'm1-c1', kind: 'MONEY', amount: '12.50', contributor: { name: 'Organisation home-office' } },
          ],
        },
        outcomes: [{ id: 'm1-o', title: 'An outcome', weight: 3 }],
      }),
    );
  });

  it('takes the same number of calls for one mission and for three', async () => {
    const calls = () => Object.values(graph.subgraphs).reduce((sum, { requests }) => sum + requests.length, 0);
    const callsFor = async (first: number) => {
      const before = calls();
      await graph.ask(view, { variables: { first } });
      return calls() - before;
    };
    expect(await callsFor(3)).toBe(await callsFor(1));
  });

  it('reaches every subgraph with a signature over exactly what was sent', async () => {
    expect((await graph.ask('{ signed }')).body.data).toEqual({ signed: true });
    expect((await graph.ask('{ signed }', { as: 'home-office.publisher' })).body.data).toEqual({ signed: true });
  });

  it('is answered with fields left out by @skip and @include', async () => {
    const document =
      'query($a: Boolean!) { mission(id: "m9") { id @skip(if: $a) name @include(if: $a) budgets @include(if: $a) { id } } }';
    expect((await graph.ask(document, { variables: { a: true } })).body.data).toEqual({
      mission: { name: 'Mission m9', budgets: [{ id: 'm9-b' }] },
    });
    expect((await graph.ask(document, { variables: { a: false } })).body.data).toEqual({ mission: { id: 'm9' } });
  });

  it('tells apart the types behind an interface without showing more than was asked for', async () => {
    const document =
      'mutation { renameMission(name: "") { mission { id } userErrors { code ... on EmptyName { least } } } }';
    const { body } = await graph.ask(document, { as: 'home-office.publisher' });
    expect(body).toEqual({ data: { renameMission: { mission: null, userErrors: [{ code: 'EMPTY', least: 1 }] } } });
  });

  it('may mix content with questions about the schema', async () => {
    const document =
      '{ kind: __typename mission(id: "m1") { id __typename } __type(name: "Mission") { name } ...Root } fragment Root on Query { __schema { queryType { name } } }';
    expect((await graph.ask(document)).body).toEqual({
      data: {
        kind: 'Query',
        mission: { id: 'm1', __typename: 'Mission' },
        __type: { name: 'Mission' },
        __schema: { queryType: { name: 'Query' } },
      },
    });
  });
});
