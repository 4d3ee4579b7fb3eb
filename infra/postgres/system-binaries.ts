import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Account } from './account.js';
import { type Binaries, binariesIn } from './binaries.js';
import { OLDEST_MAJOR } from './given.js';

/** Where Linux distributions, Homebrew, MacPorts, Postgres.app and the Windows installer put PostgreSQL. */
const usualFolders = [
  '/usr/lib/postgresql/*/bin',
  '/usr/libexec/postgresql*',
  '/usr/pgsql-*/bin',
  '/usr/local/pgsql/bin',
  '/opt/homebrew/opt/postgresql*/bin',
  '/usr/local/opt/postgresql*/bin',
  '/opt/local/lib/postgresql*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
  'C:/Program Files/PostgreSQL/*/bin',
];

/** Every PostgreSQL installed on this machine that runs and is new enough, newest first. */
export function systemBinaries(
  account: Account | undefined,
  folders = [...foldersInPath(), ...usualFolders],
): Binaries[] {
  const found = new Set(folders.flatMap(matchingFolders).map((folder) => realpathSync(folder)));
  return [...found]
    .map((folder) => binariesIn(folder, 'system', account))
    .filter((binaries): binaries is Binaries => binaries !== undefined && binaries.majorVersion >= OLDEST_MAJOR)
    .sort((a, b) => b.majorVersion - a.majorVersion || b.version.localeCompare(a.version, 'en', { numeric: true }));
}

const searchPath =
  'IFS=:; for folder in $PATH; do if [ -x "$folder/postgres" ]; then echo "$folder/postgres"; fi; done';

/** The shell knows PATH; a link such as /usr/local/bin/postgres leads to the folder that has initdb too. */
function foldersInPath(): string[] {
  const answer =
    process.platform === 'win32'
      ? spawnSync('where', ['postgres'], { encoding: 'utf8', windowsHide: true })
      : spawnSync('/bin/sh', ['-c', searchPath], { encoding: 'utf8' });
  const paths = (answer.stdout ?? '').split(/\r?\n/).filter((line) => line !== '' && existsSync(line));
  return paths.flatMap((path) => [dirname(path), dirname(realpathSync(path))]);
}

/** Folders that match a pattern with at most one `*`, which stands within one folder name. */
function matchingFolders(pattern: string): string[] {
  const parts = pattern.split('/');
  const star = parts.findIndex((part) => part.includes('*'));
  if (star < 0) return existsSync(pattern) ? [pattern] : [];
  const parent = parts.slice(0, star).join('/');
  if (!existsSync(parent)) return [];
  const [before = '', after = ''] = parts[star]?.split('*') ?? [];
  return readdirSync(parent)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => join(parent, name, ...parts.slice(star + 1)))
    .filter((folder) => existsSync(folder));
}
