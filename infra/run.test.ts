import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const wanted = {
  '': { name: 'a-clone' },
  'node_modules/needed': { version: '1.0.0', integrity: 'sha512-one' },
  'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-two', optional: true },
  'node_modules/for-tests': { version: '1.0.0', integrity: 'sha512-three', dev: true },
};
const { 'node_modules/needed': needed, 'node_modules/for-tests': forTests } = wanted;
const complete = { 'node_modules/needed': needed, 'node_modules/for-tests': forTests };

/** A clone with one program; its npm takes a moment and writes down what it was asked for. */
function newClone(installed: object | null): string {
  const root = mkdtempSync(join(tmpdir(), 'hub-clone-'));
  folders.push(root);
  for (const folder of ['infra', '.build', 'node_modules']) mkdirSync(join(root, folder));
  cpSync('infra/run.mjs', join(root, 'infra/run.mjs'));
  writeFileSync(join(root, 'infra/build.mjs'), 'export const build = async () => {};');
  writeFileSync(join(root, '.build/program.js'), "console.log('ran', process.argv[2]);");
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  writeFileSync(
    join(root, 'npm.cjs'),
    `const { appendFileSync, writeFileSync } = require('node:fs');
    appendFileSync('asked', process.argv.slice(2).join(' ') + '\\n');
    setTimeout(() => writeFileSync('node_modules/.package-lock.json', '${JSON.stringify({ packages: complete })}'), 700);`,
  );
  if (installed) writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  return root;
}

function start(root: string, settings: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'infra/run.mjs'), 'program.ts', 'well'], {
    env: { PATH: process.env.PATH!, npm_execpath: join(root, 'npm.cjs'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let [out, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<{ code: number | null; out: string; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, said })),
  );
  return { child, ended };
}

const askedOf = (root: string) => (existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8') : '');
const once = 'ci --ignore-scripts --no-audit --no-fund\n';

describe('a command of the project', () => {
  it('installs what the lockfile says once, and nothing that was installed by hand', async () => {
    const fresh = newClone(null);
    expect(await start(fresh).ended).toEqual({
      code: 0,
      out: 'ran well\n',
      said: 'Installing what package-lock.json says (once) ...\n',
    });
    expect((await start(fresh).ended).said).toBe('');
    expect(askedOf(fresh)).toBe(once);

    const byHand = newClone(complete);
    expect(await start(byHand).ended).toEqual({ code: 0, out: 'ran well\n', said: '' });
    expect(askedOf(byHand)).toBe('');
  });

  it.each([
    ['another version of a package', { ...complete, 'node_modules/needed': { integrity: 'sha512-old' } }, {}, once],
    ['no packages for tests', { 'node_modules/needed': needed }, {}, once],
    ['no packages for tests in production', { 'node_modules/needed': needed }, { NODE_ENV: 'production' }, ''],
  ])('looks at what npm installed before: %s', async (_, installed, settings, asked) => {
    const root = newClone(installed);
    expect((await start(root, settings).ended).out).toBe('ran well\n');
    expect(askedOf(root)).toBe(asked);
  });

  it('waits for an installation that is under way, also when the command that began it was killed', async () => {
    const root = newClone(null);
    const first = start(root);
    while (askedOf(root) === '') await new Promise((resolve) => setTimeout(resolve, 20));
    first.child.kill('SIGKILL');
    expect(await start(root).ended).toEqual({
      code: 0,
      out: 'ran well\n',
      said: 'Waiting for the installation that is under way ...\n',
    });
    expect(askedOf(root)).toBe(once);
  });

  it('does not wait for an installation that nobody makes any more', async () => {
    const root = newClone(null);
    writeFileSync(join(root, '.installing'), '');
    expect(await start(root).ended).toMatchObject({ code: 0, out: 'ran well\n' });
    expect(askedOf(root)).toBe(once);
    expect(existsSync(join(root, '.installing'))).toBe(false);
  });

  it('ends in good order when npm, which ends only the shell that it runs in, is told to end', async () => {
    const root = newClone(complete);
    writeFileSync(
      join(root, '.build/program.js'),
      `process.on('SIGTERM', () => { console.log('ended well'); process.exit(); });
      console.log('runs'); setInterval(() => undefined, 1000);`,
    );
    writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts: { start: 'node infra/run.mjs program.ts' } }));
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    let out = '';
    const ended = new Promise((resolve) => npm.stdout.once('close', resolve));
    npm.stdout.on('data', (chunk) => {
      out += chunk;
      if (String(chunk).includes('runs')) npm.kill('SIGTERM');
    });
    await ended;
    expect(out).toBe('runs\nended well\n');
  });
});
