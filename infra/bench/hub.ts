import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreAddresses } from '../../services/contributions/store-addresses.js';
import { addressOf } from '../../services/kernel/environment.js';
import { requestToken } from '../identity/request-token.js';
import { Part } from '../part.js';
import { findOrStartPostgres } from '../postgres.js';
import { prepareServices, prepareStoresFile } from '../prepare.js';
import { services } from '../services.js';
import { storeRole } from '../stores/prepare-stores.js';

export const secret = 'a-secret-of-this-bench';
export const audience = 'mission-budget-hub';

export interface BenchHub {
  issuer: string;
  /** Where each subgraph is, by name. */
  subgraphs: Record<string, string>;
  gatewayUrl: string;
  gateway: Part;
  /** The administrator's address of the server. */
  adminUrl: string;
  /** The administrator's address of the database of a service, for data that no API could load in time. */
  databaseOf(service: string): string;
  /** The same of an organisation's own store. */
  storeOf(organisation: string): string;
  token(client: string): Promise<string>;
  /** Starts one more program of the hub, or a peer, with these settings on top. */
  run(name: string, program: string, settings: Record<string, string>): Promise<Part>;
  stop(): Promise<void>;
}

/**
 * The whole hub as programs of their own over a throw-away PostgreSQL with full durability, on ports from `first` on. When a
 * part does not start, all that had been started is stopped and removed before the error is told.
 */
export async function startBenchHub(
  first: number,
  say: (line: string) => void,
  stores: StoreAddresses = {},
): Promise<BenchHub> {
  const endings: (() => unknown)[] = [];
  const stop = async () => {
    for (let end = endings.pop(); end; end = endings.pop()) await end();
  };
  try {
    return { ...(await startParts(first, say, stores, (end) => endings.push(end))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  first: number,
  say: (line: string) => void,
  stores: StoreAddresses,
  atTheEnd: (end: () => unknown) => void,
): Promise<Omit<BenchHub, 'stop'>> {
  const removed = (folder: string) => () => rmSync(folder, { recursive: true, force: true });
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  atTheEnd(removed(dataDir));
  const postgres = await findOrStartPostgres({ dataDir, durable: true });
  if (postgres.dataFolder) atTheEnd(removed(postgres.dataFolder));
  atTheEnd(() => postgres.stop());
  const addresses = await prepareServices(postgres.adminUrl, secret);
  const storesFile = join(dataDir, 'contribution-stores.json');
  const prepared = await prepareStoresFile(postgres.adminUrl, secret, stores, storesFile);
  const faulty = prepared.find(({ fault }) => fault !== null);
  if (faulty) throw new Error(`The store of ${faulty.organisation} could not be made: ${faulty.fault}`);
  const issuer = addressOf('identity', first);
  const shared = { HUB_PORT: String(first), HUB_SECRET: secret, OIDC_ISSUER: issuer, HUB_DATA_DIR: dataDir };
  const databaseAt = (name: string) => Object.assign(new URL(postgres.adminUrl), { pathname: `/${name}` }).href;
  const run = async (name: string, program: string, settings: Record<string, string>) => {
    const part = new Part(name, program, { ...shared, ...settings }, say);
    atTheEnd(() => part.stop());
    await part.start();
    return part;
  };
  await run('identity', '.build/infra/identity/main.js', {});
  for (const { name } of services) {
    const own: Record<string, string> = name === 'contributions' ? { CONTRIBUTION_STORES: storesFile } : {};
    await run(name, `.build/services/${name}/main.js`, {
      [`${name.toUpperCase()}_DATABASE_URL`]: addresses[name]!,
      ...own,
    });
  }
  const gateway = await run('gateway', '.build/gateway/main.js', {});
  return {
    ...{ issuer, gateway, run, gatewayUrl: `http://localhost:${first}/graphql` },
    subgraphs: Object.fromEntries(services.map(({ name }) => [name, `${addressOf(name, first)}/graphql`])),
    adminUrl: postgres.adminUrl,
    databaseOf: (service) => databaseAt(`hub_${service}`),
    storeOf: (organisation) => databaseAt(storeRole(organisation)),
    token: (client) => requestToken(issuer, client),
  };
}
