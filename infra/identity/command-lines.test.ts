import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { environmentWith } from '../../services/kernel/environment.js';
import { type Issuer, startIssuer } from './issuer.js';
import { requestToken } from './request-token.js';

let folder: string;
let identity: Issuer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'identity-'));
  identity = await startIssuer({ port: 0, audience: 'mission-budget-hub' });
});

afterAll(async () => {
  await identity?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(program: string, words: string[], settings: Record<string, string>) {
  const child = spawn(process.execPath, [join('.build', 'infra', 'identity', program), ...words], {
    env: environmentWith({ NODE_ENV: 'test', OIDC_ISSUER: '', HUB_DATA_DIR: folder, ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text));
  return { child, said };
}

async function finished({ child, said }: { child: ChildProcess; said: { out: string; err: string } }) {
  const [code] = await once(child, 'close');
  return { code, ...said };
}

const run = (program: string, words: string[], settings: Record<string, string>) =>
  finished(start(program, words, settings));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe('npm run token', () => {
  const token = (...words: string[]) => run('token.js', words, { OIDC_ISSUER: identity.issuer });

  it('prints the access token and nothing else', async () => {
    const { code, out, err } = await token('home-office.publisher');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(out.trim())).toMatchObject({ sub: 'home-office.publisher', roles: ['publisher'] });
  });

  it('teaches itself with an example', async () => {
    const { code, out } = await token('--help');
    expect(code).toBe(0);
    expect(out).toContain('TOKEN=$(npm run --silent token -- department-for-education.publisher)');
  });

  it('answers a client that does not exist with one sentence', async () => {
    const { code, out, err } = await token('home-office.minister');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^There is no role "minister": the roles are publisher, [\w, -]+\.\n$/);
  });

  it('says so when the issuer is not running', async () => {
    const port = await freePort();
    const { code, out, err } = await run('token.js', ['home-office.publisher'], { HUB_PORT: String(port - 5) });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      `The issuer at http://localhost:${port} does not answer: start the hub with "npm start", or set HUB_PORT or OIDC_ISSUER to where it runs.\n`,
    );
  });
});

describe('the issuer as a program', () => {
  async function ready(settings: Record<string, string>) {
    const program = start('main.js', [], settings);
    await Promise.race([once(program.child.stdout!, 'data'), once(program.child, 'close')]);
    return program;
  }

  it('gives tokens until it is told to stop, keeps its key, and names HUB_PORT when its port is taken', async () => {
    const port = await freePort();
    const settings = { HUB_PORT: String(port - 5) };
    const kids: unknown[] = [];
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const program = await ready(settings);
      expect(program.said).toEqual({ out: `Identity ready: http://localhost:${port}\n`, err: '' });
      kids.push(decodeProtectedHeader(await requestToken(`http://localhost:${port}`, 'a.publisher')).kid);
      if (signal === 'SIGTERM') {
        const second = await run('main.js', [], settings);
        expect({ code: second.code, out: second.out }).toEqual({ code: 1, out: '' });
        expect(second.err).toMatch(/^Port \d+ for identity is taken: .*HUB_PORT.*\.\n$/);
      }
      program.child.kill(signal);
      expect((await finished(program)).code).toBe(0);
    }
    expect(kids[0]).toBe(kids[1]);
  });

  it.each([
    ['in production', { NODE_ENV: 'production', OIDC_ISSUER: 'https://login.example', HUB_SECRET: 'x'.repeat(32) }],
    ['beside another identity provider', { OIDC_ISSUER: 'https://login.example' }],
  ])('does not start %s', async (_, settings) => {
    const { code, out, err } = await run('main.js', [], settings);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^[^\n]*OIDC_ISSUER[^\n]*\.\n$/);
  });
});
