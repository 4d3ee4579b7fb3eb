import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { withConnection } from '../infra/postgres/connection.js';
import { withPassword } from '../services/kernel/environment.js';
import { adminUrl } from './databases.js';

interface Container {
  command?: string[];
  environment?: Record<string, string>;
  configs?: { source: string; target: string }[];
  depends_on?: unknown;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Container>;
  configs: Record<string, { content: string }>;
};
const server = new URL(adminUrl());
const given: Record<string, string> = {
  HUB_SECRET: 'a-long-random-text-of-this-test',
  OIDC_ISSUER: 'https://identity.example',
  POSTGRES_PASSWORD: decodeURIComponent(server.password),
  TRANSPORT_POSTGRES_PASSWORD: decodeURIComponent(server.password),
};
/** The department's own database, here beside the hub's. */
const ownStore = compose.services['transport-postgres']!.environment!.POSTGRES_DB!;
// Ports of this test's own, so that it can run beside a hub.
// Below the ports that connections of the same moment take for themselves.
const firstPort = 21_000 + (process.pid % 150) * 20;
const dataDir = mkdtempSync(join(tmpdir(), 'hub-compose-'));

/** Replaces `${NAME:?...}` and `${NAME:-...}` as compose does. */
const filled = (text: string) =>
  text.replaceAll(
    /\$\{(\w+)(?::([?-])([^}]*))?\}/g,
    (_, name, kind, rest) => given[name] ?? (kind === '-' ? rest : ''),
  );

/** With the container network's names made into loopback addresses, and the container's folders into this test's. */
const here = (value: string) =>
  filled(value)
    .replace(/@(transport-)?postgres:5432/, `@${server.host}`)
    .replace(
      /http:\/\/(missions|budgets|contributions|outcomes|gateway):400(\d)/,
      (_, _service, offset) => `http://127.0.0.1:${firstPort + Number(offset)}`,
    )
    .replace('0.0.0.0', '127.0.0.1')
    .replace('/var/lib/hub', dataDir)
    .replace('/etc/hub', join(dataDir, 'etc'));

/** What the file says of a part's environment, and its files. */
function environmentOf(name: string): Record<string, string> {
  const { environment = {}, configs = [] } = compose.services[name]!;
  for (const { source, target } of configs) {
    mkdirSync(dirname(here(target)), { recursive: true });
    writeFileSync(here(target), here(compose.configs[source]!.content));
  }
  const stated = Object.entries(environment);
  return {
    PATH: process.env.PATH!,
    HUB_PORT: String(firstPort),
    ...Object.fromEntries(stated.map(([key, value]) => [key, here(value)])),
  };
}

const services = ['missions', 'budgets', 'contributions', 'outcomes'];
const running: ChildProcess[] = [];
/** What the parts said of their troubles, to be shown when one does not come up. */
const said: string[] = [];
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM');
  // Nothing stays for who prepares databases of these names next.
  for (const name of [ownStore, ...services.map((service) => `hub_${service}`)])
    await withConnection(adminUrl(), (admin) => admin.query(`drop database if exists ${name} with (force)`));
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
  it('names PostgreSQL, a department’s own, the four services, the gateway and the pages, and asks for every secret', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'budgets',
      'contributions',
      'gateway',
      'migrate',
      'missions',
      'outcomes',
      'pages',
      'postgres',
      'transport-postgres',
    ]);
    const text = readFileSync('docker-compose.yml', 'utf8');
    for (const name of Object.keys(given)) expect(text).toContain(`\${${name}:?`);
  });

  it('starts each part with just the command and the environment it states', async () => {
    await withConnection(adminUrl(), (admin) =>
      admin.query(`create database ${ownStore} template template0 encoding 'UTF8' locale 'C'`),
    );
    const migration = startOf('migrate');
    expect([await ended(migration), said]).toEqual([0, []]);
    for (const name of services) startOf(name);
    for (const place of services.keys())
      expect([await answersOn(firstPort + 1 + place, '/ready'), said]).toEqual([200, []]);
    const { CONTRIBUTION_STORES } = environmentOf('contributions');
    const stores = JSON.parse(readFileSync(CONTRIBUTION_STORES!, 'utf8'));
    expect(Object.keys(stores)).toEqual(['department-for-transport']);
    const storeUrl = withPassword(stores['department-for-transport'], given.HUB_SECRET!);
    const places = await withConnection(storeUrl, (store) =>
      store.query('select * from organisation_place order by 1'),
    );
    expect(places.rows).toMatchObject([
      { organisation: '', is_here: false },
      { organisation: 'department-for-transport', is_here: true },
    ]);
    startOf('gateway');
    expect([await answersOn(firstPort, '/ready'), said]).toEqual([200, []]);
    startOf('pages');
    expect([await answersOn(firstPort + 6, '/briefings'), said]).toEqual([200, []]);
    expect(existsSync(join(dataDir, 'seals', 'public-key.json'))).toBe(true);
    const stopped = running.filter((child) => child !== migration).map(ended);
    for (const child of running) child.kill('SIGTERM');
    expect(await Promise.all(stopped)).toEqual([0, 0, 0, 0, 0, 0]);
  }, 120_000);
});
