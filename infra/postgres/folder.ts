import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Account, mayReach, runAs } from './account.js';
import { type Binaries, program } from './binaries.js';
import { errorCode } from './connection.js';
import { isAlive } from './postmaster.js';

/** Root's place for PostgreSQL's files when its account may not enter the folder they would be in. */
export const SYSTEM_FOLDER = '/var/lib/mission-budget-hub';

/** Makes the folder where it is not there; throws a sentence when it cannot be used. */
export function makeDataFolder(wanted: string, account: Account | undefined): void {
  try {
    makeFolders(resolve(wanted), account);
    accessSync(wanted, constants.W_OK);
    readdirSync(wanted);
  } catch (error) {
    throw new Error(
      `The data folder ${resolve(wanted)} cannot be used (${errorCode(error)}): set HUB_DATA_DIR to a folder that you may write to.`,
    );
  }
}

/**
 * The folder that holds `postgres-<major>`: the one that was asked for, or, for root below a private folder
 * (such as /root), one of its own under /var/lib whose name says which hub it belongs to.
 */
export function reachableFolder(wanted: string, account: Account | undefined): string {
  makeDataFolder(wanted, account);
  // One spelling for one folder: a running server is recognised by the path in its command line.
  const folder = realpathSync(wanted);
  if (mayReach(account, '-x', folder)) return folder;
  // An empty private folder (as mkdtemp makes) hides nothing yet, so it is opened for passing through.
  if (readdirSync(folder).length === 0) {
    const { mode } = statSync(folder);
    chmodSync(folder, 0o711);
    if (mayReach(account, '-x', folder)) return folder;
    chmodSync(folder, mode & 0o7777);
  }
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const name = `${basename(dirname(folder))}-${basename(folder)}-${mark}`.replace(/[^\w.-]/g, '_');
  const elsewhere = join(SYSTEM_FOLDER, name);
  makeFolders(elsewhere, account);
  return elsewhere;
}

/** Folders that root makes under a private umask would shut the account out, so only those made here are opened. */
function makeFolders(folder: string, account: Account | undefined): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder), account);
  // Not recursive: below /proc Node would try again for ever.
  try {
    mkdirSync(folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  if (account) chmodSync(folder, 0o755);
}

/** One cluster's folder: the data and, beside them, the password, which exists only together with them. */
export interface ClusterFolder {
  cluster: string;
  pgdata: string;
  password: string;
}

export function clusterFolder(parent: string, majorVersion: number): ClusterFolder {
  const cluster = join(parent, `postgres-${majorVersion}`);
  return { cluster, pgdata: join(cluster, 'data'), password: join(cluster, 'password') };
}

/** The random password of the cluster's superuser, which keeps other users of this machine out. */
export function readPassword(folder: ClusterFolder): string {
  try {
    return readFileSync(folder.password, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `PostgreSQL's data folder ${folder.cluster} cannot be read (${errorCode(error)}): start the hub as the user who owns it, or set HUB_DATA_DIR to another folder.`,
    );
  }
}

/**
 * Makes the cluster under another name and renames it when it is whole, so that an interruption at any moment leaves
 * either nothing or a complete cluster under the real name.
 */
export async function makeCluster(
  folder: ClusterFolder,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  removeUnfinished(folder.cluster);
  const unfinished = clusterFolder(dirname(folder.cluster), binaries.majorVersion);
  unfinished.cluster = `${folder.cluster}.unfinished-${process.pid}-${randomBytes(3).toString('hex')}`;
  unfinished.pgdata = join(unfinished.cluster, 'data');
  unfinished.password = join(unfinished.cluster, 'password');
  mkdirSync(unfinished.cluster, { mode: 0o700 });
  writeFileSync(unfinished.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) for (const path of [unfinished.password, unfinished.cluster]) chownSync(path, account.uid, account.gid);
  try {
    await runInitdb(unfinished, binaries, account, durable);
    renameSync(unfinished.cluster, folder.cluster);
  } catch (error) {
    // Two hubs that start at the same time both make one; the second to finish uses the first one's.
    if (!existsSync(folder.cluster)) throw error;
  } finally {
    rmSync(unfinished.cluster, { recursive: true, force: true });
  }
}

function removeUnfinished(cluster: string): void {
  for (const name of readdirSync(dirname(cluster))) {
    const [, maker] = /\.unfinished-(\d+)-/.exec(name) ?? [];
    if (!name.startsWith(`${basename(cluster)}.`) || !maker || isAlive(Number(maker))) continue;
    rmSync(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function runInitdb(
  folder: ClusterFolder,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  const parameters = ['-D', folder.pgdata, '-U', 'postgres', '-E', 'UTF8', ...locale(binaries.majorVersion)];
  parameters.push('--auth=scram-sha-256', `--pwfile=${folder.password}`, ...(durable ? [] : ['--no-sync']));
  const child = spawn(program(binaries, 'initdb'), parameters, {
    ...runAs(account),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) return done();
      const reason = /error: (.*)/.exec(complaint)?.[1] ?? complaint.trim().split('\n').at(-1) ?? `code ${code}`;
      fail(
        new Error(
          `A PostgreSQL data folder could not be made in ${dirname(folder.cluster)} (initdb: ${reason}): correct that, or set DATABASE_URL to a PostgreSQL that runs.`,
        ),
      );
    });
  });
}

/** Text sorts by code point on every machine; PostgreSQL before 17 has no provider of its own for that. */
function locale(majorVersion: number): string[] {
  if (majorVersion >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return [process.platform === 'linux' ? '--locale=C.UTF-8' : '--locale=C'];
}
