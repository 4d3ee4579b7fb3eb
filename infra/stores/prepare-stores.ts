import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { contributions } from '../../services/contributions/service.js';
import { here, type StoreAddresses } from '../../services/contributions/store-addresses.js';
import { migrate } from '../../services/kernel/migrate.js';
import { prepareDatabase, prepareGivenDatabase } from '../databases.js';
import { urlFor, withConnection } from '../postgres/connection.js';
import { copyShared } from './copy.js';

/** What became of one store as the databases were prepared. */
export interface PreparedStore {
  organisation: string;
  /** Why it could not be brought up to date, in words; null when it is. */
  fault: string | null;
  /** What the service connects with; without the password, which follows from HUB_SECRET. */
  serviceUrl: string;
  /** Whether its contributions are in it, or would be if it were not away. */
  isInUse: boolean;
}

/** The role of an organisation's store: its id cut short, with a mark that tells equal beginnings apart. */
export function storeRole(organisation: string): string {
  const mark = createHash('sha256').update(organisation).digest('hex').slice(0, 8);
  return `hub_store_${organisation.slice(0, 30)}_${mark}`;
}

/** An administrator's address of a store's database. */
export const storeAdminUrl = (hubAdminUrl: string, organisation: string, address: string): string =>
  address === here ? urlFor(hubAdminUrl, { database: storeRole(organisation) }) : address;

const atOnce = 4;

const firstOf = (hubAdminUrl: string) => urlFor(hubAdminUrl, { database: 'hub_contributions' });

/**
 * Makes roles for each store, brings it up to date and settles where its organisation is: in it, unless it has
 * contributions in the store of everybody; those are moved by a command of their own. One that is away stops nothing.
 */
export async function prepareStores(
  hubAdminUrl: string,
  secret: string,
  addresses: StoreAddresses,
): Promise<PreparedStore[]> {
  const waiting = Object.entries(addresses);
  const prepared: PreparedStore[] = [];
  const prepareNext = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      prepared.push(await prepareOne(hubAdminUrl, secret, ...next));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, prepareNext));
  return prepared.sort((one, other) => (one.organisation < other.organisation ? -1 : 1));
}

async function prepareOne(
  hubAdminUrl: string,
  secret: string,
  organisation: string,
  address: string,
): Promise<PreparedStore> {
  const storeUrl = storeAdminUrl(hubAdminUrl, organisation, address);
  const serviceUrl = serviceUrlOf(hubAdminUrl, organisation, address);
  let isInUse = false;
  try {
    // Before anything is changed there.
    const isSame = address !== here && (await isOneDatabase(firstOf(hubAdminUrl), storeUrl).catch(() => false));
    if (isSame) throw new Error('this is the database of everybody; a store needs one of its own');
    isInUse = await settle(firstOf(hubAdminUrl), organisation);
    await prepareStore(hubAdminUrl, secret, organisation, address);
    await settleStore(firstOf(hubAdminUrl), storeUrl, organisation);
    return { organisation, fault: null, serviceUrl, isInUse };
  } catch (error) {
    return { organisation, fault: (error as Error).message, serviceUrl, isInUse };
  }
}

async function prepareStore(hubAdminUrl: string, secret: string, organisation: string, address: string): Promise<void> {
  const role = storeRole(organisation);
  const database =
    address === here
      ? await prepareDatabase(hubAdminUrl, role.slice('hub_'.length), secret)
      : await prepareGivenDatabase(address, role, secret);
  await withConnection(storeAdminUrl(hubAdminUrl, organisation, address), checkOrder);
  await migrate(contributions, database.ownerUrl, role);
}

/** Pages of several stores are merged by id, so text must sort alike in all of them: by code point. */
async function checkOrder(client: Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; sorted: string }>(
    `select current_setting('server_encoding') as encoding,
       (select string_agg(each, ' ' order by each) from unnest(array['ab:', 'a:', 'a-b:', 'B:']) as each) as sorted`,
  );
  const { encoding, sorted } = rows[0]!;
  if (encoding !== 'UTF8' || sorted !== 'B: a-b: a: ab:')
    throw new Error(
      `the database does not sort by code point in UTF-8; make it with "create database ... template template0 encoding 'UTF8' locale 'C.UTF-8'"`,
    );
}

const placeOf = `select is_here from organisation_place where organisation = $1`;

/**
 * Decides once where an organisation's contributions are: in its own store, also while that is away, unless some are in
 * that of everybody already. Answers whether they are in its own.
 */
async function settle(firstUrl: string, organisation: string): Promise<boolean> {
  return withConnection(firstUrl, async (first) => {
    await first.query('begin');
    // Writers of this organisation that are under way end first.
    await first.query(`select pg_advisory_xact_lock(hashtextextended('place of ' || $1, 0))`, [organisation]);
    await first.query(`select set_config('app.organisation', $1, true)`, [organisation]);
    await first.query(
      `insert into organisation_place (organisation, is_here, has_rows) select $1, false, false
       where not exists (select from contribution_version where contribution_id > $1 || ':' and contribution_id < $1 || ';')
         and not exists (select from help_request where contributor_id = $1) on conflict do nothing`,
      [organisation],
    );
    const { rows } = await first.query<{ is_here: boolean }>(placeOf, [organisation]);
    await first.query('commit');
    return rows[0]?.is_here === false;
  });
}

/** Tells a store that is up to date what it is for. Answers whether its organisation's contributions are in it. */
export async function settleStore(firstUrl: string, storeUrl: string, organisation: string): Promise<boolean> {
  const isInUse = await settle(firstUrl, organisation);
  await withConnection(firstUrl, (first) =>
    withConnection(storeUrl, async (store) => {
      await store.query(`select set_config('app.roles', 'event', false)`);
      await store.query(`update organisation_place set is_here = false, has_rows = false where organisation = ''`);
      await copyShared(first, store);
      if (!isInUse) return;
      await store.query(
        `insert into organisation_place (organisation, is_here) values ($1, true) on conflict do nothing`,
        [organisation],
      );
    }),
  );
  return isInUse;
}

/** Under two addresses it may still be one database; a lock of one connection tells the other. */
async function isOneDatabase(firstUrl: string, storeUrl: string): Promise<boolean> {
  const lock = (how: string) => `select ${how}(hashtext('mission-budget-hub'), hashtext('which database')) as free`;
  return withConnection(firstUrl, (first) =>
    withConnection(storeUrl, async (store) => {
      await first.query(lock('pg_advisory_lock'));
      const { rows } = await store.query<{ free: boolean }>(lock('pg_try_advisory_lock'));
      return !rows[0]!.free;
    }),
  );
}

/** Where a store will be reached once it can be prepared. */
function serviceUrlOf(hubAdminUrl: string, organisation: string, address: string): string {
  const user = storeRole(organisation);
  return withoutPassword(
    address === here
      ? urlFor(hubAdminUrl, { user, password: '', database: user })
      : urlFor(address, { user, password: '' }),
  );
}

const withoutPassword = (address: string) => {
  const url = new URL(address);
  url.password = '';
  return url.href;
};

/** In words for people: what is wrong with a store that could not be prepared. */
export function stateOf({ organisation, fault, isInUse }: PreparedStore): string {
  if (fault !== null) return `${organisation}: away or behind (${fault})`;
  return isInUse
    ? `${organisation}: up to date`
    : `${organisation}: up to date, but its contributions are in the store of everybody; move them with "npm run stores -- move ${organisation} --to own"`;
}
