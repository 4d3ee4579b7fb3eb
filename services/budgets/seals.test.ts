import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { publishRoots, rootsFile } from './ledger/seal/publish.js';
import { type Answered, PoolForTests } from './pool-for-tests.js';

const dataDir = mkdtempSync(join(tmpdir(), 'hub-seals-test-'));
const folder = join(dataDir, 'seals');
let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets', 'contributions'], gateway: false, dataDir });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(async () => {
  await world?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const opened = () => new PoolForTests(world).open();
const transfersOf = async (pool: PoolForTests, asKnownAt?: string): Promise<Answered[]> => {
  const document = `query ($id: ID!) { pooledBudget(id: $id) {
    transfers(first: 100, orderBy: RECORDED_EARLIEST_FIRST) { nodes { id number hash } } } }`;
  const { data } = await world.ask(document, { variables: { id: pool.id }, asKnownAt, service: 'budgets' });
  return data.pooledBudget.transfers.nodes;
};

/** Waits until everything in the pool is sealed and its latest root published; answers that root. */
async function sealed(pool: PoolForTests): Promise<Answered> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const document = `query ($id: ID!) { pooledBudget(id: $id) { seal { number hash signature sealedAt } } }`;
    // In this order: what is sealed between the two questions is then in the root.
    const waiting = await owner.query('select from unsealed where pool_id = $1', [pool.id]);
    const { data } = await world.ask(document, { variables: { id: pool.id } });
    const root = data.pooledBudget.seal;
    if (root && waiting.rowCount === 0 && published(pool).at(-1)?.hash === root.hash) return root;
    await pause(100);
  }
  throw new Error(`pool ${pool.id} was not sealed within ten seconds`);
}

const published = (pool: PoolForTests): Answered[] => {
  const file = rootsFile(folder, pool.id);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line));
};

const refusal = (client: Client, sql: string, params: unknown[] = []): Promise<string> =>
  client.query(sql, params).then(
    () => 'done',
    (error) => error.constraint ?? error.code,
  );

describe('a sealed transfer', () => {
  it('has a number and a hash within a second or so, in the order of the transfers, and none before', async () => {
    const pool = await opened();
    await pool.fund('100.00');
    const { transfer } = await pool.deposit('5.00');
    expect(transfer.id).toMatch(/^transfer-/);
    await sealed(pool);
    await pool.allocate('30.00');
    await sealed(pool);
    const found = await transfersOf(pool);
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3]);
    for (const { hash } of found) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const first = await owner.query('select recorded_at from transfer where id = $1', [found[0].id]);
    const then = await transfersOf(pool, first.rows[0].recorded_at.toISOString());
    expect(then).toEqual([{ id: found[0].id, number: null, hash: null }]);
  });

  it('costs one SQL statement more, however many transfers and pools are asked for', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await sealed(pool);
    const cost = async (first: number, fields: string) => {
      let count = 0;
      const stop = onStatement(world.services.budgets.orm, (sql) => {
        if (!/^(begin|commit|rollback|set |select set_config)/i.test(sql)) count++;
      });
      const document = `{ pooledBudgets(first: ${first}) { nodes { ${fields} } } }`;
      expect((await world.ask(document)).errors).toBeUndefined();
      stop();
      return count;
    };
    const transfers = (more: string) => `transfers(first: 100) { nodes { id ${more} } }`;
    const plain = await cost(1, transfers(''));
    expect(await cost(1, transfers('hash number'))).toBe(plain + 1);
    expect(await cost(100, transfers('hash number'))).toBe(plain + 1);
    expect(await cost(100, 'seal { number } seals { nodes { number signature } }')).toBe(3);
  });
});

