import { Client } from 'pg';
import { cloneDatabase, dropDatabase, prepareDatabase, type ServiceDatabase } from '../infra/databases.js';
import { migrate } from '../services/kernel/migrate.js';
import type { Service } from '../services/kernel/service.js';

const prefix = 'hubtest';
let made = 0;

/** The server that the run started before all tests. */
export function adminUrl(): string {
  const url = process.env.TEST_ADMIN_URL;
  if (!url) throw new Error('Tests run through "npm test", which starts PostgreSQL first.');
  return url;
}

/** A migrated database for one service of one world, copied from a template that is migrated once in a run. */
export async function worldDatabase(service: Service): Promise<ServiceDatabase> {
  const template = await templateOf(service);
  const name = `${template.name}_${process.pid}_${++made}`;
  await cloneDatabase(adminUrl(), template.name, name);
  const at = (url: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  return { name, ownerUrl: at(template.ownerUrl), serviceUrl: at(template.serviceUrl) };
}

/** Databases for organisations' own stores beside the service's first one, each settled as its organisation's place. */
export async function storeDatabases(
  service: Service,
  first: ServiceDatabase,
  organisations: string[],
): Promise<Record<string, ServiceDatabase>> {
  const { settleStore } = await import('../infra/stores/prepare-stores.js');
  const made: Record<string, ServiceDatabase> = {};
  for (const organisation of organisations) {
    made[organisation] = await worldDatabase(service);
    await settleStore(adminUrlOf(first), adminUrlOf(made[organisation]), organisation);
  }
  return made;
}

/** The administrator's address of a database of a world. */
export const adminUrlOf = ({ name }: ServiceDatabase): string =>
  Object.assign(new URL(adminUrl()), { pathname: `/${name}` }).href;

const templates = new Map<string, Promise<ServiceDatabase>>();

function templateOf(service: Service): Promise<ServiceDatabase> {
  if (!templates.has(service.name)) templates.set(service.name, makeTemplate(service));
  return templates.get(service.name)!;
}

async function makeTemplate(service: Service): Promise<ServiceDatabase> {
  const lock = new Client({ connectionString: adminUrl() });
  await lock.connect();
  try {
    // Test files run in several processes; one of them migrates, the others wait for it.
    await lock.query('select pg_advisory_lock(hashtext($1))', [`template ${service.name}`]);
    const database = await prepareDatabase(adminUrl(), service.name, 'a password of this test run', prefix);
    await migrate(service, database.ownerUrl, `${prefix}_${service.name}`);
    return database;
  } finally {
    await lock.end();
  }
}

export async function dropWorldDatabases(names: string[]): Promise<void> {
  for (const name of names) await dropDatabase(adminUrl(), name);
}
