import { type SpawnOptions, type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

/** The operating-system user that PostgreSQL runs as, when that is not the user we are: it refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/** Undefined for a plain user; as root the owner of existing files, else `postgres` or `nobody`. No user is created. */
export function accountForPostgres(existingFiles: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(existingFiles)) {
    const { uid, gid } = statSync(existingFiles);
    if (uid !== 0) return { uid, gid };
  }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => {
      const answer = spawnSync('id', [flag, name], { encoding: 'utf8' });
      return answer.status === 0 ? Number(answer.stdout) : Number.NaN;
    });
    if (uid && gid) return { uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor a user "nobody": run the hub as another user, or set DATABASE_URL to a PostgreSQL that runs.',
  );
}

/** May this account read or enter the path? Asked of the kernel, which knows parents, groups and access lists. */
export function mayReach(account: Account | undefined, flag: '-r' | '-x', path: string): boolean {
  if (process.platform === 'win32') return true;
  return spawnSync('/bin/sh', ['-c', `test ${flag} "$1"`, 'sh', path], runAs(account)).status === 0;
}

/**
 * Options to run one of PostgreSQL's programs: as the account, from a folder that it may enter, and without our
 * environment, in which PG* variables, locales or library paths could change what it does.
 */
export function runAs(account: Account | undefined): SpawnOptions & SpawnSyncOptions {
  if (process.platform === 'win32') return { windowsHide: true };
  return { ...account, cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } };
}
