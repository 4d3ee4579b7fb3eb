import { join } from 'node:path';
import type { Client } from 'pg';

const copies = 3;

export interface Copied {
  /** Into tables with the same columns, indexes and checks, but no foreign keys and no triggers. */
  bare: number;
  /** Into the tables themselves, beside what else is in them: each foreign key and trigger does its work. */
  guarded: number;
}

interface Part {
  table: string;
  columns: string;
  file: string;
}

/**
 * Seconds that COPY takes for the rows of some tables, all or only some of them: the middle one of three. The server
 * writes and reads files in the folder. The rows are taken out and copied in again; the database is to be thrown away.
 */
export async function secondsToCopy(
  client: Client,
  tables: readonly string[],
  folder: string,
  only = 'true',
): Promise<Copied> {
  const parts: Part[] = [];
  for (const table of tables) {
    const part = { table, columns: await columnsOf(client, table), file: join(folder, table) };
    await client.query(`copy (select ${part.columns} from ${table} where ${only}) to '${part.file}'`);
    parts.push(part);
  }
  return {
    bare: await middleOf(() => copyBare(client, parts)),
    guarded: await middleOf(() => copyIn(client, parts, only)),
  };
}

async function copyBare(client: Client, parts: readonly Part[]): Promise<number> {
  for (const { table } of parts) {
    await client.query(`drop table if exists copy_of_${table}`);
    await client.query(`create table copy_of_${table} (like ${table} including all)`);
  }
  const begun = performance.now();
  await client.query('begin');
  for (const { table, columns, file } of parts) await client.query(`copy copy_of_${table} (${columns}) from '${file}'`);
  await client.query('commit');
  return (performance.now() - begun) / 1000;
}

async function copyIn(client: Client, parts: readonly Part[], only: string): Promise<number> {
  // What is kept for ever is taken out as only an administrator can, with the guards asleep.
  await client.query('set session_replication_role = replica');
  for (const { table } of parts) await client.query(`delete from ${table} where ${only}`);
  await client.query('set session_replication_role = origin');
  for (const { table } of parts) await client.query(`vacuum ${table}`);
  // As publishing does, it begins when what is there has been written to disk.
  await client.query('checkpoint');
  const begun = performance.now();
  await client.query('begin');
  for (const { table, columns, file } of parts) await client.query(`copy ${table} (${columns}) from '${file}'`);
  await client.query('commit');
  return (performance.now() - begun) / 1000;
}

async function middleOf(measure: () => Promise<number>): Promise<number> {
  const taken: number[] = [];
  for (let round = 0; round < copies; round++) taken.push(await measure());
  return taken.sort((a, b) => a - b)[Math.floor(copies / 2)]!;
}

async function columnsOf(client: Client, name: string): Promise<string> {
  const { rows } = await client.query<{ list: string }>(
    `select string_agg(quote_ident(column_name), ', ' order by ordinal_position) as list from information_schema.columns
      where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER'`,
    [name],
  );
  return rows[0]!.list;
}
