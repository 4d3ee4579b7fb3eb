import { withConnection } from '../postgres/connection.js';
import type { BenchHub } from './hub.js';
import { daysOfDeposits, poolWithPostings } from './ledger-data.js';
import { load, type Measured, summary, table } from './load.js';

const sizes = [10_000, 3_000_000];
const rounds = 5;
const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const halfway = dayAgo(daysOfDeposits / 2);

const statement = '{ deposited { amount } unallocated { amount } outstanding { amount } spent { amount } }';
const questions: { name: string; fields: string; asKnownAt?: string }[] = [
  { name: 'balances of the accounts', fields: 'accounts { kind balance { amount } }' },
  { name: 'statement', fields: `statement ${statement}` },
  { name: 'statement at a day', fields: `statement(effectiveOn: "${halfway}") ${statement}` },
  {
    name: 'statement as known at the end of a day',
    fields: `statement ${statement}`,
    asKnownAt: `${halfway}T23:59:59.999Z`,
  },
  { name: 'statement as known at noon', fields: `statement ${statement}`, asKnownAt: `${halfway}T12:00:00Z` },
  { name: 'trial balance', fields: 'trialBalance { account { kind } debit { amount } credit { amount } }' },
];

/** The p50 of what is asked of a pool with ten thousand postings and of one with three million. */
export async function ledgerReads(hub: BenchHub, seconds: number, say: (line: string) => void) {
  const pools: string[] = [];
  for (const size of sizes) {
    say(`Filling a pool with ${size.toLocaleString('en')} postings ...`);
    pools.push(await withConnection(hub.databaseOf('budgets'), (client) => poolWithPostings(client, size)));
  }
  const rows: (string | number)[][] = [];
  const result: Record<string, unknown> = {};
  for (const { name, fields, asKnownAt } of questions) {
    const measured: Measured[][] = pools.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [place, id] of pools.entries()) {
        const headers = {
          authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}`,
          ...(asKnownAt && { 'as-known-at': asKnownAt }),
        };
        const query = `query Reading($id: ID!) { pooledBudget(id: $id) { ${fields} } }`;
        const contestant = { name, url: hub.gatewayUrl, processId: 0 };
        const bodies = [JSON.stringify({ query, variables: { id } })];
        const each = await load(contestant, bodies, headers, 1, seconds / rounds);
        // The first round warms both up.
        if (round >= 0) measured[place]!.push(each);
      }
    }
    const [few, many] = measured.map(summary);
    result[name] = { few, many };
    rows.push([name, few!.p50, many!.p50, String(few!.failures + many!.failures), many!.p50 / few!.p50]);
  }
  say('\nReading a pool through the gateway, one connection');
  say(table([['', ...sizes.map((size) => `p50 ms of ${size.toLocaleString('en')}`), 'failed', 'ratio'], ...rows]));
  return result;
}
