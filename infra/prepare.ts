import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreAddresses } from '../services/contributions/store-addresses.js';
import { migrate } from '../services/kernel/migrate.js';
import { prepareDatabase } from './databases.js';
import { services } from './services.js';
import { type PreparedStore, prepareStores } from './stores/prepare-stores.js';

/**
 * Makes a service's database and roles on the server, brings it up to date, and answers the address that the service
 * itself connects with. `secret` is what the roles' passwords are derived from.
 */
export async function prepareService(adminUrl: string, secret: string, name: string): Promise<string> {
  const service = services.find((each) => each.name === name)!;
  const database = await prepareDatabase(adminUrl, name, secret);
  await migrate(service, database.ownerUrl, `hub_${name}`);
  return database.serviceUrl;
}

/** The same for all services; answers their addresses by name. */
export async function prepareServices(adminUrl: string, secret: string): Promise<Record<string, string>> {
  const prepared = services.map(async ({ name }) => [name, await prepareService(adminUrl, secret, name)]);
  return Object.fromEntries(await Promise.all(prepared));
}

/**
 * Brings the stores of CONTRIBUTION_STORES up to date and writes the file of their addresses that the service reads: it
 * has roles of its own there, and no administrator's password.
 */
export async function prepareStoresFile(
  adminUrl: string,
  secret: string,
  stores: StoreAddresses,
  path: string,
): Promise<PreparedStore[]> {
  const prepared = await prepareStores(adminUrl, secret, stores);
  const addresses = Object.fromEntries(prepared.map(({ organisation, serviceUrl }) => [organisation, serviceUrl]));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(addresses, null, 2)}\n`, { mode: 0o600 });
  return prepared;
}
