import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { adminUrl } from '../../test/databases.js';
import { connectLater, disconnect, onStatement, readerOf } from './database.js';
import type { Reading } from './reader.js';

const service = { name: 'missions', tables: [], resolvers: [], types: [], references: {}, privileges: {} } as never;
const opening = { sql: 'select ? as said', params: ['who asks'] };

let orm: MikroORM;
const begin = (first = opening): Reading => readerOf(orm).begin(first);
const backendOf = async (reading: Reading) =>
  (await reading.rows<{ pid: number }>('select pg_backend_pid() as pid', []))[0]!.pid;

beforeAll(() => {
  orm = connectLater(service, adminUrl());
});
afterAll(() => disconnect(orm));

async function read<Found>(sql: string, params: unknown[] = []): Promise<Found[]> {
  const reading = begin();
  try {
    return await reading.rows<Found>(sql, params);
  } finally {
    await reading.end();
  }
}

describe('a reading', () => {
  it('answers what opens it, sees one state throughout and refuses to write', async () => {
    const reading = begin();
    expect(await reading.opened).toEqual({ said: 'who asks' });
    expect(await reading.rows('show transaction_isolation', [])).toEqual([
      { transaction_isolation: 'repeatable read' },
    ]);
    await expect(reading.rows('create table never (id text)', [])).rejects.toMatchObject({ code: '25006' });
    await reading.end();
  });

  it('binds parameters and days in their order, and keeps question marks and the days of typed literals', async () => {
    const sql = `select ?::text as first, '2026-03-31T22:59:59.123Z'::timestamptz as cut, ?::text[] as second,
      '{"a":1}'::jsonb \\? 'a' as own, date '2026-04-01' as day, array[date '2026-04-02'] as days, 9007199254740993 as number`;
    expect(await read(sql, ["it's $1", ['?', '"']])).toEqual([
      {
        ...{ first: "it's $1", cut: '2026-03-31 22:59:59.123+00', second: ['?', '"'], own: true },
        ...{ day: '2026-04-01', days: ['2026-04-02'], number: '9007199254740993' },
      },
    ]);
  });

  it('has a statement planned once over a connection, at whatever instant it is cut', async () => {
    const reading = begin();
    for (const day of ['2024-01-01', '2025-01-01', '2026-01-01']) {
      const cut = `'${day}T00:00:00.000Z'::timestamptz`;
      expect(await reading.rows(`select ${cut} = ?::timestamptz as planned_once`, [`${day} 00:00Z`])).toEqual([
        { planned_once: true },
      ]);
    }
    const planned = `select count(*)::int as count from pg_prepared_statements where statement like '%planned_once%'
      and statement not like '%pg_prepared%'`;
    expect(await reading.rows(planned, [])).toEqual([{ count: 1 }]);
    await reading.end();
  });

  it('that could not be opened answers nothing', async () => {
    const reading = begin({ sql: 'select 1 / ?::int as said', params: ['0'] });
    await expect(reading.rows('select 1 as one', [])).rejects.toThrow();
    await expect(reading.opened).rejects.toMatchObject({ code: '22012' });
    await reading.end();
    expect(await read('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('gives its connection back at its end, when all it asked is answered', async () => {
    const reading = begin();
    const first = await backendOf(reading);
    const slow = reading.rows('select pg_sleep(0.5)', []);
    const end = reading.end();
    const meanwhile = begin();
    expect(await backendOf(meanwhile)).not.toBe(first);
    await Promise.all([slow, end]);
    const next = begin();
    expect(await backendOf(next)).toBe(first);
    await Promise.all([meanwhile.end(), next.end()]);
  });

  it('leaves nothing of who asked to the next one', async () => {
    await read(`select set_config('app.organisation', 'a-department', true)`);
    expect(await read(`select coalesce(current_setting('app.organisation', true), '') as organisation`)).toEqual([
      { organisation: '' },
    ]);
  });

  it('gives nobody a connection that was lost', async () => {
    const lost = begin();
    const pid = await backendOf(lost);
    await read('select pg_terminate_backend(?::int, 5000)', [pid]);
    await expect(lost.rows('select 1 as one', [])).rejects.toThrow();
    await lost.end();
    const next = begin();
    expect(await backendOf(next)).not.toBe(pid);
    await next.end();
  });

  it('is heard by whoever counts statements', async () => {
    const heard: string[] = [];
    const stop = onStatement(orm, (sql) => heard.push(sql));
    await read('select 2 as two');
    stop();
    expect(heard).toEqual(['select ? as said', 'select 2 as two']);
  });
});
