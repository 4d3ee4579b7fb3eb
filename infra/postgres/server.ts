import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { type Account, runAs } from './account.js';
import { type Binaries, program } from './binaries.js';
import { clusterName, stopPostmaster } from './postmaster.js';

export interface ServerOptions {
  binaries: Binaries;
  account: Account | undefined;
  pgdata: string;
  port: number;
  durable: boolean;
  log: (line: string) => void;
}

export interface Server {
  readonly processId: number;
  /** Resolves once it has ended, in whatever way. */
  ended: Promise<void>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Another server still holds the data folder or is just letting go of it: worth another look in a moment. */
export class FolderInUse extends Error {}
export class PortTaken extends Error {}

const START_LIMIT = 120_000;

/** Runs `postgres` as our own child (not through pg_ctl, which would lose sight of it) until it accepts connections. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { binaries, account, pgdata, log } = options;
  const child = spawn(program(binaries, 'postgres'), parametersFor(options), {
    ...runAs(account),
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C in a terminal must reach the hub alone, which stops its services before the database.
    detached: process.platform !== 'win32',
  });
  const processId = child.pid ?? 0;
  const guard = guardAgainstOurDeath(processId, account);
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      guard?.kill('SIGKILL');
      done();
    });
  });
  const lastLines = await untilReady(child, options);
  let stopping = false;
  child.once('exit', (code, signal) => {
    if (!stopping) log(`PostgreSQL ended by itself (${signal ?? `code ${code}`}): ${lastLines.at(-1) ?? ''}`);
  });
  return {
    processId,
    ended,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (process.platform === 'win32') {
        spawnSync(program(binaries, 'pg_ctl'), ['stop', '-D', pgdata, '-m', 'fast'], runAs(account));
      } else {
        await stopPostmaster(pgdata, processId);
      }
      await ended;
    },
  };
}

/** Nothing of it is to last: neither a crash nor tidying up is provided for. */
const ofShortLife = [
  ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ...['autovacuum=off', 'jit=off', 'update_process_title=off'],
];

function parametersFor({ pgdata, port, durable }: ServerOptions): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `cluster_name=${clusterName(process.pid)}`,
    // Each service has a pool of its own, and tests run several hubs in one server.
    'max_connections=400',
    'logging_collector=off',
    'log_destination=stderr',
    'timezone=UTC',
    'lc_messages=C',
    ...(durable ? [] : ofShortLife),
  ];
  return ['-D', pgdata, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** Resolves with the running window of the server's latest lines, which is also what an error quotes. */
function untilReady(child: ChildProcess, { pgdata, port }: ServerOptions): Promise<string[]> {
  const lastLines: string[] = [];
  return new Promise((ready, fail) => {
    const limit = setTimeout(() => {
      child.kill('SIGQUIT');
      fail(new Error(`PostgreSQL in ${pgdata} was not ready within ${START_LIMIT / 1000} s: ${lastLines.at(-1)}`));
    }, START_LIMIT);
    const lines = child.stderr && createInterface({ input: child.stderr });
    lines?.on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (!line.includes('database system is ready to accept connections')) return;
      clearTimeout(limit);
      ready(lastLines);
    });
    child.once('error', (error) => {
      clearTimeout(limit);
      fail(new Error(`PostgreSQL could not be run (${error.message}): set DATABASE_URL to one that runs.`));
    });
    child.once('close', () => {
      clearTimeout(limit);
      fail(failureFrom(lastLines, pgdata, port));
    });
  });
}

function failureFrom(lines: string[], pgdata: string, port: number): Error {
  const text = lines.join('\n');
  if (
    /lock file "postmaster.pid" (already exists|is empty)|data in lock file|pre-existing shared memory block/.test(text)
  ) {
    return new FolderInUse(`Another PostgreSQL uses ${pgdata}: stop it, or choose another HUB_DATA_DIR.`);
  }
  if (/could not bind|could not create any TCP/.test(text)) {
    return new PortTaken(`Port ${port}, wanted for PostgreSQL, is taken: end what uses it or choose another port.`);
  }
  const reason = /(?:FATAL|PANIC):\s+(.*)/.exec(text)?.[1] ?? lines.at(-1) ?? 'it said nothing';
  return new Error(`PostgreSQL did not start in ${pgdata} (${reason}): correct that, or set DATABASE_URL.`);
}

/**
 * A small shell that holds the other end of a pipe of ours: when this Node process dies in whatever way, the pipe
 * closes and the shell asks the server for a fast stop. Windows has none; there the next start deals with it.
 */
function guardAgainstOurDeath(processId: number, account: Account | undefined): ChildProcess | undefined {
  if (processId === 0 || process.platform === 'win32') return undefined;
  const guard = spawn('/bin/sh', ['-c', 'read -r ignored; kill -INT "$1"', 'hub-postgres-guard', String(processId)], {
    ...runAs(account),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.unref();
  return guard;
}

/** A port that was free a moment ago; PortTaken says when it no longer is. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
