import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adminUrl } from '../test/databases.js';

const folder = mkdtempSync(join(tmpdir(), 'hub-start-'));
// Below the ports that connections of the same moment take for themselves.
const firstPort = 28_100 + (process.pid % 150) * 20;
let taken: Server;

beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(firstPort + 5, '127.0.0.1', resolve));
});
afterAll(() => {
  taken?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  out: string;
  said: string;
}

/** Runs a program the way `npm start` does, with these settings, until it ends by itself. */
function run(
  settings: Record<string, string>,
  args: string[] = ['infra/hub.ts'],
  flags: string[] = [],
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...flags, 'infra/run.mjs', ...args], {
      env: {
        PATH: process.env.PATH!,
        HOME: process.env.HOME ?? folder,
        HUB_DATA_DIR: folder,
        HUB_PORT: String(firstPort),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    let [out, said] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.once('close', (code) => resolve({ code, out, said: said.trim() }));
  });
}

describe('npm start', () => {
  it('names every wrong setting and ends with code 1', async () => {
    const { code, said } = await run({ HUB_PORT: 'many', HUB_DEMO: 'perhaps', DATABASE_URL: 'nowhere' });
    expect(code).toBe(1);
    expect(said.split('\n').map((line) => line.trim().split(':')[0])).toEqual([
      'These settings are wrong',
      'HUB_PORT',
      'DATABASE_URL',
      'HUB_DEMO',
    ]);
  });

  it('names the wrong settings of its parts with its own, and all of a part that is started by itself', async () => {
    const wrong = { MISSIONS_URL: 'somewhere', BUDGETS_URL: 'elsewhere', HUB_DEMO: '9' };
    const { code, said } = await run(wrong);
    expect(code).toBe(1);
    for (const name of Object.keys(wrong)) expect(said).toContain(`${name}: must be`);
  });

  it.each([
    ['a file', process.execPath],
    ['where no folder can be made', '/proc/no-place-for-a-hub'],
  ])('says that its data folder cannot be used when it is %s, and which setting moves it', async (_, place) => {
    const { code, said } = await run({ HUB_DATA_DIR: place });
    expect(code).toBe(1);
    expect(said).toMatch(/^The data folder .+ cannot be used \(.+\): set HUB_DATA_DIR to a folder/);
    expect(said.split('\n')).toHaveLength(1);
  });

  it('says which database does not answer, without its password', async () => {
    const { code, said } = await run({ DATABASE_URL: 'postgresql://hub:a-secret-word@127.0.0.1:9/postgres' });
    expect(code).toBe(1);
    expect(said).toMatch(/127\.0\.0\.1:9/);
    expect(said).not.toContain('a-secret-word');
    expect(said.split('\n')).toHaveLength(1);
  });

  it('says which port is taken and which setting moves it', async () => {
    const { code, said } = await run({ DATABASE_URL: adminUrl() }, ['infra/hub.ts', '--only', 'identity']);
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`${firstPort + 5}.*HUB_PORT`));
  });

  it('knows its parts by name', async () => {
    const { code, said } = await run({}, ['infra/hub.ts', '--only', 'missions,attic']);
    expect([code, said]).toEqual([
      1,
      'There is no part "attic"; the parts are database, identity, missions, budgets, contributions, outcomes, gateway, pages.',
    ]);
  });

  it('refuses to be in production with the demo’s identity and secret', async () => {
    const { code, said } = await run({ NODE_ENV: 'production' });
    expect(code).toBe(1);
    expect(said).toMatch(/OIDC_ISSUER: production needs[\s\S]*HUB_SECRET: production needs/);
  });

  it('refuses a Node that is too old with one sentence', async () => {
    const older = join(folder, 'older-node.cjs');
    writeFileSync(older, `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });`);
    const { code, said } = await run({}, ['infra/hub.ts'], ['--require', older]);
    expect([code, said]).toEqual([
      1,
      'This is Node 18.20.0; the hub needs Node 20.19 or later. Install it and run the command again.',
    ]);
  });
});

describe('the commands', () => {
  // Those of which nothing else tests that they stop here: to check and to test takes minutes.
  it.each([
    ['npm start --', 'infra/hub.ts'],
    ['npm test --', 'infra/test.ts'],
    ['npm run check', 'infra/check.ts'],
  ])('%s explains itself with --help and does nothing else', async (name, program) => {
    const { code, out } = await run({}, [program, '--help']);
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toMatch(new RegExp(`^Usage: ${name} `));
  });
});