describe('sealing', () => {
  it('takes in every column of a transfer and what a posting says of its account', async () => {
    const columns = async (table: string) => {
      const sql = `select column_name from information_schema.columns where table_name = $1 order by ordinal_position`;
      return (await owner.query(sql, [table])).rows.map(({ column_name }) => column_name).join(' ');
    };
    // A column added here is to be added to ledger/seal/content.ts as well, and to the verifier's own copy of it.
    expect((await columns('transfer')).replace(' written_by', '').split(' ').sort().join(' ')).toBe(
      `allocation_id amount_minor approved_by consent contribution_id control_total currency deposit_id drawdown_id
      effective_on exchange_rate exchanged_on financial_year id kind period pool_id realised_minor reason received_currency
      received_minor recorded_at reference requested_by reverses_id virement_id`.replaceAll(/\s+/g, ' '),
    );
    expect(await columns('posting')).toBe('transfer_id account_id amount');
    expect(await columns('account')).toBe('id pool_id currency financial_year control_total kind balance latest_on');
  });

  it('makes no writer wait, and waits for no writer', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await sealed(pool);
    const sealer = await world.owner('budgets');
    await sealer.query('begin');
    await sealer.query(`select pg_advisory_xact_lock(hashtext('seal'), hashtext($1))`, [pool.id]);
    expect((await pool.deposit('1.00')).codes).toEqual([]);
    await sealer.query('commit');
    expect((await sealed(pool)).number).toBe(2);
    const writer = await world.owner('budgets');
    await writer.query('begin');
    await writer.query('select from account where pool_id = $1 for update', [pool.id]);
    const other = await opened();
    await other.fund('10.00');
    expect((await sealed(other)).number).toBe(1);
    await writer.query('rollback');
  });

  it('leaves no gap and nothing twice when many write at once', async () => {
    const pool = await opened();
    await Promise.all(Array.from({ length: 40 }, () => pool.deposit('1.00')));
    expect((await sealed(pool)).number).toBe(40);
    const numbers = (await transfersOf(pool)).map(({ number }) => number);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, place) => place + 1));
    for (const view of ['seal_gap', 'pool_identity', 'running_drift'])
      expect([view, (await owner.query(`select * from ${view}`)).rows]).toEqual([view, []]);
  });

  it('seals nothing that was only tried', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    expect((await pool.deposit('1.00', { dryRun: true })).transfer.postings).toHaveLength(2);
    expect((await sealed(pool)).number).toBe(1);
  });
});

describe('a root', () => {
  it('is signed, and published in a file and on the contributors side', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    const first = await sealed(pool);
    await pool.deposit('1.00');
    const second = await sealed(pool);
    const roots = published(pool);
    expect(roots).toEqual([first, second].map((root) => ({ poolId: pool.id, ...root })));
    const keys = createLocalJWKSet(JSON.parse(readFileSync(join(folder, 'public-key.json'), 'utf8')) as JSONWebKeySet);
    const signed = async ({ signature }: Answered) =>
      JSON.parse(new TextDecoder().decode((await compactVerify(signature, keys)).payload));
    expect(await signed(first)).toEqual({
      after: 0,
      hash: first.hash,
      number: 1,
      pool: pool.id,
      sealedAt: first.sealedAt,
    });
    expect(await signed(second)).toMatchObject({ after: 1, hash: second.hash, number: 2 });
    const contributions = await world.owner('contributions');
    await contributions.query(`set app.roles = 'auditor'`);
    const kept = () =>
      contributions.query('select number::int, hash, signature from sealed_root where pool_id = $1 order by 1', [
        pool.id,
      ]);
    for (let attempt = 0; attempt < 50 && (await kept()).rowCount !== 2; attempt++) await pause(100);
    expect((await kept()).rows).toEqual([first, second].map(({ sealedAt: _, ...root }) => root));
    expect(await refusal(contributions, 'delete from sealed_root')).toBe('23001');
    expect(await refusal(contributions, `update sealed_root set hash = 'x'`)).toBe('23001');
    const asService = await world.serviceRole('contributions');
    expect(await refusal(asService, 'delete from sealed_root')).toBe('42501');
    const data = { roots: [{ poolId: pool.id, number: 3, hash: 'no hash', signature: 'x' }] };
    expect(await world.event('contributions', { id: `bad ${pool.id}`, type: 'budgets.sealed', data })).toBe(422);
  });

  it('is signed with a key that only the service can read', () => {
    expect((statSync(join(dataDir, 'seal-key.json')).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(join(folder, 'public-key.json'), 'utf8')).not.toContain('"d"');
  });

  it('is written anew where a crash cut its line off, and missing ones are made up for', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await sealed(pool);
    await pool.deposit('1.00');
    await sealed(pool);
    while (published(pool).length < 2) await pause(50);
    const whole = readFileSync(rootsFile(folder, pool.id), 'utf8');
    const em = world.services.budgets.orm.em.fork() as EntityManager;
    for (const kept of ['', whole.slice(0, 40), whole.slice(0, -1), whole.slice(0, whole.indexOf('\n') + 20), whole]) {
      writeFileSync(rootsFile(folder, pool.id), kept);
      await publishRoots(em, folder, [pool.id]);
      expect(readFileSync(rootsFile(folder, pool.id), 'utf8')).toBe(whole);
    }
  });

  it('that is published and not in the database is told, and nothing is published over it', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await sealed(pool);
    const other = `${JSON.stringify({ ...published(pool)[0], hash: 'f'.repeat(64) })}\n`;
    writeFileSync(rootsFile(folder, pool.id), other);
    const em = world.services.budgets.orm.em.fork() as EntityManager;
    const number1 = `The chain of ${pool.id} was changed: number 1 is published with the hash ${'f'.repeat(64)}`;
    await expect(publishRoots(em, folder, [pool.id])).rejects.toThrow(number1);
    expect(readFileSync(rootsFile(folder, pool.id), 'utf8')).toBe(other);
  });

  it('of a pool whose chain was changed keeps no other pool from being sealed and published', async () => {
    const [changed, sound] = [await opened(), await opened()];
    await Promise.all([changed.fund('10.00'), sound.fund('10.00')]);
    await Promise.all([sealed(changed), sealed(sound)]);
    const other = `${JSON.stringify({ ...published(changed)[0], hash: 'f'.repeat(64) })}\n`;
    writeFileSync(rootsFile(folder, changed.id), other);
    await Promise.all([changed.deposit('1.00'), sound.deposit('1.00')]);
    await sealed(sound);
    expect(published(sound)).toHaveLength(2);
    expect(readFileSync(rootsFile(folder, changed.id), 'utf8')).toBe(other);
  });
});

