import { z } from 'zod';
import { hubShape } from '../services/kernel/environment.js';

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
export function givenAddress(settings: DatabaseSettings, service: string): string | undefined {
  return settings[databaseVariable(service) as 'MISSIONS_DATABASE_URL'];
}

export const databaseVariable = (service: string) => `${service.toUpperCase()}_DATABASE_URL`;
