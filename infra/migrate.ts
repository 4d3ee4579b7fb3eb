import 'reflect-metadata';
import { Command } from 'commander';
import { readSettings, withDemoDefaults } from '../services/kernel/environment.js';
import { sentenceOf } from '../services/kernel/program.js';
import { databaseShape } from './database-settings.js';
import { prepareServices } from './prepare.js';

new Command('npm run migrate --')
  .description(
    'Makes the databases and roles of the four services on the server of DATABASE_URL and brings them up to date. ' +
      'For a hub whose parts are started one by one; "npm start" does it by itself.',
  )
  .parse();

try {
  const settings = readSettings(databaseShape);
  if (!settings.DATABASE_URL)
    throw new Error("Set DATABASE_URL to an administrator's address of the PostgreSQL server.");
  const { HUB_SECRET } = withDemoDefaults(settings);
  const addresses = await prepareServices(settings.DATABASE_URL, HUB_SECRET);
  process.stdout.write(`Up to date: ${Object.keys(addresses).join(', ')}\n`);
} catch (error) {
  process.stderr.write(`${sentenceOf(error as Error)}\n`);
  process.exitCode = 1;
}
