import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { sentenceOf } from '../services/kernel/program.js';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.js';
import { startTestGraph, type TestGraph } from './test-graph.js';
import { composeTestGraph } from './test-schema.js';
import { secret } from './test-subgraphs.js';

let graph: TestGraph;
const timeoutMs = 400;
beforeAll(async () => {
  graph = await startTestGraph({ timeoutMs, operationsPort: 0 });
});
afterEach(() => graph.recover());
afterAll(() => graph.stop());

/** One more gateway in this process, over the same subgraphs. */
const another = (options: Partial<GatewayOptions>): Promise<Gateway> => {
  const { missions, budgets, contributions, outcomes } = graph.subgraphs;
  const { issuer } = graph.issuer;
  return startGateway({
    ...{
      ...composeTestGraph(),
      port: 0,
      issuer,
      audience: 'mission-budget-hub',
      secret,
      log: pino({ level: 'silent' }),
    },
    subgraphs: {
      ...{ missions: missions.url, budgets: budgets.url, contributions: contributions.url, outcomes: outcomes.url },
    },
    ...options,
  });
};
const textOf = async ({ metricsUrl }: Gateway) => (await fetch(metricsUrl!)).text();

/** Each series of the hub's own, by its name with its labels. */
async function seriesOf(of = graph.gateway): Promise<Map<string, number>> {
  const lines = (await textOf(of)).split('\n').filter((line) => line.startsWith('hub_'));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)![0])]));
}

/** What rose while something happened, and by how much; of histograms, the counts. */
async function risesBy(work: () => Promise<unknown>, of = graph.gateway): Promise<Record<string, number>> {
  const before = await seriesOf(of);
  await work();
  const risen = [...(await seriesOf(of))].map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const);
  return Object.fromEntries(risen.filter(([key, by]) => by !== 0 && !/_(bucket|sum)\b/.test(key)));
}

const request = (kind: string, outcome: string) => ({
  [`hub_requests_total{kind="${kind}",outcome="${outcome}"}`]: 1,
  [`hub_request_duration_seconds_count{kind="${kind}",outcome="${outcome}"}`]: 1,
});
const call = (service: string, outcome: string, count = 1) => ({
  [`hub_subgraph_call_duration_seconds_count{service="${service}",outcome="${outcome}"}`]: count,
});
const breaker = (service: string) => `hub_subgraph_breaker_open{service="${service}"}`;

