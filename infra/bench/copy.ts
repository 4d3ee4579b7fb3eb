import { join } from 'node:path';
import type { Client } from 'pg';

const copies = 3;

/**
 * Seconds that COPY takes for the rows of some tables, all or only some of them, into tables with the same columns,
 * indexes and checks and without triggers: the middle one of three. The server writes and reads files in the folder.
 */
export async function secondsToCopy(
  client: Client,
  tables: readonly string[],
  folder: string,
  only = 'true',
): Promise<number> {
  const columns = new Map<string, string>();
  for (const name of tables) {
    columns.set(name, await columnsOf(client, name));
    await client.query(`copy (select ${columns.get(name)} from ${name} where ${only}) to '${join(folder, name)}'`);
  }
  const taken: number[] = [];
  for (let round = 0; round < copies; round++) {
    for (const name of tables) {
      await client.query(`drop table if exists copy_of_${name}`);
      await client.query(`create table copy_of_${name} (like ${name} including all)`);
    }
    const begun = performance.now();
    await client.query('begin');
    for (const name of tables)
      await client.query(`copy copy_of_${name} (${columns.get(name)}) from '${join(folder, name)}'`);
    await client.query('commit');
    taken.push((performance.now() - begun) / 1000);
  }
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
