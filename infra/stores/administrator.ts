import { Client } from 'pg';

/** A connection in which rows are copied as they are: no trigger adds to them, no policy hides any. */
export async function administrator(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'hub stores', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query(
    `select rolsuper or rolbypassrls as sees_all from pg_roles where rolname = current_user`,
  );
  try {
    if (!rows[0].sees_all) throw new Error('row-level security holds for it');
    await client.query(`set session_replication_role = replica`);
    await client.query(`set lock_timeout = '10s'`);
  } catch (error) {
    await client.end();
    throw new Error(
      `The administrator "${client.user}" of ${client.host} may not move stores (${(error as Error).message}): it needs BYPASSRLS and the right to set session_replication_role.`,
    );
  }
  return client;
}
