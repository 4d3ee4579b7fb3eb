import { here } from '../../services/contributions/store-addresses.js';
import { withConnection } from '../postgres/connection.js';
import type { BenchOptions } from './gateway.js';
import { insertContributions, organisations } from './growth-data.js';
import { fill } from './growth-hub.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { load, type Measured, summary, table } from './load.js';
import { firstPorts } from './ports.js';

const rounds = 5;
const ownStores = 40;
const missions = 5;

const document = `query ($first: Int!) { missions(first: $first) { nodes { id name
  contributions(first: 20) { totalCount nodes { id contributor { id } kind pooling state publicName current { total { amount currency } } }
    pageInfo { endCursor hasNextPage } unavailable { id } }
  contributionTotals { state pooling currency financialYear controlTotal total { amount currency } count } } } }`;
const bodies = [JSON.stringify({ query: document, variables: { first: missions } })];

/** The list and the totals of missions whose contributions are in forty stores and more, against the same in one. */
export async function storesBench({
  seconds,
  say,
  contributions = 600_000,
}: BenchOptions & { contributions?: number }) {
  const withOwn = organisations.slice(0, ownStores).map(({ id }) => id);
  const contestants = [
    { name: 'one store', stores: [] as string[] },
    { name: `${ownStores} own stores and that of everybody`, stores: withOwn },
  ];
  const hubs: BenchHub[] = [];
  try {
    for (const [place, { name, stores }] of contestants.entries()) {
      say(`Filling a hub with ${contributions} contributions in ${name} ...`);
      const addresses = Object.fromEntries(stores.map((organisation) => [organisation, here]));
      const hub = await startBenchHub(firstPorts.stores + place * 20, say, addresses);
      hubs.push(hub);
      await fill(hub, { missions, contributions: 0 });
      await spread(hub, stores, contributions);
    }
    await expectSame(hubs);
    const measured: Measured[][] = contestants.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [place, hub] of hubs.entries()) {
        const headers = await headersOf(hub);
        const contestant = { name: '', url: hub.gatewayUrl, processId: hub.gateway.processId };
        const each = await load(contestant, bodies, headers, 1, seconds);
        // The first round warms every hub up.
        if (round >= 0) measured[place]!.push(each);
      }
    }
    const summaries = measured.map(summary);
    const rows = summaries.map(({ p50, p99, failures }, place) => [
      ...[contestants[place]!.name, p50, p99, String(failures)],
      p50 / summaries[0]!.p50,
    ]);
    say(`\nList and totals of ${missions} missions with ${contributions} contributions, one connection`);
    say(table([['', 'p50 ms', 'p99 ms', 'failed', 'p50 / one store'], ...rows]));
    return Object.fromEntries(summaries.map((each, place) => [contestants[place]!.name, each]));
  } finally {
    for (const hub of hubs) await hub.stop();
  }
}

/** Everybody's contributions, each in its own store where there is one. */
async function spread(hub: BenchHub, stores: string[], contributions: number): Promise<void> {
  const numberOf = new Map(organisations.map(({ id }, number) => [id, number]));
  const others = organisations.flatMap(({ id }, number) => (stores.includes(id) ? [] : [number]));
  const put = (url: string, of: number[]) =>
    withConnection(url, async (client) => {
      await insertContributions(client, missions, contributions, of);
      await client.query('vacuum analyze');
    });
  await put(hub.databaseOf('contributions'), others);
  for (const organisation of stores) await put(hub.storeOf(organisation), [numberOf.get(organisation)!]);
}

const headersOf = async (hub: BenchHub) => ({
  authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}`,
});

/** Both must answer the same, or the figures would compare two different things. */
async function expectSame(hubs: BenchHub[]): Promise<void> {
  const answers = await Promise.all(
    hubs.map(async (hub) => {
      const headers = { 'content-type': 'application/json', ...(await headersOf(hub)) };
      return (await fetch(hub.gatewayUrl, { method: 'POST', headers, body: bodies[0] })).text();
    }),
  );
  const [one, several] = answers as [string, string];
  const place = [...one].findIndex((letter, at) => letter !== several[at]);
  const near = (answer: string) => answer.slice(Math.max(0, place - 100), place + 200);
  if (one !== several || one.includes('"errors"'))
    throw new Error(`The hubs answer differently: ${near(one)} <> ${near(several)}`);
}
