import 'reflect-metadata';
import { Command } from 'commander';
import { z } from 'zod';
import { readSettings, withDemoDefaults } from '../services/kernel/environment.js';
import { sentenceOf, stopOnSignal } from '../services/kernel/program.js';
import { demoIsLoaded, loadDemo } from './demo/load.js';
import { Part } from './part.js';
import { findOrStartPostgres, type Postgres } from './postgres.js';
import { databaseShape, dropServices, givenAddress, prepareServices } from './prepare.js';
import { services } from './services.js';

const partNames = ['database', 'identity', ...services.map(({ name }) => name), 'gateway'];
const program = new Command('npm start --')
  .description('Starts the hub: PostgreSQL, identity, the four services and the gateway, with the demo world.')
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

let postgres: Postgres | undefined;
const parts: Part[] = [];

/** Stops what was started, the last first. */
async function stop(): Promise<void> {
  for (const part of parts.toReversed()) await part.stop();
  await postgres?.stop();
}

async function start(): Promise<void> {
  const settings = withDemoDefaults(
    readSettings({ ...databaseShape, HUB_DEMO: z.enum(['0', '1'], { error: 'must be 0 or 1' }).default('1') }),
  );
  const wanted = wantedParts(options.only);
  const given = services.filter((service) => givenAddress(settings, service));
  const prepared = services.filter((service) => !given.includes(service) && wanted.has(service.name));
  const addresses = Object.fromEntries(given.map((service) => [service.name, givenAddress(settings, service)!]));
  if (wanted.has('database') || prepared.length > 0) {
    postgres = await findOrStartPostgres({
      databaseUrl: settings.DATABASE_URL,
      dataDir: settings.HUB_DATA_DIR,
      durable: true,
      log: say,
    });
    if (options.fresh) await dropServices(postgres.adminUrl);
    Object.assign(addresses, await prepareServices(postgres.adminUrl, settings.HUB_SECRET, prepared));
    say(`Database ready: ${postgres.description}`);
  }
  const ownIssuer = settings.OIDC_ISSUER === `http://localhost:${settings.HUB_PORT + 5}`;
  const shared = { HUB_SECRET: settings.HUB_SECRET, OIDC_ISSUER: settings.OIDC_ISSUER };
  if (wanted.has('identity') && ownIssuer) parts.push(new Part('identity', 'infra/identity/main.ts', shared, say));
  for (const service of services.filter(({ name }) => wanted.has(name))) {
    const own = { [`${service.name.toUpperCase()}_DATABASE_URL`]: addresses[service.name]! };
    parts.push(new Part(service.name, `services/${service.name}/main.ts`, { ...shared, ...own }, say));
  }
  if (wanted.has('gateway')) parts.push(new Part('gateway', 'gateway/main.ts', shared, say));
  await Promise.all(
    parts.map(async (part) => {
      await part.start();
      say(`${capital(part.name)} ready: http://localhost:${settings.HUB_PORT + offsetOf(part.name)}`);
    }),
  );
  if (!wanted.has('gateway')) return;
  const url = `http://localhost:${settings.HUB_PORT}/graphql`;
  const withDemo = settings.HUB_DEMO === '1' && !options.empty && !options.only && ownIssuer;
  if (withDemo && !(await demoIsLoaded(url))) {
    await loadDemo({ url, issuer: settings.OIDC_ISSUER });
    say('Demo world ready: five missions, marked as illustrative');
  }
  say(`Hub ready: ${url}`);
}

function wantedParts(only: string | undefined): Set<string> {
  const wanted = only?.split(',').map((name) => name.trim()) ?? partNames;
  const unknown = wanted.find((name) => !partNames.includes(name));
  if (unknown) throw new Error(`There is no part "${unknown}"; the parts are ${partNames.join(', ')}.`);
  return new Set(wanted);
}

const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);
const offsetOf = (name: string) =>
  services.find((service) => service.name === name)?.portOffset ?? (name === 'identity' ? 5 : 0);

stopOnSignal(stop);
start().catch(async (error: Error) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  await stop();
  process.exit(1);
});
