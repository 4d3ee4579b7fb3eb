import { withConnection } from '../postgres/connection.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { daysOfTransfers, type FilledPool, fillPool, least } from './ledger-data.js';
import { expectSound, isCheckedWhole, untilSealed } from './ledger-proof.js';
import { load, type Measured, type Summary, summary, table } from './load.js';
import { firstPorts } from './ports.js';

const rounds = 5;
const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const halfway = dayAgo(daysOfTransfers / 2);
const noon = `${halfway}T12:00:00Z`;

interface Question {
  name: string;
  fields(pool: FilledPool): string;
  asKnownAt?: string;
}

const statement = '{ deposited { amount } unallocated { amount } outstanding { amount } spent { amount } }';
const trial = '{ account { kind } debit { amount } credit { amount } }';
const line = '{ nodes { amount { amount } balance { amount } } pageInfo { endCursor hasNextPage } }';
const listed = '{ nodes { id kind effectiveOn amount { amount } } pageInfo { endCursor hasNextPage } }';
/** The page after this transfer: what the list itself would have answered as endCursor. */
const after = (id: string) => `after: "${Buffer.from(JSON.stringify([id])).toString('base64url')}"`;

const atNoon = { asKnownAt: noon };
// At noon an hour begins; just before the next one the lines of a whole hour are read beside the sums.
const beforeOne = { asKnownAt: `${halfway}T12:59:59.999Z` };
const questions: Question[] = [
  { name: 'balances', fields: () => 'accounts { kind balance { amount } }' },
  { name: 'balances as known at a noon', fields: () => 'accounts { kind balance { amount } }', ...atNoon },
  { name: 'statement', fields: () => `statement ${statement}` },
  { name: 'statement at a day', fields: () => `statement(effectiveOn: "${halfway}") ${statement}` },
  {
    name: 'statement as known at the end of a day',
    fields: () => `statement ${statement}`,
    asKnownAt: `${halfway}T23:59:59.999Z`,
  },
  { name: 'statement as known at a noon', fields: () => `statement ${statement}`, ...atNoon },
  { name: 'statement as known at the end of an hour', fields: () => `statement ${statement}`, ...beforeOne },
  {
    name: 'statement at a day as known at a noon',
    fields: () => `statement(effectiveOn: "${halfway}") ${statement}`,
    ...atNoon,
  },
  { name: 'trial balance', fields: () => `trialBalance ${trial}` },
  { name: 'trial balance as known at a noon', fields: () => `trialBalance ${trial}`, ...atNoon },
  { name: 'history, first page', fields: historyAfter(null) },
  { name: 'history, a page in the middle', fields: historyAfter('middle') },
  { name: 'history, a late page', fields: historyAfter('late') },
  { name: 'history, first page as known at a noon', fields: historyAfter(null), ...atNoon },
  { name: 'transfers, the latest', fields: () => `transfers ${listed}` },
  { name: 'transfers as known at a noon', fields: () => `transfers ${listed}`, ...atNoon },
  { name: 'transfers as known at the end of an hour', fields: () => `transfers ${listed}`, ...beforeOne },
  { name: 'transfers after the middle', fields: ({ middle }) => `transfers(${after(middle)}) ${listed}` },
  {
    name: 'transfers of a kind, by day of effect',
    fields: () => `transfers(filter: { kind: REFUND }, orderBy: EFFECTIVE_LATEST_FIRST) ${listed}`,
  },
  {
    name: 'transfers that took effect on a day',
    fields: () => `transfers(filter: { effectiveFrom: "${halfway}", effectiveTo: "${halfway}" }) ${listed}`,
  },
  {
    name: 'transfers of a contribution',
    fields: ({ contribution }) => `transfers(filter: { contribution: "${contribution}" }) ${listed}`,
  },
  { name: 'transfers, the largest', fields: () => `transfers(orderBy: LARGEST_FIRST) ${listed}` },
];

function historyAfter(place: 'middle' | 'late' | null) {
  return (pool: FilledPool) => `accounts { kind history(first: 20${place ? `, ${after(pool[place])}` : ''}) ${line} }`;
}

interface Size {
  hub: BenchHub;
  postings: number;
  pool: FilledPool;
}

/**
 * What is asked of a pool with a three-hundredth, a tenth and all of so many postings, each in a hub of its own, so that
 * whatever walks a table shows; asked by turns.
 */
export async function ledgerReads(postings: number, seconds: number, say: (line: string) => void) {
  const sizes: Size[] = [];
  try {
    for (const part of [300, 10, 1]) sizes.push(await filled(sizes.length, Math.floor(postings / part), say));
    const rows: (string | number)[][] = [];
    const result: Record<string, unknown> = {};
    for (const question of questions) {
      const found = await ask(question, sizes, seconds);
      const p50 = found.map((each) => each.p50);
      const ratio = p50.at(-1)! / p50[0]!;
      const failed = found.reduce((sum, { failures }) => sum + failures, 0);
      rows.push([question.name, ...found.flatMap((each) => [each.p50, each.p99]), String(failed), ratio]);
      result[question.name] = { p50, p99: found.map(({ p99 }) => p99), failed, ratio };
      say(`  ${question.name}: ${p50.map((each) => each.toFixed(1)).join(', ')} ms`);
    }
    const named = sizes.map((size) => size.postings.toLocaleString('en'));
    say('\nReading a pool through the gateway, one connection, milliseconds');
    say(table([['', ...named.flatMap((size) => [`p50 of ${size}`, 'p99']), 'failed', 'largest/smallest'], ...rows]));
    return { postings: sizes.map((size) => size.postings), questions: result };
  } finally {
    for (const { hub } of sizes.toReversed()) await hub.stop();
  }
}

async function filled(place: number, wanted: number, say: (line: string) => void): Promise<Size> {
  const postings = Math.max(least, Math.floor(wanted / least) * least);
  const hub = await startBenchHub(firstPorts.ledgerReads + place * 20, say);
  try {
    say(`Filling a hub with ${postings.toLocaleString('en')} postings ...`);
    return await withConnection(hub.databaseOf('budgets'), async (client) => {
      const pool = await fillPool(client, postings, isCheckedWhole(postings), say);
      await untilSealed(client, say);
      say('  Proving the ledger ...');
      await expectSound(client, pool.id, postings);
      await client.query('vacuum analyze');
      return { hub, postings, pool };
    });
  } catch (error) {
    await hub.stop();
    throw error;
  }
}

async function ask({ name, fields, asKnownAt }: Question, sizes: Size[], seconds: number): Promise<Summary[]> {
  const measured: Measured[][] = sizes.map(() => []);
  // The first round warms all up.
  for (let round = -1; round < rounds; round++) {
    for (const [place, { hub, pool }] of sizes.entries()) {
      const headers = {
        authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}`,
        ...(asKnownAt && { 'as-known-at': asKnownAt }),
      };
      const query = `query Reading($id: ID!) { pooledBudget(id: $id) { ${fields(pool)} } }`;
      const contestant = { name, url: hub.gatewayUrl, processId: 0 };
      const bodies = [JSON.stringify({ query, variables: { id: pool.id } })];
      const each = await load(contestant, bodies, headers, 1, seconds / rounds);
      if (round >= 0) measured[place]!.push(each);
    }
  }
  return measured.map(summary);
}
