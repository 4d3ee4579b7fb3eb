import { Client } from 'pg';
import { placeOf, reasonOf } from '../postgres/connection.js';

/** A database, by what people call it, and a connection to it. */
export interface Administrated {
  name: string;
  client: Client;
}

/** Those that do not answer any more, by their names. */
export async function lostOf(administrated: readonly Administrated[]): Promise<string[]> {
  const asked = administrated.map(({ name, client }) =>
    client.query('select 1').then(
      () => [],
      () => [name],
    ),
  );
  return (await Promise.all(asked)).flat();
}

/**
 * A connection in which rows are copied as they are: no trigger adds to them, no policy hides any. Throws a sentence that
 * says which database does not answer.
 */
export async function administrator(url: string, name: string): Promise<Administrated> {
  const client = new Client({ connectionString: url, application_name: 'hub stores', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await prepare(client);
    return { name, client };
  } catch (error) {
    const isAway = (await lostOf([{ name, client }])).length > 0;
    await client.end().catch(() => undefined);
    if (!isAway) throw error;
    const remedy = 'Start it or correct its address, and run the same command again';
    throw new Error(`${name} at ${placeOf(url)} does not answer (${reasonOf(error)}). ${remedy}.`, { cause: error });
  }
}

async function prepare(client: Client): Promise<void> {
  const { rows } = await client.query(
    `select rolsuper or rolbypassrls as sees_all from pg_roles where rolname = current_user`,
  );
  try {
    if (!rows[0].sees_all) throw new Error('row-level security holds for it');
    await client.query(`set session_replication_role = replica`);
    await client.query(`set lock_timeout = '10s'`);
  } catch (error) {
    throw new Error(
      `The administrator "${client.user}" of ${client.host} may not move stores (${(error as Error).message}): it needs BYPASSRLS and the right to set session_replication_role.`,
    );
  }
}
