import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { here } from '../../services/contributions/store-addresses.js';
import { environmentWith } from '../../services/kernel/environment.js';
import { withConnection } from '../postgres/connection.js';
import { secondsToCopy } from './copy.js';
import type { BenchOptions } from './gateway.js';
import { type BenchHub, startBenchHub } from './hub.js';
import { table } from './load.js';
import { firstPorts } from './ports.js';

const department = 'department-for-education';
const tables = [
  ...['contribution_version', 'contribution_amount', 'contribution_evidence', 'contribution_state', 'contribution'],
];

interface Published {
  seconds: number;
  /** The most memory the command line held, in MB; 0 where the system does not tell. */
  megabytes: number;
}

/**
 * Rows per second from the command line, through the gateway, into a department's own store, against COPY of the rows
 * that are then there, with and without what guards the tables; and the memory of the command line with few and many rows.
 */
export async function publishBench({ say, rows = 100_000 }: BenchOptions & { rows?: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-publish-'));
  // The server of the database, which may run as another user, writes and reads files here.
  chmodSync(folder, 0o777);
  const hub = await startBenchHub(firstPorts.publish, say, { [department]: here });
  try {
    await propose(hub, 'clean-energy');
    const few = Math.max(1, Math.floor(rows / 100));
    const first = await publish(hub, await fileOf(folder, 'few', few));
    say(`Publishing ${rows} contributions ...`);
    const file = await fileOf(folder, 'many', rows);
    const many = await publish(hub, file);
    const again = await publish(hub, file);
    const copied = await withConnection(hub.storeOf(department), async (client) => {
      const { rows: counted } = await client.query<{ count: string }>('select count(*) from contribution');
      if (Number(counted[0]!.count) !== rows + few)
        throw new Error(`The store has ${counted[0]!.count} contributions, not ${rows + few}.`);
      return secondsToCopy(client, tables, folder);
    });
    const perSecond = {
      ...{ publish: rows / many.seconds, again: rows / again.seconds, few: few / first.seconds },
      ...{ copyBare: (rows + few) / copied.bare, copyGuarded: (rows + few) / copied.guarded },
    };
    const line = (what: string, rate: number, megabytes?: number) => [
      ...[what, rate, rate / perSecond.copyBare, rate / perSecond.copyGuarded, megabytes ?? ''],
    ];
    say(`\n${rows} contributions into a department's own store`);
    say(
      table([
        ['', 'rows per second', '/ COPY, bare', '/ COPY, guarded (0.3)', 'MB at most'],
        line('COPY into tables with no foreign keys and triggers', perSecond.copyBare),
        line('COPY into the same tables', perSecond.copyGuarded),
        line('hub publish', perSecond.publish, many.megabytes),
        line('hub publish, the same again', perSecond.again, again.megabytes),
        line(`hub publish of ${few}`, perSecond.few, first.megabytes),
      ]),
    );
    const ratio = perSecond.publish / perSecond.copyGuarded;
    return { rows, perSecond, ratio, megabytes: { few: first.megabytes, many: many.megabytes } };
  } finally {
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command line refuses rows to a mission that the hub does not have. */
async function propose(hub: BenchHub, id: string): Promise<void> {
  const input = {
    id,
    name: id,
    purpose: 'Measured.',
    meaning: 'CHALLENGE',
    ambition: 'ASPIRATIONAL',
    idempotencyKey: id,
  };
  const query = 'mutation ($input: ProposeMissionInput!) { proposeMission(input: $input) { mission { id } } }';
  const response = await fetch(hub.gatewayUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}`,
    },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const text = await response.text();
  if (!text.includes(`"mission":{"id":"${id}"}`))
    throw new Error(`The mission was not proposed: ${text.slice(0, 300)}`);
}

async function fileOf(folder: string, name: string, rows: number): Promise<string> {
  const file = join(folder, `${name}.csv`);
  await pipeline(Readable.from(lines(name, rows)), createWriteStream(file));
  return file;
}

function* lines(name: string, rows: number): Generator<string> {
  yield 'Record,Mission,Kind,Pooling,Name,Financial year,Control total,Amount,Currency\n';
  for (let row = 0; row < rows; row++) {
    yield `${name}-${row},clean-energy,MONEY,POOLED,"Contribution ${row}, heat",2025-26,CDEL,${row + 1}.50,GBP\n`;
  }
}

/** Runs the command line as a department does; throws when a row was refused. */
async function publish(hub: BenchHub, file: string): Promise<Published> {
  const begun = performance.now();
  const args = ['.build/clients/hub.js', 'publish', file, '--json', '--client', `${department}.publisher`];
  const child = spawn(process.execPath, args, {
    env: environmentWith({ GATEWAY_URL: hub.gatewayUrl, OIDC_ISSUER: hub.issuer }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  let megabytes = 0;
  const watch = setInterval(() => (megabytes = Math.max(megabytes, heldBy(child.pid ?? 0))), 100);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`The file was not published (${code}): ${errors.slice(-300)}`);
  return { seconds: (performance.now() - begun) / 1000, megabytes };
}

/** The most memory a process has held, as Linux counts it; 0 elsewhere. */
function heldBy(processId: number): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}
