import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { accountForPostgres, runAs } from './postgres/account.js';
import { embeddedBinaries, embeddedPackage } from './postgres/binaries.js';
import { urlFor, withConnection } from './postgres/connection.js';
import { initialise } from './postgres/initialised-for-tests.js';
import { findPostmaster } from './postgres/postmaster.js';
import { freePort } from './postgres/server.js';
import { systemBinaries } from './postgres/system-binaries.js';
import { findOrStartPostgres, type Postgres, type PostgresOptions, runCluster } from './postgres.js';

const folders: string[] = [];
const started: Postgres[] = [];

function newFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'hub postgres '));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

async function start(options: Partial<PostgresOptions> & { dataDir: string }): Promise<Postgres> {
  const postgres = await findOrStartPostgres({ durable: false, ...options });
  started.push(postgres);
  return postgres;
}

async function usedFolder(): Promise<string> {
  const folder = newFolder();
  await initialise(folder);
  return folder;
}

function ask(url: string, question: string): Promise<unknown[]> {
  return withConnection(url, async (client) => (await client.query({ text: question, rowMode: 'array' })).rows.flat());
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error('It did not happen within 15 s.');
    await wait(25);
  }
}

function sentenceFrom(databaseUrl: string): Promise<string> {
  return findOrStartPostgres({ databaseUrl, dataDir: newFolder(), durable: false }).then(
    () => 'no refusal',
    (error: Error) => `${error.message} ${error.cause ?? ''}`,
  );
}

