import 'reflect-metadata';
import { migrate } from '../services/kernel/database.js';
import { prepareDatabase } from './databases.js';
import { services } from './services.js';

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
