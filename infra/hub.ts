import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { gatewayShape } from '../gateway/settings.js';
import { type StoreAddresses, storesSetting } from '../services/contributions/store-addresses.js';
import { addressOf, type PartName, readSettings, withDemoDefaults } from '../services/kernel/environment.js';
import { sentenceOf, stopOnSignal } from '../services/kernel/program.js';
import { type DatabaseSettings, databaseShape, databaseVariable, givenAddress } from './database-settings.js';
import { dropDatabase, listDatabases } from './databases.js';
import { demoIsLoaded, loadDemo } from './demo/load.js';
import { Part } from './part.js';
import { accountForPostgres } from './postgres/account.js';
import { makeDataFolder } from './postgres/folder.js';
import { findOrStartPostgres, type Postgres } from './postgres.js';

const serviceNames = ['missions', 'budgets', 'contributions', 'outcomes'] as const;
const partNames = ['database', 'identity', ...serviceNames, 'gateway', 'pages'];
const program = new Command('npm start --')
  .description(
    'Starts the hub: PostgreSQL, identity, the four services, the gateway and the pages, with the demo world.',
  )
  .option('--empty', 'do not load the demo world')
  .option('--fresh', 'begin anew: drops what an earlier start kept')
  .option('--only <parts>', `start just these, with commas between: ${partNames.join(', ')}`)
  .addHelpText(
    'after',
    '\nCtrl-C stops everything; the data is kept in HUB_DATA_DIR (.hub) until a start with --fresh.',
  )
  .parse();
const options = program.opts<{ empty?: boolean; fresh?: boolean; only?: string }>();
const say = (line: string) => process.stdout.write(`${line}\n`);

let postgres: Promise<Postgres> | undefined;
const parts: Part[] = [];
let isStopping = false;

/** Stops what was started, who asks before who is asked. Throws at last when a part did not end in good order. */
async function stop(): Promise<void> {
  isStopping = true;
  const inOrder = parts.toSorted((one, other) => partNames.indexOf(other.name) - partNames.indexOf(one.name));
  const failed: string[] = [];
  for (const part of inOrder) await part.stop().catch((error: Error) => failed.push(error.message));
  // It may still be starting.
  await (await postgres?.catch(() => undefined))?.stop();
  for (const sentence of failed) process.stderr.write(`${sentence}\n`);
  if (failed.length > 0) throw new Error('The hub did not end in good order.');
}

type HubSettings = ReturnType<typeof withDemoDefaults<DatabaseSettings & { CONTRIBUTION_STORES: StoreAddresses }>>;

async function start(): Promise<void> {
  const settings = withDemoDefaults(
    readSettings({
      ...databaseShape,
      ...gatewayShape,
      CONTRIBUTION_STORES: storesSetting,
      HUB_DEMO: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1'),
    }),
  );
  const wanted = wantedParts(options.only);
  const ownIssuer = settings.OIDC_ISSUER === addressOf('identity', settings.HUB_PORT);
  const services = serviceNames.filter((name) => wanted.has(name));
  if (wanted.has('identity') || wanted.has('database')) demandDataFolder(settings);
  // Each part starts as soon as what it needs is there: most of the wait is for programs being read in.
  await Promise.all([
    wanted.has('identity') && ownIssuer && run(settings, 'identity', '.build/infra/identity/main.js'),
    wanted.has('gateway') && run(settings, 'gateway', '.build/gateway/main.js'),
    wanted.has('pages') && run(settings, 'pages', '.build/clients/pages/main.js'),
    wanted.has('database') || services.some((name) => !givenAddress(settings, name))
      ? startDatabase(settings).then(({ adminUrl }) =>
          Promise.all(services.map((name) => runService(settings, name, adminUrl))),
        )
      : Promise.all(services.map((name) => runService(settings, name, ''))),
  ]);
  if (!wanted.has('gateway')) return;
  const url = `${addressOf('gateway', settings.HUB_PORT)}/graphql`;
  const withDemo = settings.HUB_DEMO === '1' && !options.empty && !options.only && ownIssuer;
  if (withDemo && !(await demoIsLoaded(url))) {
    await loadDemo({ url, issuer: settings.OIDC_ISSUER });
    say('Demo world ready: five missions, marked as illustrative');
  }
  say(`Hub ready: ${url}`);
}

/** Parts keep files of their own there; what is wrong with it is said once, before any of them starts. */
function demandDataFolder({ HUB_DATA_DIR: folder, DATABASE_URL }: HubSettings): void {
  makeDataFolder(folder, DATABASE_URL ? undefined : accountForPostgres(resolve(folder)));
}

async function startDatabase({ DATABASE_URL, HUB_DATA_DIR }: HubSettings): Promise<Postgres> {
  const lasts = { durable: true, lasting: true };
  postgres = findOrStartPostgres({ databaseUrl: DATABASE_URL, dataDir: HUB_DATA_DIR, ...lasts, log: say });
  const server = await postgres;
  // Of organisations' own stores only those that the hub itself made here go too.
  const madeStores = options.fresh ? await listDatabases(server.adminUrl, 'hub_store_') : [];
  if (options.fresh)
    for (const name of [...serviceNames.map((each) => `hub_${each}`), ...madeStores])
      await dropDatabase(server.adminUrl, name);
  say(`Database ready: ${server.description}`);
  return server;
}

async function runService(settings: HubSettings, name: PartName, adminUrl: string): Promise<void> {
  const given = givenAddress(settings, name);
  // Read in only now: the services' classes take seconds, and only a database of ours is prepared here.
  const address = given ?? (await (await import('./prepare.js')).prepareService(adminUrl, settings.HUB_SECRET, name));
  const stores = name === 'contributions' && adminUrl && !given ? await prepareStores(settings, adminUrl) : {};
  await run(settings, name, `.build/services/${name}/main.js`, { [databaseVariable(name)]: address, ...stores });
}

/** The organisations' own stores. One that is away is found when it is back; the hub starts without it. */
async function prepareStores(settings: HubSettings, adminUrl: string): Promise<Record<string, string>> {
  const { CONTRIBUTION_STORES: stores, HUB_SECRET, HUB_DATA_DIR } = settings;
  if (Object.keys(stores).length === 0) return {};
  const path = join(HUB_DATA_DIR, 'contribution-stores.json');
  const { prepareStoresFile } = await import('./prepare.js');
  const { stateOf } = await import('./stores/prepare-stores.js');
  for (const each of await prepareStoresFile(adminUrl, HUB_SECRET, stores, path)) say(`Store of ${stateOf(each)}`);
  return { CONTRIBUTION_STORES: path };
}

async function run(settings: HubSettings, name: PartName, file: string, more: Record<string, string> = {}) {
  const { HUB_SECRET, OIDC_ISSUER, HUB_PORT } = settings;
  const part = new Part(name, file, { HUB_SECRET, OIDC_ISSUER, ...more }, say);
  parts.push(part);
  await part.start();
  say(`${name[0]!.toUpperCase() + name.slice(1)} ready: ${addressOf(name, HUB_PORT)}`);
}

function wantedParts(only: string | undefined): Set<string> {
  const wanted = only?.split(',').map((name) => name.trim()) ?? partNames;
  const unknown = wanted.find((name) => !partNames.includes(name));
  if (unknown) throw new Error(`There is no part "${unknown}"; the parts are ${partNames.join(', ')}.`);
  return new Set(wanted);
}

stopOnSignal(stop);
start().catch(async (error: Error) => {
  // What fails because it is being stopped is no news.
  if (!isStopping) process.stderr.write(`${sentenceOf(error)}\n`);
  await stop().catch(() => undefined);
  process.exit(1);
});
