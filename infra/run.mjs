// Runs one of the project's TypeScript programs on a fresh clone: checks Node, installs what the lockfile says when
// that has not happened yet, then starts the program. Plain JavaScript, because nothing is installed before it ran.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [program, ...rest] = process.argv.slice(2);

const fail = (sentence) => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`This is Node ${process.versions.node}; the hub needs Node 20.19 or later. Install it and run the command again.`);
}

const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
const mark = join(root, 'node_modules', '.installed-lockfile');
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  process.stderr.write('Installing what package-lock.json says (once) ...\n');
  const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const install = spawnSync(npm[0], [...npm[1], 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: npm[0] === 'npm' && process.platform === 'win32',
  });
  if (install.status !== 0) {
    fail('The packages could not be installed. Look at the lines above, check the connection to the npm registry and run the command again.');
  }
  writeFileSync(mark, lock);
}

const child = spawn(process.execPath, ['--import', 'tsx', join(root, program), ...rest], { stdio: 'inherit', cwd: root });
// The terminal sends Ctrl-C to the whole group; a supervisor signals only this process, so it is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
