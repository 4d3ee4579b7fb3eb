import { type StoreAddresses, storesSetting } from '../../services/contributions/store-addresses.js';
import { readSettings, withDemoDefaults, withPassword } from '../../services/kernel/environment.js';
import { databaseShape, givenAddress } from '../database-settings.js';
import { urlFor } from '../postgres/connection.js';
import { findOrStartPostgres } from '../postgres.js';

// By name: the services themselves take seconds to read in.
const services = ['missions', 'budgets', 'contributions', 'outcomes'];

/** A database that sends events. */
export interface Sending {
  /** The service, or `contributions of <organisation>` for an own store. */
  name: string;
  url: string;
}

/** Runs the work with the address of every database that sends events, as the settings name them. */
export async function withSending<Answer>(work: (databases: Sending[]) => Promise<Answer>): Promise<Answer> {
  const settings = withDemoDefaults(readSettings({ ...databaseShape, CONTRIBUTION_STORES: storesSetting }));
  const isGiven = services.every((name) => givenAddress(settings, name));
  const postgres = isGiven
    ? null
    : await findOrStartPostgres({ databaseUrl: settings.DATABASE_URL, dataDir: settings.HUB_DATA_DIR, durable: true });
  try {
    const first = services.map((name): Sending => {
      const given = givenAddress(settings, name);
      return {
        name,
        url: given ? withPassword(given, settings.HUB_SECRET) : urlFor(postgres!.adminUrl, { database: `hub_${name}` }),
      };
    });
    const own = await ownStores(postgres?.adminUrl, settings);
    return await work([...first, ...own]);
  } finally {
    await postgres?.stop();
  }
}

async function ownStores(
  adminUrl: string | undefined,
  { CONTRIBUTION_STORES: stores, HUB_SECRET }: { CONTRIBUTION_STORES: StoreAddresses; HUB_SECRET: string },
): Promise<Sending[]> {
  const named = Object.entries(stores);
  if (named.length === 0) return [];
  const { storeAdminUrl } = await import('../stores/prepare-stores.js');
  return named.map(([organisation, address]) => ({
    name: `contributions of ${organisation}`,
    url: withPassword(storeAdminUrl(adminUrl ?? address, organisation, address), HUB_SECRET),
  }));
}
