import { setTimeout as wait } from 'node:timers/promises';
import { type Client, escapeIdentifier } from 'pg';
import { rolePassword } from '../services/kernel/environment.js';
import { errorCode, urlFor, withConnection } from './postgres/connection.js';
import { ensureRole, letAdminActFor } from './postgres/roles.js';

export interface ServiceDatabase {
  name: string;
  /** Owns the database and its schema: for migrations only, since an owner is above row-level security. */
  ownerUrl: string;
  /** What the service logs in with: it owns nothing, and sees only what migrations grant it. */
  serviceUrl: string;
}

/**
 * Makes, or brings back into order, one service's database with its two roles: `<prefix>_<service>` and
 * `<prefix>_<service>_owner`. `password` is a secret from which each role's own password is derived.
 */
export async function prepareDatabase(
  adminUrl: string,
  service: string,
  password: string,
  prefix = 'hub',
): Promise<ServiceDatabase> {
  const name = `${prefix}_${service}`;
  const owner = `${name}_owner`;
  return prepareRoles(adminUrl, { name, owner, service: name }, password, (admin) =>
    ensureDatabase(admin, name, owner),
  );
}

/** The same in a database that somebody else made and keeps: it stays theirs, and the hub's owner may build in it. */
export async function prepareGivenDatabase(adminUrl: string, role: string, password: string): Promise<ServiceDatabase> {
  const name = databaseOf(adminUrl);
  const owner = `${role}_owner`;
  return prepareRoles(adminUrl, { name, owner, service: role }, password, async (admin) => {
    await admin.query(`grant connect, create on database ${escapeIdentifier(name)} to ${escapeIdentifier(owner)}`);
    await admin.query(`alter schema public owner to ${escapeIdentifier(owner)}`);
  });
}

async function prepareRoles(
  adminUrl: string,
  { name, owner, service }: { name: string; owner: string; service: string },
  password: string,
  prepare: (admin: Client) => Promise<void>,
): Promise<ServiceDatabase> {
  for (const identifier of [name, owner]) checkName(identifier);
  const ownerUrl = urlFor(adminUrl, { user: owner, password: rolePassword(password, owner), database: name });
  const serviceUrl = urlFor(adminUrl, { user: service, password: rolePassword(password, service), database: name });
  await withLock(adminUrl, name, async (admin) => {
    for (const role of [owner, service]) await ensureRole(admin, role, rolePassword(password, role));
    await letAdminActFor(admin, [owner, service]);
    await prepare(admin);
    await closeToPublic(admin, name);
    await admin.query(`grant connect on database ${escapeIdentifier(name)} to ${escapeIdentifier(service)}`);
    // As the owner, which proves that migrations will be able to log in.
    await withConnection(ownerUrl, async (client) => {
      await client.query(`alter schema public owner to ${escapeIdentifier(owner)}`);
      await client.query('revoke all on schema public from public');
      await client.query(`grant usage on schema public to ${escapeIdentifier(service)}`);
    });
  });
  return { name, ownerUrl, serviceUrl };
}

const databaseOf = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1));

/**
 * A copy of a whole database, for tests. Nobody may be connected to the template, so this waits while somebody is.
 * An existing database of that name is left as it is.
 */
export async function cloneDatabase(adminUrl: string, template: string, name: string): Promise<void> {
  checkName(name);
  await withLock(adminUrl, name, async (admin) => {
    if ((await listNames(admin, name)).includes(name)) return;
    const owner = await ownerOf(admin, template);
    const until = Date.now() + 60_000;
    for (;;) {
      try {
        await admin.query(
          `create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)} owner ${escapeIdentifier(owner)}`,
        );
        break;
      } catch (error) {
        if (errorCode(error) !== '55006' || Date.now() > until) throw error;
        await wait(50);
      }
    }
    await copyDatabaseRights(admin, template, name);
  });
}

/** Drops a database, ending whatever is connected to it; nothing happens where there is none. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withLock(adminUrl, name, async (admin) => {
    await admin.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
  });
}

export async function listDatabases(adminUrl: string, prefix: string): Promise<string[]> {
  return withConnection(adminUrl, (admin) => listNames(admin, prefix));
}

async function listNames(admin: Client, prefix: string): Promise<string[]> {
  const answer = await admin.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1) and not datistemplate order by datname',
    [prefix],
  );
  return answer.rows.map((row) => row.datname);
}

/**
 * From template0 with every locale choice spelled out: text sorts by code point on every server, as it does in
 * JavaScript for the letters in use, whatever the server's own default is.
 */
async function ensureDatabase(admin: Client, name: string, owner: string): Promise<void> {
  if (!(await listNames(admin, name)).includes(name)) {
    const version = await admin.query<{ number: string }>(`select current_setting('server_version_num') as number`);
    const locale =
      Number(version.rows[0]?.number) >= 170_000
        ? `locale 'C' locale_provider builtin builtin_locale 'C.UTF-8'`
        : `lc_collate 'C' locale_provider libc`;
    await admin.query(
      `create database ${escapeIdentifier(name)} owner ${escapeIdentifier(owner)} template template0 encoding 'UTF8' ${locale}`,
    );
  }
  if ((await ownerOf(admin, name)) !== owner) {
    await admin.query(`alter database ${escapeIdentifier(name)} owner to ${escapeIdentifier(owner)}`);
  }
}

async function ownerOf(admin: Client, database: string): Promise<string> {
  const answer = await admin.query<{ owner: string }>(
    'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
    [database],
  );
  const owner = answer.rows[0]?.owner;
  if (owner === undefined) throw new Error(`There is no database "${database}" on this server.`);
  return owner;
}

async function closeToPublic(admin: Client, database: string): Promise<void> {
  await admin.query(`revoke all on database ${escapeIdentifier(database)} from public`);
}

/** CREATE DATABASE copies what is in the template but not the rights on the database itself, so PUBLIC would get in. */
async function copyDatabaseRights(admin: Client, template: string, name: string): Promise<void> {
  await closeToPublic(admin, name);
  const rights = await admin.query<{ privilege: string; grantee: string | null }>(
    `select acl.privilege_type as privilege, role.rolname as grantee
       from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as acl
       left join pg_roles role on role.oid = acl.grantee
      where datname = $1`,
    [template],
  );
  for (const { privilege, grantee } of rights.rows) {
    const to = grantee === null ? 'public' : escapeIdentifier(grantee);
    await admin.query(`grant ${privilege} on database ${escapeIdentifier(name)} to ${to}`);
  }
}

/** Work on one name is done by one connection at a time, in whichever hub; the lock ends with the connection. */
async function withLock(adminUrl: string, name: string, work: (admin: Client) => Promise<void>): Promise<void> {
  try {
    await withConnection(adminUrl, async (admin) => {
      await admin.query(`select pg_advisory_lock(hashtext('mission-budget-hub'), hashtext($1))`, [name]);
      await work(admin);
    });
  } catch (error) {
    if (errorCode(error) !== '42501') throw error;
    throw new Error(
      `The PostgreSQL user of DATABASE_URL may not prepare the database "${name}" (${(error as Error).message}): give that user CREATEDB and CREATEROLE, or name another user.`,
    );
  }
}

/**
 * PostgreSQL silently cuts names after 63 bytes, after which two services could share one database; and a connection
 * address cannot carry every character in a database's name.
 */
function checkName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,63}$/.test(name)) return;
  throw new Error(`"${name}" cannot name a database or role: use at most 63 letters, digits, "_" and "-".`);
}
