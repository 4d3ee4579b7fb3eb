import { z } from 'zod';
import { migrate } from '../services/kernel/database.js';
import { hubShape } from '../services/kernel/environment.js';
import type { Service } from '../services/kernel/service.js';
import { dropDatabase, prepareDatabase } from './databases.js';
import { services } from './services.js';

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// address' }).optional();

/** The settings that say where the databases are. */
export const databaseShape = {
  ...hubShape,
  DATABASE_URL: postgresUrl,
  MISSIONS_DATABASE_URL: postgresUrl,
  BUDGETS_DATABASE_URL: postgresUrl,
  CONTRIBUTIONS_DATABASE_URL: postgresUrl,
  OUTCOMES_DATABASE_URL: postgresUrl,
};
export type DatabaseSettings = z.infer<z.ZodObject<typeof databaseShape>>;

/** The address a service was given of its own (its own role's, in a database that is migrated), if it was. */
export function givenAddress(settings: DatabaseSettings, service: Service): string | undefined {
  return settings[`${service.name.toUpperCase()}_DATABASE_URL` as 'MISSIONS_DATABASE_URL'];
}

/**
 * Makes each service's database and roles on the server, brings it up to date, and answers the address that the
 * service itself connects with. `secret` is what the roles' passwords are derived from.
 */
export async function prepareServices(
  adminUrl: string,
  secret: string,
  wanted = services,
): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const service of wanted) {
    const database = await prepareDatabase(adminUrl, service.name, secret);
    await migrate(service, database.ownerUrl, `hub_${service.name}`);
    addresses[service.name] = database.serviceUrl;
  }
  return addresses;
}

/** Drops every service's database, for a start from nothing. */
export async function dropServices(adminUrl: string): Promise<void> {
  for (const service of services) await dropDatabase(adminUrl, `hub_${service.name}`);
}
