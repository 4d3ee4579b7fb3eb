import type { Client } from 'pg';
import { contributions } from '../../services/contributions/service.js';
import type { StoreAddresses } from '../../services/contributions/store-addresses.js';
import { migrationsOf } from '../../services/kernel/database.js';
import { placeOf, reasonOf, urlFor, withConnection } from '../postgres/connection.js';
import { storeAdminUrl } from './prepare-stores.js';

export interface StoreStatus {
  organisation: string;
  /** Where the server is; never a login. */
  at: string;
  /** OK, or what is wrong in a word and its reason. */
  state: string;
  /** Where its contributions are. */
  place: string;
  contributions: number | null;
}

/** How each store stands, those that nobody named in the file included. */
export async function statusOf(hubAdminUrl: string, addresses: StoreAddresses): Promise<StoreStatus[]> {
  const firstUrl = urlFor(hubAdminUrl, { database: 'hub_contributions' });
  return withConnection(firstUrl, async (first) => {
    const places = await first.query<{ organisation: string; is_here: boolean; is_open: boolean }>(
      `select organisation, is_here, is_open from organisation_place where organisation <> '' order by organisation`,
    );
    const moves = await first.query<{ organisation: string }>(
      `select organisation from organisation_move where ended_at is null`,
    );
    const unfinished = new Set(moves.rows.map(({ organisation }) => organisation));
    const known = new Map(places.rows.map((row) => [row.organisation, row]));
    const names = [...new Set([...Object.keys(addresses), ...known.keys()])].sort();
    const shared = await countsOf(first, names);
    return Promise.all(
      names.map(async (organisation): Promise<StoreStatus> => {
        const isOwn = known.get(organisation)?.is_here === false;
        const place =
          (isOwn ? 'own store' : 'store of everybody') + (unfinished.has(organisation) ? ', move under way' : '');
        const address = addresses[organisation];
        if (!address)
          return { organisation, at: '', state: 'missing in CONTRIBUTION_STORES', place, contributions: null };
        const url = storeAdminUrl(hubAdminUrl, organisation, address);
        const count = isOwn ? null : (shared.get(organisation) ?? 0);
        try {
          return await withConnection(url, async (store) => {
            const behind = await migrationsMissing(store);
            const contributions =
              count ?? (behind ? null : ((await countsOf(store, [organisation])).get(organisation) ?? 0));
            return {
              ...{ organisation, at: placeOf(url), place, contributions },
              state: behind ? `behind by ${behind} migrations; run "npm run migrate"` : 'OK',
            };
          });
        } catch (error) {
          return {
            organisation,
            at: placeOf(url),
            state: `away (${reasonOf(error)})`,
            place,
            contributions: count,
          };
        }
      }),
    );
  });
}

async function migrationsMissing(client: Client): Promise<number> {
  const { rows } = await client.query(`select to_regclass('mikro_orm_migrations') is not null as there`);
  const done = rows[0].there ? await client.query(`select count(*)::int as count from mikro_orm_migrations`) : null;
  return migrationsOf(contributions).length - (done?.rows[0].count ?? 0);
}

/** From the running counts, to which drafts do not belong; in one statement, for a connection takes one at a time. */
async function countsOf(client: Client, organisations: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; count: number }>(
    `select contributor_id as id, sum(count)::int as count from contribution_count where contributor_id = any($1) group by 1`,
    [organisations],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}
