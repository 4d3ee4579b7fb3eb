import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestGraph, type TestGraph } from './test-graph.js';
import type { Behaviour } from './test-subgraphs.js';

let graph: TestGraph;
const timeoutMs = 400;
beforeAll(async () => {
  graph = await startTestGraph({ timeoutMs });
  // Plans are made at the first question, and the tests are about the time of the calls.
  await graph.ask(view);
});
afterEach(() => graph.recover());
afterAll(() => graph.stop());

const view = '{ missions(first: 2) { nodes { id name outcomes { id title weight } budgets { currency } } } }';
const timed = async <Value>(work: Promise<Value>): Promise<[Value, number]> => {
  const start = performance.now();
  return [await work, performance.now() - start];
};
const unavailable = (path: (string | number)[], service = 'outcomes') => ({
  message: `The ${service} service does not answer; try again shortly.`,
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE', correlationId: expect.any(String), service, retryable: true },
});

describe('a service that fails', () => {
  it.each<Behaviour>([
    'slow',
    'hangs',
    'status 500',
    'no json',
    'never ends',
    'too large',
  ])('because it %s leaves its fields null with a named error, and the rest intact', async (behaviour) => {
    graph.subgraphs.outcomes.behaviour = behaviour;
    const [{ status, body }, ms] = await timed(graph.ask(view));
    expect(status).toBe(200);
    expect(ms).toBeLessThan(2_500);
    expect(body.errors).toEqual([0, 1].map((index) => unavailable(['missions', 'nodes', index, 'outcomes'])));
    expect(body.data.missions.nodes).toEqual(
      ['m1', 'm2'].map((id) => ({ id, name: `Mission ${id}`, outcomes: null, budgets: [{ currency: 'GBP' }] })),
    );
  });

  it('by sending values of other types loses only those, and pollutes nothing', async () => {
    graph.subgraphs.outcomes.behaviour = 'wrong types';
    const { status, body } = await graph.ask(view);
    expect(status).toBe(200);
    expect(body.data.missions.nodes.map(({ budgets }: never) => budgets)).toEqual([
      [{ currency: 'GBP' }],
      [{ currency: 'GBP' }],
    ]);
    for (const error of body.errors)
      expect(error.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', service: 'outcomes' });
    expect(JSON.stringify(body)).not.toMatch(/heavy|not an id|none/);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('at the root gives null where the schema allows it, and data all the same', async () => {
    graph.subgraphs.contributions.behaviour = 'hangs';
    const { body } = await graph.ask('{ contributionCount signed }');
    expect(body.data).toEqual({ contributionCount: null, signed: true });
    expect(body.errors).toEqual([unavailable(['contributionCount'], 'contributions')]);
  });

  it('at the root takes the whole answer with it where the schema allows no null, and is the only error', async () => {
    graph.subgraphs.missions.behaviour = 'status 500';
    const { body } = await graph.ask('{ signed contributionLimit }');
    expect(body).toEqual({ data: null, errors: [unavailable(['signed'], 'missions')] });
  });

  it('below a field that cannot be null carries the null up to one that can', async () => {
    graph.subgraphs.missions.behaviour = 'status 500';
    const { status, body } = await graph.ask('{ pooledBudget(id: "b") { id host { id name } } }');
    expect([status, body.data]).toEqual([200, { pooledBudget: { id: 'b', host: null } }]);
    expect(body.errors).toEqual([unavailable(['pooledBudget', 'host', 'name'], 'missions')]);
    expect((await graph.ask('{ signed }')).body.data).toBeNull();
  });

  it('is not waited for after three failures, and is back within five seconds of its recovery', async () => {
    graph.subgraphs.contributions.behaviour = 'hangs';
    const document = '{ contributionCount }';
    for (let failure = 0; failure < 3; failure++) await graph.ask(document);
    const [refused, ms] = await timed(graph.ask(document));
    expect(refused.body.errors).toEqual([unavailable(['contributionCount'], 'contributions')]);
    expect(ms).toBeLessThan(timeoutMs);
    graph.subgraphs.contributions.behaviour = 'well';
    const [, recovery] = await timed(graph.recover());
    expect(recovery).toBeLessThan(5_000);
    expect((await graph.ask(document)).body).toEqual({ data: { contributionCount: 3 } });
  });

  it('by closing a kept connection under a query is asked again, and not under a change', async () => {
    graph.subgraphs.missions.behaviour = 'resets once';
    expect((await graph.ask('{ signed }')).body).toEqual({ data: { signed: true } });
    graph.subgraphs.missions.behaviour = 'resets once';
    const change = await graph.ask('mutation { renameMission(name: "x") { mission { id } } }', {
      as: 'home-office.publisher',
    });
    expect(change.body.errors[0].extensions.code).toBe('SUBGRAPH_UNAVAILABLE');
  });
});

describe('an error of a service', () => {
  it('passes with its code and the few facts clients may know', async () => {
    const { body } = await graph.ask('{ refused(code: "FORBIDDEN") signed }');
    expect(body.data).toEqual({ refused: null, signed: true });
    expect(body.errors).toEqual([
      {
        message: 'Refused with FORBIDDEN.',
        path: ['refused'],
        extensions: {
          code: 'FORBIDDEN',
          correlationId: expect.any(String),
          retryable: true,
          organisation: 'home-office',
        },
      },
    ]);
  });

  it('that says there are too many is status 429 with Retry-After where nothing was done, and 200 beside data', async () => {
    const crowd = 'mutation { renameMission(name: "crowd") { mission { id } } }';
    const late = await graph.ask(crowd, { as: 'home-office.publisher' });
    expect([late.status, late.headers.get('retry-after'), late.body.data]).toEqual([429, '7', null]);
    expect(late.body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', position: 3, retryAfter: 7 });
    const beside = await graph.ask('{ refused(code: "RATE_LIMITED") signed }');
    expect([beside.status, beside.headers.get('retry-after'), beside.body.data.signed]).toEqual([200, null, true]);
  });

  it('that is a fault inside it is masked, with the correlation id to quote', async () => {
    const { body, headers } = await graph.ask(
      '{ mission(id: "m1") { name brokenBudget } refused(code: "DATABASE_DOWN") }',
    );
    expect(body.data).toEqual({ mission: { name: 'Mission m1', brokenBudget: null }, refused: null });
    const correlationId = headers.get('x-correlation-id');
    const masked = (path: string[]) => ({
      message: 'Something went wrong here; quote the correlation id.',
      path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId },
    });
    expect(body.errors).toHaveLength(2);
    expect(body.errors).toEqual(expect.arrayContaining([masked(['mission', 'brokenBudget']), masked(['refused'])]));
  });

  it('shows no address and no SQL even under a code for clients', async () => {
    graph.subgraphs.contributions.behaviour = 'says too much';
    const { body } = await graph.ask('{ contributionCount signed }');
    expect(body.errors[0]).toEqual({
      message: 'This was refused (FORBIDDEN); quote the correlation id.',
      path: ['contributionCount'],
      extensions: { code: 'FORBIDDEN', correlationId: expect.any(String) },
    });
  });

  it('for the whole request keeps its code on the fields it was asked for', async () => {
    graph.subgraphs.contributions.behaviour = 'refuses with 401';
    const partly = await graph.ask('{ contributionCount signed }');
    expect([partly.status, partly.body.data]).toEqual([200, { contributionCount: null, signed: true }]);
    expect(partly.body.errors[0]).toMatchObject({
      path: ['contributionCount'],
      extensions: { code: 'UNAUTHENTICATED' },
    });
    const wholly = await graph.ask('{ contributionCount }');
    expect([wholly.status, wholly.body.data, wholly.body.errors[0].extensions.code]).toEqual([
      401,
      undefined,
      'UNAUTHENTICATED',
    ]);
    graph.subgraphs.contributions.behaviour = 'refuses with 503';
    const away = await graph.ask('{ contributionCount }');
    expect([away.status, away.body.errors[0].extensions.code]).toEqual([200, 'UNAVAILABLE']);
  });
});