afterAll(async () => {
  for (const postgres of started) await postgres.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next and stops cleanly', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir, durable: true });
    expect(first.source).toBe('embedded');
    expect(first.description).toContain(`postgres-${first.majorVersion}`);
    await ask(first.adminUrl, 'create table kept as select 42 as answer');
    expect(await ask(first.adminUrl, 'show fsync')).toEqual(['on']);
    await first.stop();
    await first.stop();
    expect(findPostmaster(join(first.dataFolder ?? '', 'data'))).toBeUndefined();

    const second = await start({ dataDir });
    expect(await ask(second.adminUrl, 'select answer from kept')).toEqual([42]);
    expect(await ask(second.adminUrl, 'show fsync')).toEqual(['off']);
    await second.stop();
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const postgres = await start({ dataDir: await usedFolder() });
    for (const password of ['', 'postgres']) {
      const stranger = urlFor(postgres.adminUrl, { user: 'postgres', password });
      await expect(ask(stranger, 'select 1')).rejects.toThrow();
    }
    const password = join(postgres.dataFolder ?? '', 'password');
    expect(statSync(password).mode & 0o077).toBe(0);
    expect(statSync(dirname(password)).mode & 0o077).toBe(0);
    expect(postgres.description).not.toContain(readFileSync(password, 'utf8'));
    expect(await ask(postgres.adminUrl, 'show listen_addresses')).toEqual(['127.0.0.1']);
    await postgres.stop();
  });

  it('starts again after the server was killed', async () => {
    const dataDir = await usedFolder();
    const lines: string[] = [];
    const first = await start({ dataDir, durable: true, log: (line) => lines.push(line) });
    await ask(first.adminUrl, 'create table kept as select 42 as answer');
    first.kill?.('SIGKILL');
    const second = await start({ dataDir });
    expect(second.processId).not.toBe(first.processId);
    expect(await ask(second.adminUrl, 'select answer from kept')).toEqual([42]);
    expect(lines.at(-1)).toContain('PostgreSQL ended by itself (SIGKILL)');
    await first.stop();
    expect(await ask(second.adminUrl, 'select answer from kept')).toEqual([42]);
    await second.stop();
  });

  it('that is to last is started again at the same address when it was killed, until it is stopped', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const postgres = await start({ dataDir: await usedFolder(), lasting: true, log });
    const first = postgres.processId;
    for (const number of [1, 2]) {
      await ask(postgres.adminUrl, `create table kept_${number} as select 42 as answer`);
      await ask(postgres.adminUrl, 'checkpoint');
      postgres.kill?.('SIGKILL');
      await until(() => lines.filter((line) => line === 'PostgreSQL is back').length === number);
      expect(await ask(postgres.adminUrl, `select answer from kept_${number}`)).toEqual([42]);
    }
    expect(postgres.processId).not.toBe(first);
    expect(lines[0]).toContain('PostgreSQL ended by itself (SIGKILL)');
    await postgres.stop();
    await expect(ask(postgres.adminUrl, 'select 1')).rejects.toThrow();
    expect(findPostmaster(join(postgres.dataFolder ?? '', 'data'))).toBeUndefined();

    const again = await start({ dataDir: dirname(postgres.dataFolder ?? ''), lasting: true });
    again.kill?.('SIGKILL');
    await again.stop();
    expect(findPostmaster(join(postgres.dataFolder ?? '', 'data'))).toBeUndefined();
  });

  it('starts although a pid file is left whose number is dead, a stranger or lost', async () => {
    const dataDir = await usedFolder();
    const first = await start({ dataDir });
    await first.stop();
    const pgdata = join(first.dataFolder ?? '', 'data');
    const account = accountForPostgres(dataDir);
    const stranger = spawn('/bin/sh', ['-c', 'read -r ignored'], {
      ...runAs(account),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const dead = spawnSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout.trim();
    for (const number of [dead, String(stranger.pid), '']) {
      const file = join(pgdata, 'postmaster.pid');
      writeFileSync(file, `${number}\n${pgdata}\n1700000000\n5432\n\n127.0.0.1\n  123456     98765\nready   \n`);
      if (account) chownSync(file, account.uid, account.gid);
      const again = await start({ dataDir });
      expect(await ask(again.adminUrl, 'select 1')).toEqual([1]);
      await again.stop();
    }
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  it('starts anew although making the data folder was interrupted', async () => {
    const dataDir = newFolder();
    const program = `import('${process.cwd()}/.build/infra/postgres.js').then((it) => it.findOrStartPostgres({ dataDir: process.argv[1], durable: false }))`;
    const interrupted = spawn(process.execPath, ['-e', program, dataDir], { stdio: 'ignore' });
    await until(() => readdirSync(dataDir).some((name) => name.includes('unfinished')));
    interrupted.kill('SIGKILL');
    await once(interrupted, 'exit');
    expect(readdirSync(dataDir).filter((name) => /^postgres-\d+$/.test(name))).toEqual([]);
    const postgres = await start({ dataDir });
    expect(await ask(postgres.adminUrl, 'select 1')).toEqual([1]);
    expect(readdirSync(dataDir)).toEqual([`postgres-${postgres.majorVersion}`]);
    await postgres.stop();
  });

  it('is shared by two hubs that start at once on the same folder, and stopped by the one that started it', async () => {
    const dataDir = newFolder();
    const both = await Promise.all([start({ dataDir }), start({ dataDir })]);
    const [starter, guest] = both[0].kill ? both : [both[1], both[0]];
    expect(guest.processId).toBe(starter.processId);
    expect(guest.kill).toBeUndefined();
    await guest.stop();
    expect(await ask(starter.adminUrl, 'select 1')).toEqual([1]);
    await starter.stop();
    await expect(ask(guest.adminUrl, 'select 1')).rejects.toThrow();
  });

  it('ends when the hub that started it is killed', async () => {
    const dataDir = await usedFolder();
    const program = `import('${process.cwd()}/.build/infra/postgres.js')
      .then((it) => it.findOrStartPostgres({ dataDir: process.argv[1], durable: false }))
      .then((it) => process.stdout.write(it.dataFolder))`;
    const hub = spawn(process.execPath, ['-e', program, dataDir], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [dataFolder] = await once(hub.stdout, 'data');
    const pgdata = join(String(dataFolder), 'data');
    expect(findPostmaster(pgdata)).toMatchObject({ orphan: false });
    hub.kill('SIGKILL');
    await until(() => findPostmaster(pgdata) === undefined);
    const postgres = await start({ dataDir });
    expect(await ask(postgres.adminUrl, 'select 1')).toEqual([1]);
    await postgres.stop();
  });

  it('replaces a server of its data folder that an earlier hub left behind', async () => {
    const dataDir = await usedFolder();
    const first = await start({ dataDir });
    await first.stop();
    const pgdata = join(first.dataFolder ?? '', 'data');
    const account = accountForPostgres(dataDir);
    const postgresProgram = join(embeddedBinaries(embeddedPackage() ?? '', account, dataDir)?.folder ?? '', 'postgres');
    const port = await freePort();
    const script = '"$1" -D "$2" -p "$3" -c unix_socket_directories= -c cluster_name=hub-$$ >/dev/null 2>&1 &';
    spawnSync('/bin/sh', ['-c', script, 'sh', postgresProgram, pgdata, String(port)], {
      ...runAs(account),
      stdio: 'ignore',
    });
    const orphanUrl = first.adminUrl.replace(/:\d+\/postgres$/, `:${port}/postgres`);
    await until(() =>
      ask(orphanUrl, 'select 1').then(
        () => true,
        () => false,
      ),
    );
    const orphan = findPostmaster(pgdata);
    expect(orphan).toMatchObject({ port, orphan: true });

    const lines: string[] = [];
    const second = await start({ dataDir, log: (line) => lines.push(line) });
    expect(lines).toEqual([`Stopping the PostgreSQL that an earlier run left behind (process ${orphan?.processId}).`]);
    expect(await ask(second.adminUrl, 'select 1')).toEqual([1]);
    await expect(ask(orphanUrl, 'select 1')).rejects.toThrow();
    await second.stop();
  });

  it('uses an empty private folder as its data folder', async () => {
    const dataDir = newFolder(0o700);
    const postgres = await start({ dataDir });
    expect(dirname(postgres.dataFolder ?? '')).toBe(dataDir);
    await postgres.stop();
  });

  it('runs for root below a private folder too', async () => {
    const dataDir = join(newFolder(0o700), 'hub');
    const postgres = await start({ dataDir });
    folders.push(dirname(postgres.dataFolder ?? dataDir));
    expect(await ask(postgres.adminUrl, 'select 1')).toEqual([1]);
    expect(dirname(postgres.dataFolder ?? '') === dataDir).toBe(process.getuid?.() !== 0);
    await postgres.stop();
  });

  it('is copied to where its account can read it when the installed packages are private', async () => {
    const account = accountForPostgres(tmpdir());
    const installed = embeddedPackage() ?? '';
    const privately = newFolder();
    cpSync(installed, join(privately, 'package'), { recursive: true, verbatimSymlinks: true });
    // Root's account cannot enter a folder of mode 0700; a plain user cannot put links into one of mode 0500.
    const target = account ? privately : join(privately, 'package', 'native', 'lib');
    for (const { target: link } of JSON.parse(readFileSync(join(installed, 'native', 'pg-symlinks.json'), 'utf8'))) {
      rmSync(join(privately, 'package', link), { force: true });
    }
    chmodSync(target, account ? 0o700 : 0o500);
    const cache = newFolder();
    const found = embeddedBinaries(join(privately, 'package'), account, cache);
    chmodSync(target, 0o755);
    expect(found?.folder.startsWith(cache)).toBe(true);
    expect(found?.majorVersion).toBeGreaterThanOrEqual(15);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it('takes the port it is told and names it when it is taken', async () => {
    const port = await freePort();
    const dataDir = await usedFolder();
    const postgres = await start({ dataDir, port });
    expect(new URL(postgres.adminUrl).port).toBe(String(port));
    const refusal = start({ dataDir: await usedFolder(), port });
    await expect(refusal).rejects.toThrow(`Port ${port}, wanted for PostgreSQL, is taken`);
    await postgres.stop();
  });

  it('says which folder it cannot use', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(start({ dataDir: join(file, 'below') })).rejects.toThrow(/below cannot be used .*HUB_DATA_DIR/);
  });
});

describe('a PostgreSQL of this machine', () => {
  it('is found in a folder pattern, newest first, and starts like the embedded one', async () => {
    const account = accountForPostgres(tmpdir());
    const embedded = embeddedBinaries(embeddedPackage() ?? '', account, newFolder());
    const pattern = join(dirname(dirname(embedded?.folder ?? '')), 'nati*', 'bin');
    const [only] = systemBinaries(account, [pattern, '/no/such/*/bin']);
    expect(only).toMatchObject({ source: 'system', version: embedded?.version });

    const everywhere = systemBinaries(account);
    const newest = [...everywhere, ...(only ? [only] : [])].sort((a, b) => a.majorVersion - b.majorVersion)[0];
    expect(everywhere.map((it) => it.majorVersion)).toEqual(
      everywhere.map((it) => it.majorVersion).sort((a, b) => b - a),
    );
    if (!newest) throw new Error('No PostgreSQL was found to start.');
    const postgres = await runCluster(newFolder(), newest, account, { dataDir: '', durable: false });
    started.push(postgres);
    expect(postgres).toMatchObject({ source: 'system', majorVersion: newest.majorVersion });
    expect(await ask(postgres.adminUrl, 'show server_version')).toEqual([expect.stringContaining(newest.version)]);
    await postgres.stop();
  });
});

describe('DATABASE_URL', () => {
  it('is used as it is when its server answers', async () => {
    const own = await start({ dataDir: await usedFolder() });
    const dataDir = join(newFolder(), 'untouched');
    const given = await start({ databaseUrl: own.adminUrl, dataDir });
    expect(given).toMatchObject({
      adminUrl: own.adminUrl,
      source: 'url',
      processId: null,
      majorVersion: own.majorVersion,
    });
    expect(given.description).toMatch(/^PostgreSQL \d+\.\d+ at 127\.0\.0\.1:\d+ \(DATABASE_URL\)$/);
    await given.stop();
    expect(await ask(own.adminUrl, 'select 1')).toEqual([1]);
    expect(existsSync(dataDir)).toBe(false);

    const wrong = urlFor(own.adminUrl, { user: 'postgres', password: 'open-sesame' });
    expect(await sentenceFrom(wrong)).toMatch(/at 127\.0\.0\.1:\d+ refuses the user or password: .*DATABASE_URL/);
    expect(await sentenceFrom(wrong)).not.toContain('open-sesame');
    const absent = urlFor(own.adminUrl, { database: 'absent' });
    expect(await sentenceFrom(absent)).toContain('has no database of that name');
    await own.stop();
  });

  it('that names no server is refused in one sentence without the password', async () => {
    const impostor = createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const address = impostor.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const cases: [string, RegExp][] = [
      [`postgres://me:open-sesame@127.0.0.1:${await freePort()}/hub`, /does not answer \(connection refused\)/],
      [`postgres://me:open-sesame@127.0.0.1:${port}/hub`, /does not answer/],
      [
        'postgres://me:open-sesame@no-such-host.invalid/hub',
        /no-such-host\.invalid:5432 (cannot be found|does not answer)/,
      ],
      ['mysql://me:open-sesame@127.0.0.1/hub', /is not a PostgreSQL address/],
      ['postgres://me:open-sesame@127.0.0.1:notaport/hub', /is not a PostgreSQL address/],
      ['open-sesame', /is not a PostgreSQL address/],
    ];
    for (const [url, sentence] of cases) {
      const said = await sentenceFrom(url);
      expect(said).toMatch(sentence);
      expect(said).toContain('DATABASE_URL');
      expect(said).not.toContain('open-sesame');
    }
    impostor.close();
  });
});
