import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Entity, type EntityManager, type MikroORM, PrimaryKey, Property } from '@mikro-orm/postgresql';
import { adminUrl } from '../../test/databases.js';
import { connect, connectLater, onStatement, query } from './database.js';
import { sentenceOf } from './program.js';
import { begin, inTransaction } from './transaction.js';

@Entity()
class Note {
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  said: string;
}

let orm: MikroORM;
let em: EntityManager;

const parts = { name: 'missions', tables: [Note], resolvers: [], types: [], references: {} };
const service = { ...parts, migrations: [], privileges: {} } as never;

beforeAll(() => {
  orm = connectLater(service, adminUrl());
});
afterAll(async () => {
  await orm?.close(true);
});
beforeEach(async () => {
  ({ em } = await begin(orm.em));
  await query(em, 'create temp table note (id text primary key, said text not null) on commit drop');
});

afterEach(async () => {
  if (em.isInTransaction()) await em.rollback();
});

describe('a statement', () => {
  it('has its parameters bound in their order, and a question mark of its own where one is written with \\', async () => {
    const sql = `select ?::text as first, ?::text[] as second, '{"a":1}'::jsonb \\? 'a' as own`;
    const found = await query(em, sql, ["it's $1", ['?', '"']]);
    expect(found).toEqual([{ first: "it's $1", second: ['?', '"'], own: true }]);
  });

  it('answers instants and large numbers as text, within a database transaction and outside one', async () => {
    const sql = `select 9007199254740993::bigint as number, timestamptz '2026-03-31 22:59:59.123Z' as instant`;
    const inside = await query(em, sql);
    await em.rollback();
    expect(inside).toEqual([{ number: '9007199254740993', instant: '2026-03-31 22:59:59.123+00' }]);
    expect(await query(orm.em.fork(), sql)).toEqual(inside);
  });

  it('is heard by whoever counts statements', async () => {
    const heard: string[] = [];
    const stop = onStatement(orm, (sql) => heard.push(sql));
    await query(em, 'select ?::int as one', [1]);
    stop();
    await query(em, 'select 2 as two');
    await em.rollback();
    expect(heard).toEqual(['select ?::int as one']);
  });

  it('is refused once its database transaction has ended, whose connection may serve another by now', async () => {
    const transaction = em.getTransactionContext();
    await em.rollback();
    const late = orm.em.fork();
    late.setTransactionContext(transaction);
    await expect(query(late, 'select 1')).rejects.toThrow('This database transaction has ended.');
  });
});

