import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { adminUrl } from './databases.js';

interface Container {
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: unknown;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Container>;
};
const server = new URL(adminUrl());
const given: Record<string, string> = {
  HUB_SECRET: 'a-long-random-text-of-this-test',
  OIDC_ISSUER: 'https://identity.example',
  POSTGRES_PASSWORD: decodeURIComponent(server.password),
};
// Ports of this test's own, so that it can run beside a hub.
const firstPort = 21_000 + (process.pid % 4_000) * 10;
const dataDir = mkdtempSync(join(tmpdir(), 'hub-compose-'));

/** Replaces `${NAME:?...}` and `${NAME:-...}` as compose does. */
const filled = (text: string) =>
  text.replaceAll(
    /\$\{(\w+)(?::([?-])([^}]*))?\}/g,
    (_, name, kind, rest) => given[name] ?? (kind === '-' ? rest : ''),
  );

/** What the file says, with the container network's names made into loopback addresses. */
function environmentOf(name: string): Record<string, string> {
  const stated = Object.entries(compose.services[name]!.environment ?? {});
  const here = (value: string) =>
    filled(value)
      .replace('@postgres:5432', `@${server.host}`)
      .replace(
        /http:\/\/(missions|budgets|contributions|outcomes):400(\d)/,
        (_, _service, offset) => `http://127.0.0.1:${firstPort + Number(offset)}`,
      )
      .replace('0.0.0.0', '127.0.0.1')
      .replace('/var/lib/hub', dataDir);
  return {
    PATH: process.env.PATH!,
    HUB_PORT: String(firstPort),
    ...Object.fromEntries(stated.map(([key, value]) => [key, here(value)])),
  };
}

const running: ChildProcess[] = [];
/** What the parts said of their troubles, to be shown when one does not come up. */
const said: string[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

function startOf(name: string): ChildProcess {
  const [program, ...args] = compose.services[name]!.command!;
  expect(program).toBe('node');
  const child = spawn(process.execPath, args, { env: environmentOf(name), stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  child.stderr.on('data', (chunk) => said.push(`${name}: ${chunk}`));
  return child;
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', resolve));

async function answersOn(port: number, path: string): Promise<number> {
  for (let tries = 0; tries < 300; tries++) {
    const status = await fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ status }) => status,
      () => 0,
    );
    if (status === 200) return status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return 0;
}

describe('docker-compose.yml', () => {
  it('names PostgreSQL, the four services and the gateway, and asks for every secret', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'budgets',
      'contributions',
      'gateway',
      'migrate',
      'missions',
      'outcomes',
      'postgres',
    ]);
    const text = readFileSync('docker-compose.yml', 'utf8');
    for (const name of Object.keys(given)) expect(text).toContain(`\${${name}:?`);
  });

  it('starts each part with just the command and the environment it states', async () => {
    const migration = startOf('migrate');
    expect(await ended(migration)).toBe(0);
    const services = ['missions', 'budgets', 'contributions', 'outcomes'];
    for (const name of services) startOf(name);
    for (const place of services.keys())
      expect([await answersOn(firstPort + 1 + place, '/ready'), said]).toEqual([200, []]);
    startOf('gateway');
    expect([await answersOn(firstPort, '/ready'), said]).toEqual([200, []]);
    expect(existsSync(join(dataDir, 'seals', 'public-key.json'))).toBe(true);
    const stopped = running.filter((child) => child !== migration).map(ended);
    for (const child of running) child.kill('SIGTERM');
    expect(await Promise.all(stopped)).toEqual([0, 0, 0, 0, 0]);
  }, 120_000);
});
