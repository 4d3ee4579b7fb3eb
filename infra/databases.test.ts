import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { cloneDatabase, dropDatabase, listDatabases, prepareDatabase } from './databases.js';
import { urlFor, withConnection } from './postgres/connection.js';
import { initialise } from './postgres/initialised-for-tests.js';
import { findOrStartPostgres, type Postgres } from './postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'hub-databases-'));
let postgres: Postgres;

beforeAll(async () => {
  await initialise(folder);
  postgres = await findOrStartPostgres({ dataDir: folder, durable: false });
});

afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(url: string, ...statements: string[]): Promise<unknown[]> {
  return withConnection(url, async (client) => {
    let answer: unknown[] = [];
    for (const text of statements) answer = (await client.query({ text, rowMode: 'array' })).rows.flat();
    return answer;
  });
}

describe('a service database', () => {
  it('is owned by a role of its own, and the service logs in as another', async () => {
    const budgets = await prepareDatabase(postgres.adminUrl, 'budgets', 'secret');
    expect(budgets.name).toBe('hub_budgets');
    expect(await ask(budgets.ownerUrl, 'select current_user')).toEqual(['hub_budgets_owner']);
    expect(await ask(budgets.serviceUrl, 'select current_user')).toEqual(['hub_budgets']);
    const owners = `select pg_get_userbyid(datdba), pg_get_userbyid(nspowner) from pg_database, pg_namespace
      where datname = current_database() and nspname = 'public'`;
    expect(await ask(budgets.serviceUrl, owners)).toEqual(['hub_budgets_owner', 'hub_budgets_owner']);
    expect(await ask(budgets.serviceUrl, 'show timezone')).toEqual(['UTC']);
    expect(await ask(budgets.serviceUrl, `select lower('ÉÀ'), 'Z' < 'a', 'z' < 'é'`)).toEqual(['éà', true, true]);
    expect(budgets.ownerUrl).not.toContain('secret');
  });

  it('gives the service role no way to make, own or become anything', async () => {
    const { serviceUrl } = await prepareDatabase(postgres.adminUrl, 'outcomes', 'secret');
    for (const statement of [
      'create table mine (id int)',
      'create temporary table mine (id int)',
      'create schema mine',
      'create database mine',
      'create role mine',
      'set role hub_outcomes_owner',
      'alter role current_user bypassrls',
    ]) {
      await expect(ask(serviceUrl, statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('shows the service role no row that row-level security hides', async () => {
    const { ownerUrl, serviceUrl } = await prepareDatabase(postgres.adminUrl, 'contributions', 'secret');
    await ask(
      ownerUrl,
      'create table pledge (organisation text)',
      `insert into pledge values ('health'), ('transport')`,
      'alter table pledge enable row level security',
      'alter table pledge force row level security',
      `create policy own on pledge using (organisation = current_setting('app.organisation', true))`,
    );
    await expect(ask(serviceUrl, 'select * from pledge')).rejects.toMatchObject({ code: '42501' });
    await ask(ownerUrl, 'grant select on pledge to hub_contributions');
    expect(await ask(serviceUrl, 'select * from pledge')).toEqual([]);
    const asHealth = `select set_config('app.organisation', 'health', false)`;
    expect(await ask(serviceUrl, asHealth, 'select * from pledge')).toEqual(['health']);
    await expect(ask(serviceUrl, 'set row_security = off', 'select * from pledge')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('is closed to the other services', async () => {
    const missions = await prepareDatabase(postgres.adminUrl, 'missions', 'secret');
    const budgets = await prepareDatabase(postgres.adminUrl, 'budgets', 'secret');
    const trespass = urlFor(missions.serviceUrl, { database: budgets.name });
    await expect(ask(trespass, 'select 1')).rejects.toMatchObject({ code: '42501' });
    const password = new URL(missions.serviceUrl).password;
    const borrowed = urlFor(budgets.serviceUrl, { user: budgets.name, password });
    await expect(ask(borrowed, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('is prepared once by callers that run at the same time', async () => {
    const services = ['a', 'b', 'a', 'b', 'a'];
    const prepared = await Promise.all(
      services.map((service) => prepareDatabase(postgres.adminUrl, service, 'secret', 'crowd')),
    );
    expect(await listDatabases(postgres.adminUrl, 'crowd_')).toEqual(['crowd_a', 'crowd_b']);
    for (const { serviceUrl } of prepared) expect(await ask(serviceUrl, 'select 1')).toEqual([1]);
  });

  it('keeps its rows and takes the new password when it is prepared again', async () => {
    const before = await prepareDatabase(postgres.adminUrl, 'again', 'first secret');
    await ask(before.ownerUrl, 'create table kept as select 42 as answer');
    await ask(postgres.adminUrl, 'alter role hub_again superuser bypassrls createdb createrole replication nologin');
    const after = await prepareDatabase(postgres.adminUrl, 'again', 'second secret');
    expect(await ask(after.ownerUrl, 'select answer from kept')).toEqual([42]);
    await expect(ask(before.serviceUrl, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const attributes = `select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication
      from pg_roles where rolname = current_user`;
    expect(await ask(after.serviceUrl, attributes)).toEqual([false]);
  });

  it('may have a name that is no plain SQL word, but none that PostgreSQL would cut or an address cannot carry', async () => {
    const odd = await prepareDatabase(postgres.adminUrl, 'Select-1', 'secret', 'My-Hub');
    expect(await ask(odd.serviceUrl, 'select current_database()')).toEqual(['My-Hub_Select-1']);
    await dropDatabase(postgres.adminUrl, odd.name);
    expect(await listDatabases(postgres.adminUrl, 'My-Hub')).toEqual([]);
    for (const name of ['x'.repeat(60), 'a"; drop table b; --', 'a?b', '']) {
      const refusal = prepareDatabase(postgres.adminUrl, name, 'secret', name === '' ? '#' : 'hub');
      await expect(refusal).rejects.toThrow('cannot name a database or role');
    }
  });
});

describe('a copy of a database', () => {
  it('has the rows, the owner and the closed doors of its template', async () => {
    const { name, ownerUrl, serviceUrl } = await prepareDatabase(postgres.adminUrl, 'stock', 'secret', 'tpl');
    const other = await prepareDatabase(postgres.adminUrl, 'other', 'secret', 'tpl');
    await ask(ownerUrl, 'create table kept as select 42 as answer', 'grant select on kept to tpl_stock');
    await Promise.all(['copy_1', 'copy_2', 'copy_1'].map((copy) => cloneDatabase(postgres.adminUrl, name, copy)));
    expect(await listDatabases(postgres.adminUrl, 'copy_')).toEqual(['copy_1', 'copy_2']);
    const copyUrl = urlFor(serviceUrl, { database: 'copy_1' });
    expect(await ask(copyUrl, 'select answer from kept')).toEqual([42]);
    await expect(ask(copyUrl, 'create temporary table mine (id int)')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(urlFor(other.serviceUrl, { database: 'copy_1' }), 'select 1')).rejects.toMatchObject({
      code: '42501',
    });
    await ask(urlFor(ownerUrl, { database: 'copy_2' }), 'alter table kept add column more int');
  });

  it('is made as soon as nobody is connected to the template', async () => {
    const { name, ownerUrl } = await prepareDatabase(postgres.adminUrl, 'busy', 'secret', 'tpl');
    const guest = new Client({ connectionString: ownerUrl });
    await guest.connect();
    const cloning = cloneDatabase(postgres.adminUrl, name, 'busy_copy');
    await wait(6_000);
    expect(await listDatabases(postgres.adminUrl, 'busy_copy')).toEqual([]);
    await guest.end();
    await cloning;
    expect(await listDatabases(postgres.adminUrl, 'busy_copy')).toEqual(['busy_copy']);
  });

  it('of a template that is not there is refused', async () => {
    await expect(cloneDatabase(postgres.adminUrl, 'nowhere', 'copy_3')).rejects.toThrow('no database "nowhere"');
  });

  it('is dropped although somebody is connected to it, and dropping it again is no error', async () => {
    const { name, ownerUrl } = await prepareDatabase(postgres.adminUrl, 'doomed', 'secret', 'tpl');
    const guest = new Client({ connectionString: ownerUrl });
    const cut = new Promise((done) => guest.on('error', done));
    await guest.connect();
    await dropDatabase(postgres.adminUrl, name);
    await cut;
    await dropDatabase(postgres.adminUrl, name);
    expect(await listDatabases(postgres.adminUrl, name)).toEqual([]);
  });
});

describe('an administrator who is no superuser', () => {
  it('prepares, copies and drops databases with CREATEDB and CREATEROLE alone', async () => {
    await ask(postgres.adminUrl, `create role modest login createdb createrole password 'modest'`);
    const adminUrl = urlFor(postgres.adminUrl, { user: 'modest', password: 'modest' });
    await prepareDatabase(adminUrl, 'missions', 'secret', 'managed');
    const { name, ownerUrl, serviceUrl } = await prepareDatabase(adminUrl, 'missions', 'secret', 'managed');
    await ask(ownerUrl, 'create table kept as select 42 as answer', 'grant select on kept to managed_missions');
    await cloneDatabase(adminUrl, name, 'managed_copy');
    expect(await ask(urlFor(serviceUrl, { database: 'managed_copy' }), 'select answer from kept')).toEqual([42]);
    const guest = new Client({ connectionString: serviceUrl });
    guest.on('error', () => undefined);
    await guest.connect();
    await dropDatabase(adminUrl, name);
    await dropDatabase(adminUrl, 'managed_copy');
    expect(await listDatabases(adminUrl, 'managed_')).toEqual([]);
  });

  it('is told what is missing when it may not make roles', async () => {
    await ask(postgres.adminUrl, `create role powerless login password 'powerless'`);
    const adminUrl = urlFor(postgres.adminUrl, { user: 'powerless', password: 'powerless' });
    const refusal = prepareDatabase(adminUrl, 'missions', 'secret', 'powerless');
    await expect(refusal).rejects.toThrow(/DATABASE_URL may not prepare .*CREATEDB and CREATEROLE/);
  });
});
