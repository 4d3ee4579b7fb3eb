import { Pool } from 'undici';
import { v4 as uuid } from 'uuid';
import { withConnection } from '../postgres/connection.js';
import type { BenchOptions } from './gateway.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { type Limit, startLimit } from './ledger-limit.js';
import { ledgerReads } from './ledger-reads.js';
import { startSameRows } from './ledger-same-rows.js';
import { percentile, table } from './load.js';
import { firstPorts } from './ports.js';

const clients = 32;
const rounds = 3;
const rowsInBatch = 100;
const host = 'department-for-education';
const day = new Date().toISOString().slice(0, 10);

interface LedgerOptions extends BenchOptions {
  /** Only what reading costs. */
  reads?: boolean;
  /** Only recording transfers. */
  writes?: boolean;
  /** How many the largest pool has that is read. */
  postings?: number;
}

/** One way to record transfers: how many a call records, and the call. */
interface Way {
  name: string;
  transfersInCall: number;
  /** How many calls are under way at once. */
  clients: number;
  call(client: number): Promise<void>;
}

/**
 * Transfers per second with full durability: through the gateway, at the service, and many in one request, against the
 * same inserts and updates as one PL/pgSQL function on the same server, in the hub's own tables and in the least of tables; with 10 hot accounts and with 10,000. Then what
 * reading costs as postings grow; or only one of the two.
 */
export async function ledgerBench({ seconds, say, reads, writes, postings = 3_000_000 }: LedgerOptions) {
  const transfers = reads ? {} : await transferring(seconds, say);
  return writes ? transfers : { ...transfers, reads: await ledgerReads(postings, seconds, say) };
}

async function transferring(seconds: number, say: (line: string) => void) {
  const hub = await startBenchHub(firstPorts.ledger, say);
  try {
    const result: Record<string, unknown> = {};
    for (const accounts of [10, 10_000]) {
      // A deposit moves money between two accounts of its pool.
      const pools = await openPools(hub, accounts / 2);
      const token = await hub.token(`${host}.publisher`);
      const limits: Limit[] = [];
      try {
        const limited = async (name: string, start: typeof startLimit): Promise<Way> => {
          const limit = await start(hub.adminUrl, clients, accounts);
          limits.push(limit);
          return { name, transfersInCall: 1, clients, call: (client) => limit.transfer(client) };
        };
        const ways: Way[] = [
          await limited('limit: the same rows by PL/pgSQL', startSameRows),
          await limited('bare limit: the least of tables', startLimit),
          ...over('through the gateway', hub.gatewayUrl, token, pools),
          ...over('at the service', hub.subgraphs.budgets!, token, pools).slice(0, 1),
        ];
        result[`${accounts} accounts`] = await compare(`${accounts.toLocaleString('en')} accounts`, ways, seconds, say);
      } finally {
        for (const limit of limits) await limit.stop();
      }
    }
    return result;
  } finally {
    await hub.stop();
  }
}

async function compare(over: string, ways: Way[], seconds: number, say: (line: string) => void) {
  const measured = new Map(ways.map(({ name }) => [name, { transfers: 0, seconds: 0, latencies: [] as number[] }]));
  for (const way of ways) await drive(way, Math.min(seconds, 3));
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) {
      const each = await drive(way, seconds);
      const sum = measured.get(way.name)!;
      sum.transfers += each.transfers;
      sum.seconds += each.seconds;
      sum.latencies.push(...each.latencies);
    }
  }
  const summaries = [...measured].map(([name, { transfers, seconds: taken, latencies }]) => {
    latencies.sort((a, b) => a - b);
    return { name, perSecond: transfers / taken, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  });
  say(`\nTransfers over ${over}, ${clients} clients`);
  say(
    table([
      ['', 'per second', 'p50 ms', 'p99 ms', 'this / limit', 'this / bare limit'],
      ...summaries.map((each) => [
        each.name,
        each.perSecond,
        each.p50,
        each.p99,
        each.perSecond / summaries[0]!.perSecond,
        each.perSecond / summaries[1]!.perSecond,
      ]),
    ]),
  );
  return summaries;
}

async function drive({ transfersInCall, clients: atOnce, call }: Way, seconds: number) {
  const latencies: number[] = [];
  const begun = performance.now();
  const until = begun + seconds * 1000;
  await Promise.all(
    Array.from({ length: atOnce }, async (_, client) => {
      while (performance.now() < until) {
        const sent = performance.now();
        await call(client);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  return { transfers: latencies.length * transfersInCall, seconds: (performance.now() - begun) / 1000, latencies };
}

const single = `mutation Deposit($input: RecordDepositInput!) { recordDeposit(input: $input) {
  transfer { id effectiveOn recordedAt } alreadyRecorded replayed userErrors { code message } } }`;
const many = `mutation Deposits($input: RecordDepositsInput!) { recordDeposits(input: $input) {
  rows { id userErrors { code message } } replayed userErrors { code message } } }`;

function over(name: string, url: string, token: string, pools: string[]): Way[] {
  const { origin, pathname } = new URL(url);
  const connections = new Pool(origin, { connections: clients });
  let made = 0;
  const deposit = () => {
    const budget = pools[made++ % pools.length]!;
    return { budget, amount: { amount: '1.00', currency: 'GBP' }, effectiveOn: day, reference: uuid() };
  };
  const ask = async (query: string, input: object) => {
    const answer = await connections.request({
      ...{ method: 'POST', path: pathname },
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input: { idempotencyKey: uuid(), ...input } } }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200 || text.includes('"errors"') || text.includes('"code"'))
      throw new Error(`A deposit was not recorded: ${text.slice(0, 300)}`);
  };
  return [
    { name, transfersInCall: 1, clients, call: () => ask(single, deposit()) },
    {
      name: `${name}, ${rowsInBatch} in one request`,
      transfersInCall: rowsInBatch,
      clients: 4,
      call: () => ask(many, { deposits: Array.from({ length: rowsInBatch }, deposit) }),
    },
  ];
}

/** Pools straight into the table: opening thousands is not what is measured. */
async function openPools(hub: BenchHub, count: number): Promise<string[]> {
  return withConnection(hub.databaseOf('budgets'), async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `insert into pooled_budget (id, mission_id, name, host_id, currency, state, annual, calendar_years, control_totals, illustrative)
       select 'budget-' || gen_random_uuid(), 'bench-' || $1 || '-' || n, 'Pool', $2, 'GBP', 'OPEN', false, false, array['NON_BUDGET'], true
         from generate_series(1, $1::int) as n returning id`,
      [count, host],
    );
    return rows.map(({ id }) => id);
  });
}
