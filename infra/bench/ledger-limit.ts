import { Client } from 'pg';
import { withConnection } from '../postgres/connection.js';

export interface Limit {
  /** One transfer between two accounts that no other transfer of this moment need share. */
  transfer(client: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The bare limit: the inserts and balance updates of a transfer as one hand-written PL/pgSQL function over the least of
 * tables, with no rules, no history and nobody to ask. A database of its own on the same server, so that it waits for the
 * same disk.
 */
export async function startLimit(adminUrl: string, clients: number, accounts: number): Promise<Limit> {
  const url = await emptyDatabase(adminUrl, `bench_limit_${accounts}`);
  await withConnection(url, async (owner) => {
    for (const statement of tables) await owner.query(statement);
    await owner.query(`insert into account select n, 0 from generate_series(1, $1::int) as n`, [accounts]);
  });
  let made = 0;
  return driven(url, clients, 'select move($1, $2, $3, $4, $5)', () => {
    const number = ++made;
    const from = ((number * 2) % accounts) + 1;
    const to = ((number * 2 + 1) % accounts) + 1;
    return [`transfer-${number}`, from, to, 100, `key-${number}`];
  });
}

/** Makes a database, or makes it anew, and answers its administrator's address. */
export async function emptyDatabase(adminUrl: string, name: string): Promise<string> {
  await withConnection(adminUrl, async (admin) => {
    await admin.query(`drop database if exists ${name}`);
    await admin.query(`create database ${name}`);
  });
  return Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
}

/** A statement that records a transfer, planned once over each of so many connections. */
export async function driven(url: string, clients: number, text: string, valuesOf: () => unknown[]): Promise<Limit> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  return {
    async transfer(client: number): Promise<void> {
      await connections[client]!.query({ name: 'transfer', text, values: valuesOf() });
    },
    async stop() {
      for (const client of connections) await client.end();
    },
  };
}

const tables = [
  `create table account (id integer primary key, balance bigint not null)`,
  `create table deed (key text primary key, answer text, done_at timestamptz not null default clock_timestamp())`,
  `create table transfer (id text primary key, amount bigint not null, effective_on date not null default current_date,
     recorded_at timestamptz not null default clock_timestamp())`,
  `create table line (transfer_id text not null references transfer, account_id integer not null references account,
     amount bigint not null, primary key (transfer_id, account_id))`,
  `create table account_day (account_id integer not null, day date not null, change bigint not null, primary key (account_id, day))`,
  `create table account_movement (account_id integer primary key, amount bigint not null)`,
  `create function move(transfer_id text, source integer, target integer, moved bigint, key text) returns void language plpgsql as $$
   begin
     insert into deed (key, answer) values (move.key, move.transfer_id);
     perform from account where id in (source, target) order by id for no key update;
     insert into transfer (id, amount) values (move.transfer_id, moved);
     insert into line values (move.transfer_id, source, -moved), (move.transfer_id, target, moved);
     update account set balance = balance + case when id = source then -moved else moved end where id in (source, target);
     insert into account_day values (source, current_date, -moved), (target, current_date, moved)
       on conflict (account_id, day) do update set change = account_day.change + excluded.change;
     insert into account_movement values (source, -moved), (target, moved)
       on conflict (account_id) do update set amount = account_movement.amount + excluded.amount;
   end $$`,
];