describe('a database transaction', () => {
  const backendOf = async (own: EntityManager) =>
    (await query<{ id: number }>(own, 'select pg_backend_pid() as id'))[0]!.id;

  it('serves what is written as SQL and what the entity manager finds and writes over one connection', async () => {
    await em.persistAndFlush(em.create(Note, { id: 'first', said: 'yes' }));
    await query(em, `update note set said = 'no'`);
    expect((await em.refresh(await em.findOneOrFail(Note, 'first')))?.said).toBe('no');
    expect(await orm.em.fork().getConnection().execute('select pg_backend_pid() as id')).not.toEqual([
      { id: await backendOf(em) },
    ]);
  });

  it.each([
    "o'brien",
    "\\'; drop table note; --",
    'what? and \\?',
    '$1',
    '',
  ])('begins with what is asked first, word for word: %j', async (text) => {
    const first = { sql: 'select ? as said, ? as last', params: [text, 'the end'] };
    const begun = await begin<{ said: string; last: string }>(orm.em, first);
    await begun.em.rollback();
    expect(begun.told).toEqual({ said: text, last: 'the end' });
  });

  it('keeps what it wrote when its work ends well, and nothing when it does not', async () => {
    const name = `hubtest_notes_${process.pid}`;
    const admin = orm.em.fork();
    await query(admin, `create table ${name} (id text)`);
    const write = (id: string) => (own: EntityManager) => query(own, `insert into ${name} values (?)`, [id]);
    try {
      await inTransaction(admin, write('kept'));
      const failing = inTransaction(admin, async (own) => {
        await write('lost')(own);
        throw new Error('its work failed');
      });
      await expect(failing).rejects.toThrow('its work failed');
      expect(await query(admin, `select id from ${name}`)).toEqual([{ id: 'kept' }]);
    } finally {
      await query(admin, `drop table ${name}`);
    }
  });

  it('that is to be kept though a statement had failed says that nothing was kept', async () => {
    const swallowing = inTransaction(orm.em.fork(), (own) => query(own, 'select 1 / 0').catch(() => undefined));
    await expect(swallowing).rejects.toThrow('Nothing was committed: a statement had failed.');
  });

  it('that is refused at its end gives its connection back, which is sound', async () => {
    const { em: own } = await begin(orm.em);
    const first = await backendOf(own);
    await own.rollback();
    const { em: late } = await begin(orm.em);
    await query(late, 'create temp table once (id int unique deferrable initially deferred) on commit drop');
    await query(late, 'insert into once values (1), (1)');
    await expect(late.commit()).rejects.toMatchObject({ code: '23505' });
    await late.rollback();
    const { em: next } = await begin(orm.em);
    expect(await backendOf(next)).toBe(first);
    await next.rollback();
  });

  it('gives its connection back at its end, and nobody one that was lost meanwhile', async () => {
    const { em: own } = await begin(orm.em);
    const first = await backendOf(own);
    await own.rollback();
    const { em: again } = await begin(orm.em);
    expect(await backendOf(again)).toBe(first);
    await query(orm.em.fork(), 'select pg_terminate_backend(?, 5000)', [first]);
    await expect(again.commit()).rejects.toThrow();
    await again.rollback();
    const { em: next } = await begin(orm.em);
    expect(await backendOf(next)).not.toBe(first);
    await next.rollback();
  });
});

describe('a flush', () => {
  it('makes no promise dearer: it leaves AsyncLocalStorage alone', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    em.persist(em.create(Note, { id: 'first', said: 'yes' }));
    await em.flush();
    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
  });

  it('waits for the one under way, and writes what came after that began', async () => {
    em.persist(em.create(Note, { id: 'first', said: 'yes' }));
    const first = em.flush();
    em.persist(em.create(Note, { id: 'second', said: 'yes' }));
    await Promise.all([first, em.flush()]);
    expect(await query(em, 'select id from note order by id')).toEqual([{ id: 'first' }, { id: 'second' }]);
  });

  it('that is refused says what the database said, and lets the next one flush', async () => {
    await query(em, `insert into note values ('first', 'no')`);
    await query(em, 'savepoint before');
    em.persist(em.create(Note, { id: 'first', said: 'yes' }));
    await expect(em.flush()).rejects.toMatchObject({ code: '23505' });
    await query(em, 'rollback to savepoint before');
    em.clear();
    em.persist(em.create(Note, { id: 'second', said: 'yes' }));
    await em.flush();
    expect(await query(em, 'select said from note order by id')).toEqual([{ said: 'no' }, { said: 'yes' }]);
  });
});

describe('a database that a service cannot use', () => {
  const changed = (change: Partial<Pick<URL, 'host' | 'password' | 'pathname'>>) =>
    Object.assign(new URL(adminUrl()), change).href;

  it.each([
    ['does not answer', () => changed({ host: '127.0.0.1:9' }), 'does not answer'],
    [
      'refuses its password',
      () => changed({ password: 'open-sesame' }),
      'refuses the user, or the password, which follows from HUB_SECRET where the address has none',
    ],
    ['is absent', () => changed({ pathname: '/absent' }), 'is not there'],
    ['has no tables', () => adminUrl(), 'is not prepared, which "npm run migrate" does'],
  ])('is named with its setting in one sentence when it %s', async (_, address, fault) => {
    const error = await connect(service, address()).catch((cause: Error) => cause);
    expect(sentenceOf(error as Error, 'MISSIONS_DATABASE_URL')).toBe(
      `its database ${fault}; check MISSIONS_DATABASE_URL.`,
    );
  });
});
