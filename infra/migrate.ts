import 'reflect-metadata';
import { join } from 'node:path';
import { Command } from 'commander';
import { storesSetting } from '../services/contributions/store-addresses.js';
import { readSettings, withDemoDefaults } from '../services/kernel/environment.js';
import { sentenceOf } from '../services/kernel/program.js';
import { databaseShape } from './database-settings.js';
import { prepareServices, prepareStoresFile } from './prepare.js';
import { stateOf } from './stores/prepare-stores.js';

const command = new Command('npm run migrate --')
  .description(
    'Makes the databases and roles of the four services on the server of DATABASE_URL and brings them up to date, and ' +
      "organisations' own stores that CONTRIBUTION_STORES names. " +
      'For a hub whose parts are started one by one; "npm start" does it by itself.',
  )
  .option('--stores-file <path>', 'write the addresses by which the contributions service reaches the stores there')
  .addHelpText('after', '\nExit code 1 when a store is away or behind; all others are up to date then all the same.')
  .parse();

try {
  const settings = readSettings({ ...databaseShape, CONTRIBUTION_STORES: storesSetting });
  if (!settings.DATABASE_URL)
    throw new Error("Set DATABASE_URL to an administrator's address of the PostgreSQL server.");
  const { HUB_SECRET } = withDemoDefaults(settings);
  const addresses = await prepareServices(settings.DATABASE_URL, HUB_SECRET);
  process.stdout.write(`Up to date: ${Object.keys(addresses).join(', ')}\n`);
  const path =
    command.opts<{ storesFile?: string }>().storesFile ?? join(settings.HUB_DATA_DIR, 'contribution-stores.json');
  const { CONTRIBUTION_STORES: stores } = settings;
  const prepared =
    Object.keys(stores).length > 0 ? await prepareStoresFile(settings.DATABASE_URL, HUB_SECRET, stores, path) : [];
  for (const each of prepared) process.stdout.write(`Store of ${stateOf(each)}\n`);
  if (prepared.length > 0) process.stdout.write(`The service's CONTRIBUTION_STORES: ${path}\n`);
  if (prepared.some(({ fault }) => fault !== null)) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${sentenceOf(error as Error)}\n`);
  process.exitCode = 1;
}
