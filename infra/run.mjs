// Runs one of the project's TypeScript programs on a fresh clone: checks Node, installs what the lockfile says when
// that has not happened yet, then starts the program. Plain JavaScript, because nothing is installed before it ran.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  fail(
    `This is Node ${process.versions.node}; the hub needs Node 20.19 or later. Install it and run the command again.`,
  );
}

const lockfile = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const mark = join(root, 'node_modules', '.installed-lockfile');
const isProduction = process.env.NODE_ENV === 'production';
const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
/** npm writes down what it installed when it is done: what somebody installed by hand is not installed again. */
const isWhatNpmInstalled = () => {
  const written = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(written)) return false;
  const there = packagesIn(written);
  const isLeftOut = ({ optional, devOptional, dev }) => optional || ((dev || devOptional) && isProduction);
  return Object.entries(packagesIn(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const found = path === '' ? wanted : there[path];
    return found ? found.integrity === wanted.integrity : isLeftOut(wanted);
  });
};
const isInstalled = () => (existsSync(mark) && readFileSync(mark, 'utf8') === lockfile) || isWhatNpmInstalled();

// Two commands on a fresh clone must not install over each other: the second waits for the first.
const turn = join(root, '.installing');
/** Who is installing; 0 when it has just finished, or was killed before it could say. */
const holderOfTurn = () => {
  try {
    return Number(readFileSync(turn, 'utf8'));
  } catch {
    return 0;
  }
};
const isAlive = (pid) => {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};
let isWaiting = false;
const takeTurn = () => {
  try {
    writeFileSync(turn, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') fail(`The packages could not be installed into ${root}: ${error.message}.`);
    if (!isAlive(holderOfTurn())) rmSync(turn, { force: true });
    else if (!isWaiting) process.stderr.write('Waiting for the installation that is under way ...\n');
    isWaiting = true;
    return false;
  }
};

while (!isInstalled()) {
  if (!takeTurn()) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    continue;
  }
  process.stderr.write('Installing what package-lock.json says (once) ...\n');
  const [npm, first] = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const install = spawn(npm, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: npm === 'npm' && process.platform === 'win32',
  });
  // It goes on when this program is killed; whoever comes next waits for it then too.
  writeFileSync(turn, String(install.pid));
  const status = await new Promise((resolve) => install.once('error', () => resolve(1)).once('exit', resolve));
  if (status === 0) writeFileSync(mark, lockfile);
  rmSync(turn, { force: true });
  if (status !== 0) {
    fail(
      'The packages could not be installed: look at the lines above, check the connection to the npm registry, try again.',
    );
  }
}

const { build } = await import('./build.mjs');
await build().catch((error) => fail(`The programs could not be compiled: ${error.message}`));
const child = spawn(process.execPath, [join(root, '.build', program.replace(/\.ts$/, '.js')), ...rest], {
  stdio: 'inherit',
  cwd: root,
});
// The terminal sends Ctrl-C to the whole group; a supervisor signals only this process, so it is passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
// npm passes SIGTERM to the shell it started this program in, which dies of it and tells nobody.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && child.kill('SIGTERM'), 250).unref();
}
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
