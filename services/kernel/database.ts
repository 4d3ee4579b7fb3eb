import { defineConfig, type EntityClass, type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { PoolConfig } from 'pg';
import './quick-flush.js';
import { SentEvents } from './events-tables.js';
import { Migration } from './migration.js';
import { Reader } from './reader.js';
import type { Service } from './service.js';
import type { Transaction } from './transaction.js';

export type Row = Record<string, unknown>;

const waitForConnectionMs = 1_000;

export interface ConnectionOptions {
  /** The most connections that are open at a time; 24 when left out. */
  most?: number;
  /** How long the server may take to accept one. */
  connectWithinMs?: number;
  /** Is told of each connection as it is made. */
  onConnection?: (client: object) => void;
}

/** What every connection of a service has. */
export const sessionOf = ({ name }: Pick<Service, 'name'>) => ({
  application_name: `hub ${name}`,
  statement_timeout: 10_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 30_000,
});

/** How the service is mapped, and how it connects. */
export function configuration(service: Service, url: string, options: ConnectionOptions = {}) {
  const { most = 24, connectWithinMs, onConnection } = options;
  const afterCreate = (client: object, done: (error: null, client: object) => void) => {
    onConnection?.(client);
    done(null, client);
  };
  return defineConfig({
    entities: service.tables as EntityClass<object>[],
    clientUrl: url,
    discovery: { disableDynamicFileAccess: true, warnWhenNoEntities: false },
    metadataCache: { enabled: false },
    forceUtcTimezone: true,
    ensureDatabase: false,
    logger: () => undefined,
    pool: {
      ...{ min: 0, max: most, acquireTimeoutMillis: waitForConnectionMs },
      ...(onConnection && { afterCreate, idleTimeoutMillis: 5_000 }),
    },
    driverOptions: {
      connection: {
        ...sessionOf(service),
        // Statements that are sent without waiting for the answers before them leave at once.
        pipeline: true,
        ...(connectWithinMs && { connectionTimeoutMillis: connectWithinMs }),
      },
    },
  });
}

/**
 * Runs SQL inside the entity manager's database transaction. Parameters are written `?` and bound by the server, never
 * spliced into the text (em.execute splices them). Timestamps and bigints come back as text. It goes straight to the
 * connection of the transaction, at half the cost of the way through the query builder.
 */
export async function query<Found = Row>(
  em: EntityManager,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Found[]> {
  const transaction = em.getTransactionContext<Transaction>();
  const knex = () => em.getConnection().getKnex();
  const answer = await (transaction ? transaction.send(sql, params) : knex().raw(sql, params as never));
  return rowsOf<Found>(answer);
}

// Several statements in one text are answered by one result each.
const rowsOf = <Found>(answer: { rows: Found[] } | { rows: Found[] }[]): Found[] =>
  (Array.isArray(answer) ? answer.at(-1)! : answer).rows;

const readers = new WeakMap<MikroORM, Reader>();

/** Reads from the same database over connections of its own. */
export function readerOf(orm: MikroORM): Reader {
  const known = readers.get(orm);
  if (known) return known;
  const knex = orm.em.getConnection().getKnex();
  const { connection } = orm.config.get('driverOptions') as { connection: PoolConfig };
  const made = new Reader({
    ...{ ...connection, connectionString: orm.config.get('clientUrl'), max: 24, idleTimeoutMillis: 30_000 },
    ...{ connectionTimeoutMillis: waitForConnectionMs, onStatement: (sql) => void knex.emit('query', { sql }) },
  });
  readers.set(orm, made);
  return made;
}

/** Closes all connections of the entity manager, and those that read beside it. */
export async function disconnect(orm: MikroORM): Promise<void> {
  await readers.get(orm)?.close();
  await orm.close(true);
}

/** Calls the listener with the text of every SQL statement until the returned function is called. */
export function onStatement(orm: MikroORM, listener: (sql: string) => void): () => void {
  const knex = orm.em.getConnection().getKnex();
  const heard = (statement: { sql: string }) => listener(statement.sql);
  knex.on('query', heard);
  return () => knex.off('query', heard);
}

const triesToStart = 10;

/** Connects as the service's own role. Fails when the database is not there or its migrations are behind. */
export async function connect(service: Service, url: string): Promise<MikroORM> {
  const orm = connectLater(service, url);
  try {
    const [found] = await withPatience(() => query<Fitness>(orm.em.fork(), fitness));
    const fault = faultOf(service, found!);
    if (fault) throw new Error(fault);
    return orm;
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

/** Where many programs start at once, a first connection may take longer than a request would wait for one. */
async function withPatience<Found>(ask: () => Promise<Found>): Promise<Found> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if ((error as Error).name !== 'KnexTimeoutError' || tries === triesToStart) throw error;
    }
  }
}

/** The same with nothing asked yet: the database may be away. Whoever uses it checks `faultOf` first. */
export const connectLater = (service: Service, url: string, options?: ConnectionOptions): MikroORM =>
  MikroORM.initSync(configuration(service, url, options));

export interface Fitness {
  count: number;
  bypasses: boolean;
}

/** Asks what `faultOf` judges. */
export const fitness = `select (select count(*)::int from mikro_orm_migrations) as count,
  (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses`;

/** Why a service must not use a database; null when it may. */
export function faultOf(service: Service, { count, bypasses }: Fitness): string | null {
  if (count < migrationsOf(service).length) return 'its migrations are behind; run "npm run migrate"';
  if (bypasses) return 'its role can bypass row-level security; use a role of its own that owns nothing';
  return null;
}

/** All that a service's database goes through, with what every service has. */
export const migrationsOf = ({ migrations }: Pick<Service, 'migrations'>): Service['migrations'] => [
  { name: '0000-kernel', class: KernelTables },
  { name: '0000-sent-events', class: SentEvents },
  ...migrations,
];

/** The tables every service has: deeds done and declined (the audit trail) and events taken in. */
class KernelTables extends Migration {
  override up(): void {
    this.addSql(`create table deed (
      subject text not null, key text not null, organisation text not null, name text not null,
      fingerprint text not null, answer jsonb, done_at timestamptz(3) not null default clock_timestamp(),
      primary key (subject, key))`);
    this.addSql(`create table declined_deed (
      id bigint generated always as identity primary key, subject text not null, organisation text not null,
      name text not null, key text, code text not null, message text not null,
      declined_at timestamptz(3) not null default clock_timestamp())`);
    this.addSql(`create table received_event (
      id text primary key, type text not null, received_at timestamptz(3) not null default clock_timestamp())`);
    // Keeps every earlier state of a row; a change cannot forget to, and the service cannot edit what was kept.
    this.addSql(`create function keep_history() returns trigger language plpgsql security definer
      set search_path = public, pg_temp as $$
      begin
        new.recorded_at := greatest(clock_timestamp(), old.recorded_at);
        execute format('insert into %I select ($1).*, $2', tg_table_name || '_history') using old, new.recorded_at;
        return new;
      end $$`);
  }
}

/** SQL that keeps the history of a table with a recorded_at column and offers it as `<table>_as_known`. */
export const keepHistoryOf = (table: string): string[] => [
  `create table ${table}_history (like ${table}, superseded_at timestamptz(3) not null)`,
  `create index on ${table}_history (id, recorded_at)`,
  `create view ${table}_as_known with (security_invoker = true) as
     select *, 'infinity'::timestamptz(3) as superseded_at from ${table} union all select * from ${table}_history`,
  `create trigger keep_history before update on ${table} for each row execute function keep_history()`,
];

/** What the service's role needs to read `known(table)`. */
export const historyPrivileges = (...tables: string[]): Record<string, string> =>
  Object.fromEntries(
    tables.flatMap((table) => [`${table}_history`, `${table}_as_known`].map((name) => [name, 'select'])),
  );
