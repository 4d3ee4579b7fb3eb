import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Account, accountForPostgres } from './postgres/account.js';
import { type Binaries, embeddedBinaries, embeddedPackage } from './postgres/binaries.js';
import { withConnection } from './postgres/connection.js';
import {
  type ClusterFolder,
  clusterFolder,
  makeCluster,
  reachableFolder,
  readPassword,
  SYSTEM_FOLDER,
} from './postgres/folder.js';
import { checkGivenServer, OLDEST_MAJOR } from './postgres/given.js';
import { lasting } from './postgres/lasting.js';
import { findPostmaster, removeStalePidFile, stopPostmaster } from './postgres/postmaster.js';
import { FolderInUse, freePort, PortTaken, type Server, startServer } from './postgres/server.js';
import { systemBinaries } from './postgres/system-binaries.js';

export interface Postgres {
  /** Login that may make roles and databases. It holds the password: never print it; `description` is for people. */
  adminUrl: string;
  source: 'url' | 'embedded' | 'system';
  description: string;
  majorVersion: number;
  /** Of the server, where it runs here; null for DATABASE_URL. */
  processId: number | null;
  /** The folder with the data and the password, where it is ours; null for DATABASE_URL. */
  dataFolder: string | null;
  /** Stops the server if this call started it; safe to call twice. */
  stop(): Promise<void>;
  /** Only when this call started the server. */
  kill?(signal: NodeJS.Signals): void;
}

export interface PostgresOptions {
  databaseUrl?: string;
  dataDir: string;
  /** Loopback port; without it a free one. */
  port?: number;
  /** False trades safety against a crash of the machine for speed: tests only. */
  durable: boolean;
  /** Start it again, at the same address, whenever it ends by itself. */
  lasting?: boolean;
  log?: (line: string) => void;
}

/** How long another server may take to let go of the data folder. */
const PATIENCE = 30_000;

/** DATABASE_URL, else the embedded PostgreSQL, else one installed on this machine. Errors are sentences for people. */
export async function findOrStartPostgres(options: PostgresOptions): Promise<Postgres> {
  if (options.databaseUrl) {
    const { version, majorVersion, place } = await checkGivenServer(options.databaseUrl);
    return {
      adminUrl: options.databaseUrl,
      source: 'url',
      description: `PostgreSQL ${version} at ${place} (DATABASE_URL)`,
      majorVersion,
      processId: null,
      dataFolder: null,
      stop: async () => undefined,
    };
  }
  const account = accountForPostgres(resolve(options.dataDir));
  const folder = reachableFolder(options.dataDir, account);
  return runCluster(folder, binariesFor(account, folder), account, options);
}

function binariesFor(account: Account | undefined, folder: string): Binaries {
  const embedded = embeddedPackage();
  const found =
    (embedded && embeddedBinaries(embedded, account, account ? SYSTEM_FOLDER : folder)) ?? systemBinaries(account)[0];
  if (found) return found;
  const platform = `${process.platform} ${process.arch}`;
  const reason = embedded
    ? `does not run on this machine (${platform})`
    : `is not installed for this platform (${platform})`;
  throw new Error(
    `The embedded PostgreSQL ${reason} and no other was found: install PostgreSQL ${OLDEST_MAJOR} or later, or set DATABASE_URL to one that runs.`,
  );
}

/** Uses, takes over or starts the server of one data folder, whatever an earlier run left there. */
export async function runCluster(
  parent: string,
  binaries: Binaries,
  account: Account | undefined,
  options: PostgresOptions,
): Promise<Postgres> {
  const log = options.log ?? (() => undefined);
  const folder = clusterFolder(parent, binaries.majorVersion);
  if (!existsSync(folder.cluster)) {
    for (const name of readdirSync(parent).filter((other) => /^postgres-\d+$/.test(other))) {
      log(`The data in ${parent}/${name} is of another PostgreSQL version and is left as it is.`);
    }
    log(`Making a new PostgreSQL ${binaries.majorVersion} data folder: ${folder.cluster}`);
    await makeCluster(folder, binaries, account, options.durable);
  }
  const password = readPassword(folder);
  const start = (port: number) => {
    removeStalePidFile(folder.pgdata);
    return startServer({ binaries, account, pgdata: folder.pgdata, port, durable: options.durable, log });
  };
  const until = Date.now() + PATIENCE;
  for (;;) {
    const running = findPostmaster(folder.pgdata);
    if (running?.orphan) {
      log(`Stopping the PostgreSQL that an earlier run left behind (process ${running.processId}).`);
      await stopPostmaster(folder.pgdata, running.processId);
    } else if (running) {
      const address = adminUrl(password, running.port);
      if (await answers(address)) return describeCluster(binaries, folder, running, address, undefined);
    }
    try {
      const port = options.port ?? (await freePort());
      const server = await start(port);
      const kept = options.lasting ? lasting(server, () => start(port), log) : server;
      return describeCluster(binaries, folder, { processId: kept.processId, port }, adminUrl(password, port), kept);
    } catch (error) {
      const again = error instanceof FolderInUse || (error instanceof PortTaken && options.port === undefined);
      if (!again || Date.now() > until) throw error;
      await wait(200);
    }
  }
}

function describeCluster(
  binaries: Binaries,
  folder: ClusterFolder,
  running: { processId: number; port: number },
  address: string,
  server: Server | undefined,
): Postgres {
  const how = server ? binaries.source : `${binaries.source}, started by another hub`;
  return {
    adminUrl: address,
    source: binaries.source,
    description: `PostgreSQL ${binaries.version} (${how}) at 127.0.0.1:${running.port}, data in ${folder.cluster}`,
    majorVersion: binaries.majorVersion,
    get processId() {
      return server?.processId ?? running.processId;
    },
    dataFolder: folder.cluster,
    stop: async () => server?.stop(),
    ...(server && { kill: (signal: NodeJS.Signals) => server.kill(signal) }),
  };
}

function adminUrl(password: string, port: number): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

async function answers(address: string): Promise<boolean> {
  return withConnection(address, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
}