describe('the metrics', () => {
  it('are told as Prometheus reads them, with the requests of each kind and outcome from the start', async () => {
    const response = await fetch(graph.gateway.metricsUrl!);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(await response.text()).toContain('# TYPE hub_requests_total counter');
    expect([...(await seriesOf()).keys()].filter((key) => key.startsWith('hub_requests_total'))).toHaveLength(16);
  });

  it('count a query and a change, and their calls', async () => {
    const query = () => graph.ask('{ contributionCount signed }');
    expect(await risesBy(query)).toEqual({
      ...request('query', 'ok'),
      ...call('contributions', 'answered'),
      ...call('missions', 'answered'),
    });
    const change = () =>
      graph.ask('mutation { renameMission(name: "x") { mission { id } } }', { as: 'home-office.publisher' });
    expect(await risesBy(change)).toEqual({ ...request('mutation', 'ok'), ...call('missions', 'answered') });
  });

  it('tell how long it took in seconds', async () => {
    const key = 'hub_request_duration_seconds_sum{kind="query",outcome="ok"}';
    const before = (await seriesOf()).get(key)!;
    await graph.ask('{ callerAfter(ms: 100) }');
    const seconds = (await seriesOf()).get(key)! - before;
    expect(seconds).toBeGreaterThan(0.09);
    // Of milliseconds it would be a hundred, however slow the machine is.
    expect(seconds).toBeLessThan(50);
  });

  it('count what is refused by its kind, where that could be read', async () => {
    expect(await risesBy(() => graph.ask('{ missions { '))).toEqual(request('unknown', 'refused'));
    expect(await risesBy(() => graph.ask('{ nowhere }'))).toEqual(request('unknown', 'refused'));
    expect(await risesBy(() => graph.ask('query($id: ID!) { mission(id: $id) { id } }'))).toEqual(
      request('query', 'refused'),
    );
    const unsigned = () => graph.ask('mutation { renameMission(name: "x") { mission { id } } }');
    expect(await risesBy(unsigned)).toEqual(request('mutation', 'refused'));
  });

  it('tell a call that the service refused as a whole from one it answered', async () => {
    graph.subgraphs.missions.behaviour = 'refuses with 401';
    expect(await risesBy(() => graph.ask('{ mission(id: "m1") { id } }'))).toEqual({
      ...request('query', 'refused'),
      ...call('missions', 'refused'),
    });
  });

  it('count a service that is away, and show its breaker open until it is back', async () => {
    graph.subgraphs.contributions.behaviour = 'status 500';
    const document = '{ contributionCount signed }';
    expect(await risesBy(() => graph.ask(document))).toEqual({
      ...request('query', 'partial'),
      ...call('contributions', 'away'),
      ...call('missions', 'answered'),
    });
    for (const _ of [2, 3]) await graph.ask(document);
    expect((await seriesOf()).get(breaker('contributions'))).toBe(1);
    expect((await seriesOf()).get(breaker('missions'))).toBe(0);
    expect(await risesBy(() => graph.ask(document))).toEqual({
      ...request('query', 'partial'),
      ...call('missions', 'answered'),
    });
    await graph.recover();
    expect((await seriesOf()).get(breaker('contributions'))).toBe(0);
  });

  it('count as failed what the hub could not answer at all', async () => {
    graph.subgraphs.missions.behaviour = 'status 500';
    expect(await risesBy(() => graph.ask('{ signed }'))).toEqual({
      ...request('query', 'failed'),
      ...call('missions', 'away'),
    });
  });

  it('hold nothing that a client wrote', async () => {
    const written = 'KilroyWasHere';
    const headers = { 'user-agent': written, 'as-known-at': written, traceparent: written, [written]: written };
    const options = { as: 'home-office.publisher', variables: { [written]: written } };
    await graph.ask(`query ${written}($${written}: ID!) { ${written}: mission(id: $${written}) { id } }`, options);
    await graph.ask(`{ ${written} }`, { ...options, headers });
    await graph.ask(`{ refused(code: "${written}") }`, options);
    await fetch(`${graph.gateway.url}/${written}?${written}=${written}`);
    await fetch(`${graph.gateway.metricsUrl}?${written}`);
    const text = await textOf(graph.gateway);
    expect(text).not.toMatch(/kilroy|home-office|publisher/i);
    const labels = [...text.matchAll(/[{,](\w+)="([^"]*)"/g)].filter(([, name]) => name !== 'le');
    expect([...new Set(labels.map(([, , value]) => value))].sort()).toEqual(
      [
        ...['answered', 'away', 'budgets', 'contributions', 'failed', 'missions', 'mutation', 'ok', 'outcomes'],
        ...['partial', 'query', 'refused', 'subscription', 'unknown'],
      ].sort(),
    );
  });

  it('are counted by each of two gateways in one process for itself', async () => {
    const other = await another({ operationsPort: 0 });
    const ask = () => fetch(`${other.url}?query={__typename}`);
    const there = async () => expect(await risesBy(ask, other)).toEqual(request('query', 'ok'));
    expect(await risesBy(there)).toEqual({});
    await other.stop();
    await expect(fetch(other.metricsUrl!)).rejects.toThrow();
  });
});

describe('the port of the metrics', () => {
  const answersAt = async (host: string, at: number) => {
    const socket = connect({ host, port: at });
    const answers = Promise.race([once(socket, 'connect').then(() => true), pause(1_000, false)]);
    return answers.catch(() => false).finally(() => socket.destroy());
  };

  it('has nothing else', async () => {
    for (const path of ['/', '/graphql', '/metrics/', '/metrics/x', '/health', '//metrics']) {
      const response = await fetch(new URL(graph.gateway.metricsUrl!).origin + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).toBe('There is nothing at this address; the metrics are at /metrics.\n');
    }
  });

  it('is heard on loopback only', async () => {
    const at = Number(new URL(graph.gateway.metricsUrl!).port);
    const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const others = all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
    expect(await answersAt('127.0.0.1', at)).toBe(true);
    // One who listens on every address is heard at these two as well.
    for (const host of ['127.0.0.2', '::1', ...others])
      expect([host, await answersAt(host, at)]).toEqual([host, false]);
  });

  it('is not there unless one is given', async () => {
    const without = await another({});
    expect(without.metricsUrl).toBeNull();
    await without.stop();
  });

  it('keeps the gateway from starting when it is taken, and leaves nothing listening', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const free = createServer().listen(0);
    await once(free, 'listening');
    const [port, operationsPort] = [free, taken].map((server) => (server.address() as AddressInfo).port);
    await new Promise((resolve) => free.close(resolve));
    const error = await another({ port, operationsPort }).catch((reason) => reason);
    expect(sentenceOf(error)).toBe(`port ${operationsPort} is taken; set HUB_PORT to another first port or free it.`);
    expect(await answersAt('localhost', port!)).toBe(false);
    taken.close();
  });
});
