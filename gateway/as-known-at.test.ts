import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGraph, type TestGraph } from './test-graph.js';

let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph();
});
afterAll(() => graph.stop());

const view = '{ missions(first: 1) { nodes { id budgets { id } outcomes { id } } } }';
const asked = (instant: string, document = view, as?: string) =>
  graph.ask(document, { as, headers: { 'as-known-at': instant } });

describe('As-Known-At', () => {
  it('reaches the subgraphs in UTC, signed', async () => {
    await asked('2022-12-31T23:59:59+02:00', '{ signed }');
    expect(graph.subgraphs.missions.requests.at(-1)!.headers['as-known-at']).toBe('2022-12-31T21:59:59.000Z');
    expect((await asked('2022-12-31T23:59:59Z', '{ signed }')).body.data.signed).toBe(true);
  });

  it('is answered with who honoured it, of the services that were asked', async () => {
    const { headers, body } = await asked('2022-12-31T23:59:59Z');
    const instant = '2022-12-31T23:59:59.000Z';
    expect(headers.get('as-known-at')).toBe(instant);
    expect(headers.get('as-known-at-honoured-by')).toBe('budgets, missions');
    expect(body.extensions).toEqual({
      asKnownAt: { instant, honouredBy: ['budgets', 'missions'], notHonouredBy: ['outcomes'] },
    });
  });

  it('is not mentioned when nobody asked for it', async () => {
    const { headers, body } = await graph.ask(view);
    expect(headers.get('as-known-at')).toBeNull();
    expect(body.extensions).toBeUndefined();
    expect(graph.subgraphs.missions.requests.at(-1)!.headers['as-known-at']).toBeUndefined();
  });

  it.each([
    'yesterday',
    '2022-12-31',
    '2022-12-31T23:59:59',
    '2022-02-30T00:00:00Z',
    '9999-01-01T00:00:00Z',
    '',
  ])('that is no past instant with its offset (%j) is refused', async (instant) => {
    const { status, body } = await asked(instant);
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('is refused for a change', async () => {
    const change = 'mutation { renameMission(name: "x") { mission { id } } }';
    const { status, body } = await asked('2022-12-31T23:59:59Z', change, 'home-office.publisher');
    expect([status, body.errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });
});
