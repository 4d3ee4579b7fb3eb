import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs, once, what the lockfile of a folder says; a lockfile of its own keeps it out of the product. */
export function installOnce(folder: string, what: string, say: (line: string) => void): void {
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const mark = join(folder, 'node_modules/.installed-lockfile');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  say(`Installing ${what} (once) ...`);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new Error(`Could not install ${what}; check the connection to the npm registry and try again.`);
  writeFileSync(mark, lock);
}
