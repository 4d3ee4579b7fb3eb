import { readFileSync } from 'node:fs';
import type { BenchOptions } from './gateway.js';
import { fill } from './growth-hub.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { load, type Measured, summary, table } from './load.js';
import { firstPorts } from './ports.js';

const rounds = 5;
const document = readFileSync('test/mission-view.graphql', 'utf8');
const bodies = [JSON.stringify({ query: document, variables: { first: 5 } })];

const sizes = [
  { name: '5 missions, 6 thousand contributions', missions: 5, contributions: 6_000 },
  { name: '500 missions, 6 thousand contributions', missions: 500, contributions: 6_000 },
  { name: '5 missions, 600 thousand contributions', missions: 5, contributions: 600_000 },
  { name: '500 missions, 600 thousand contributions', missions: 500, contributions: 600_000 },
];

/** The mission view's p50 as the hub grows, against the smallest hub in the same run. */
export async function growthBench({ seconds, say }: BenchOptions) {
  const hubs: BenchHub[] = [];
  try {
    for (const [place, size] of sizes.entries()) {
      say(`Filling a hub with ${size.name} ...`);
      const hub = await startBenchHub(firstPorts.growth + place * 20, say);
      hubs.push(hub);
      await fill(hub, size);
    }
    const measured: Measured[][] = sizes.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [place, hub] of hubs.entries()) {
        const headers = { authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}` };
        const contestant = { name: '', url: hub.gatewayUrl, processId: hub.gateway.processId };
        const each = await load(contestant, bodies, headers, 1, seconds);
        // The first round warms every hub up.
        if (round >= 0) measured[place]!.push(each);
      }
    }
    const summaries = measured.map(summary);
    const [smallest] = summaries;
    const rows = summaries.map((each, place) => [
      sizes[place]!.name,
      each.p50,
      each.p99,
      String(each.failures),
      each.p50 / smallest!.p50,
    ]);
    say('\nMission view, one connection');
    say(table([['', 'p50 ms', 'p99 ms', 'failed', 'p50 / smallest'], ...rows]));
    return Object.fromEntries(summaries.map((each, place) => [sizes[place]!.name, each]));
  } finally {
    for (const hub of hubs) await hub.stop();
  }
}
