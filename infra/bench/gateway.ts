import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { loadDemo } from '../demo/load.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { type Contestant, load, type Measured, type Summary, summary, table } from './load.js';
import { firstPorts } from './ports.js';
import { refusals } from './refusals.js';

export interface BenchOptions {
  seconds: number;
  say(line: string): void;
}

const firstPort = firstPorts.gateway;
const rounds = 3;
const connectionCounts = [1, 32];
const document = readFileSync('test/mission-view.graphql', 'utf8');
// Varied variables: what a cache of whole answers could give back is a fifth of the requests at most.
const bodies = [1, 2, 3, 4, 5].map((first) => JSON.stringify({ query: document, variables: { first } }));

/**
 * The mission view through the gateway against a hand-written merge of the same calls and against stock
 * @apollo/gateway: over the real subgraphs, and over their recorded answers, where only the gateway's own work is left.
 */
export async function gatewayBench({ seconds, say }: BenchOptions) {
  say('Starting the hub with the demo world ...');
  const hub = await startBenchHub(firstPort, say);
  try {
    await loadDemo({ url: hub.gatewayUrl, issuer: hub.issuer });
    const headers = { authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}` };
    const recorder = await hub.run('recorder', '.build/infra/bench/recorder.js', {
      BENCH_SUBGRAPHS: JSON.stringify(hub.subgraphs),
      BENCH_PORT: String(firstPort + 20),
    });
    const recorded = Object.fromEntries(
      Object.keys(hub.subgraphs).map((name, place) => [name, `http://localhost:${firstPort + 20 + place}/graphql`]),
    );
    const result = {
      'real subgraphs': await compare('real subgraphs', await contestants(hub, hub.subgraphs, 40), headers, {
        seconds,
        say,
      }),
      'recorded answers': await compare('recorded answers', await contestants(hub, recorded, 50), headers, {
        seconds,
        say,
      }),
    };
    await recorder.stop();
    return { ...result, refusals: await refusals(hub.gatewayUrl, say) };
  } finally {
    await hub.stop();
  }
}

async function contestants(hub: BenchHub, subgraphs: Record<string, string>, offset: number): Promise<Contestant[]> {
  const addresses = Object.fromEntries(
    Object.entries(subgraphs).map(([name, url]) => [`${name.toUpperCase()}_URL`, url]),
  );
  const peer = { BENCH_SUBGRAPHS: JSON.stringify(subgraphs) };
  const own = await hub.run('gateway', '.build/gateway/main.js', {
    ...addresses,
    HUB_PORT: String(firstPort + offset),
  });
  const merge = await hub.run('hand-written merge', '.build/infra/bench/peer-merge.js', {
    ...peer,
    BENCH_PORT: String(firstPort + offset + 1),
  });
  const apollo = await hub.run('stock @apollo/gateway', '.build/infra/bench/peer-apollo.js', {
    ...peer,
    BENCH_PORT: String(firstPort + offset + 2),
  });
  return [own, merge, apollo].map((part, place) => ({
    ...{
      name: part.name,
      url: `http://localhost:${firstPort + offset + place}/graphql`,
      processId: part.processId,
    },
  }));
}

/** Runs the contestants in turn, several rounds, so that whatever the machine does meanwhile hits all of them. */
async function compare(
  over: string,
  all: Contestant[],
  headers: Record<string, string>,
  { seconds, say }: BenchOptions,
) {
  await demandEqualAnswers(all, headers);
  const result: Record<string, Record<string, Summary>> = {};
  for (const connections of connectionCounts) {
    const measured = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
    for (const contestant of all) await load(contestant, bodies, headers, connections, Math.min(2, seconds));
    for (let round = 0; round < rounds; round++) {
      for (const contestant of all)
        measured.get(contestant.name)!.push(await load(contestant, bodies, headers, connections, seconds));
    }
    const summaries = Object.fromEntries([...measured].map(([name, all]) => [name, summary(all)]));
    const own = summaries.gateway!;
    say(`\nMission view over ${over}, ${connections} connection${connections > 1 ? 's' : ''}`);
    say(
      table([
        [
          '',
          'per second',
          'p50 ms',
          'p99 ms',
          'CPU ms each',
          'failed',
          ...ratioNames.map((name) => `gateway / this: ${name}`),
        ],
        ...Object.entries(summaries).map(([name, each]) => [
          ...[
            name,
            each.perSecond,
            each.p50,
            each.p99,
            each.cpuPerRequest,
            String(each.failures),
            ...Object.values(ratiosOf(own, each)),
          ],
        ]),
      ]),
    );
    result[`${connections} connections`] = Object.fromEntries(
      Object.entries(summaries).map(([name, each]) => [name, { ...each, ratios: ratiosOf(own, each) }]),
    );
  }
  return result;
}

const ratioNames = ['throughput', 'p50', 'p99', 'CPU'];

/** The gateway against one of them; of the times, less than 1 is quicker than that. */
const ratiosOf = (own: Summary, other: Summary) => ({
  throughput: own.perSecond / other.perSecond,
  p50: own.p50 / other.p50,
  p99: own.p99 / other.p99,
  cpu: own.cpuPerRequest / other.cpuPerRequest,
});

/** A contestant that answers something else is not measured but refused. */
async function demandEqualAnswers(all: Contestant[], headers: Record<string, string>): Promise<void> {
  const answers = await Promise.all(
    all.map(async ({ url }) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: bodies[4]!,
      });
      return ((await answer.json()) as { data: unknown }).data;
    }),
  );
  for (const [place, answer] of answers.entries()) {
    if (!answer || !isDeepStrictEqual(answer, answers[0]))
      throw new Error(`${all[place]!.name} answers the mission view differently; nothing was measured.`);
  }
}