describe('the database, of seals,', () => {
  const both = async (sql: string, params: unknown[] = []) => [
    await refusal(service, sql, params),
    await refusal(owner, sql, params),
  ];

  it('refuses to change or delete them and to take anything off the list by hand', async () => {
    expect(await both(`update seal set hash = previous_hash`)).toEqual(['42501', 'HB002']);
    expect(await both(`delete from seal`)).toEqual(['42501', 'HB002']);
    expect(await both(`truncate seal cascade`)).toEqual(['42501', 'HB002']);
    expect(await both(`update seal_root set signature = 'x'`)).toEqual(['42501', 'HB002']);
    expect(await both(`delete from seal_root`)).toEqual(['42501', 'HB002']);
    expect(await both(`delete from unsealed`)).toEqual(['42501', 'HB002']);
    expect(await both(`insert into unsealed values ('budget-x', 'transfer-x')`)).toEqual(['42501', 'HB002']);
  });

  it('refuses a seal that does not follow from the one before, and one of a transfer that is sealed', async () => {
    const pool = await opened();
    await pool.fund('10.00');
    await sealed(pool);
    const [{ id }] = await transfersOf(pool);
    const zeros = '0'.repeat(64);
    const insert = `insert into seal (pool_id, number, transfer_id, content_hash, previous_hash, hash)`;
    const hashOf = (previous: string) => `encode(sha256(convert_to(${previous} || $4, 'UTF8')), 'hex')`;
    const last = `(select hash from seal where pool_id = $1 order by number desc limit 1)`;
    const attempt = (number: number, previous: string, hash: string) =>
      both(`${insert} select $1, $2, $3, $4, ${previous}, ${hash}`, [pool.id, number, id, zeros]);
    expect(await attempt(2, last, hashOf(last))).toEqual(['seal_transfer_id_key', 'seal_transfer_id_key']);
    await owner.query('alter table seal drop constraint seal_transfer_id_key');
    expect(await attempt(2, last, hashOf(last))).toEqual(['HB017', 'HB017']);
    expect(await attempt(3, last, hashOf(last))).toEqual(['HB017', 'HB017']);
    expect(await attempt(2, `'${zeros}'`, hashOf(`'${zeros}'`))).toEqual(['HB017', 'HB017']);
    expect(await attempt(2, last, `'${zeros}'`)).toEqual(['HB017', 'HB017']);
    await owner.query('alter table seal add constraint seal_transfer_id_key unique (transfer_id)');
    const root = `insert into seal_root (pool_id, number, hash, signature) values ($1, 1, $2, 'x')`;
    expect(await both(root, [pool.id, zeros])).toEqual(['HB017', 'HB017']);
  });
});
