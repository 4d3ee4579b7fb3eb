import 'reflect-metadata';
import { Command, Option } from 'commander';
import { storesSetting } from '../../services/contributions/store-addresses.js';
import { readSettings } from '../../services/kernel/environment.js';
import { sentenceOf } from '../../services/kernel/program.js';
import { databaseShape } from '../database-settings.js';
import { progressOn } from '../import/progress.js';
import { urlFor } from '../postgres/connection.js';
import { findOrStartPostgres } from '../postgres.js';
import { moveStore } from './move.js';
import { storeAdminUrl } from './prepare-stores.js';
import { statusOf } from './status.js';

const guide = `
A store is the PostgreSQL database that an organisation's contributions are in. Everybody starts in the store of
everybody; CONTRIBUTION_STORES names a file with those that have one of their own, by the administrator's address:

  {"department-for-transport": "postgresql://admin:password@db.dft.example:5432/hub", "department-for-education": "here"}

"here" is a database of its own on the hub's own PostgreSQL. "npm run migrate" makes the roles and tables in each.

  $ npm run stores -- status
  $ npm run stores -- move department-for-transport --to own
  $ npm run stores -- move department-for-transport --to shared

A move takes all that belongs to the organisation: contributions with versions, rounds, steps and totals, the keys of
its deeds and of the events it took in. The hub goes on meanwhile; changes by this one organisation wait for a moment
when the last rows are copied. Nothing is ever in no place or counted in two. Stop it at any time and run the same
command again: it goes on where it stopped. With the other --to, before it is nearly done, it is taken back.

The hub's own PostgreSQL is found at DATABASE_URL, else the embedded one in HUB_DATA_DIR is used, also while the hub runs.
Exit codes: 0 done; 1 not done, with one sentence that says why; status also 1 when a store is away or behind.
`;

const settings = () => readSettings({ ...databaseShape, CONTRIBUTION_STORES: storesSetting });

/** Runs the work with an administrator's address of the hub's PostgreSQL; says a failure as one sentence. */
async function withHub(
  work: (adminUrl: string, stores: ReturnType<typeof settings>['CONTRIBUTION_STORES']) => Promise<void>,
) {
  try {
    const { DATABASE_URL, HUB_DATA_DIR, CONTRIBUTION_STORES } = settings();
    const postgres = await findOrStartPostgres({ databaseUrl: DATABASE_URL, dataDir: HUB_DATA_DIR, durable: true });
    try {
      await work(postgres.adminUrl, CONTRIBUTION_STORES);
    } finally {
      await postgres.stop();
    }
  } catch (error) {
    process.stderr.write(`${sentenceOf(error as Error)}\n`);
    process.exitCode = 1;
  }
}

const command = new Command('npm run stores --')
  .description("Shows organisations' own stores, and moves contributions to them and back.")
  .addHelpText('after', guide);

command
  .command('status')
  .description('how each store stands: whether it answers, is up to date, and is in use')
  .option('--json', 'for programs')
  .action((said: { json?: boolean }) =>
    withHub(async (adminUrl, stores) => {
      const found = await statusOf(adminUrl, stores);
      if (said.json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else if (found.length === 0)
        process.stdout.write('Everybody is in the store of everybody; CONTRIBUTION_STORES names no other.\n');
      else for (const each of found) process.stdout.write(`${lineOf(each)}\n`);
      if (found.some(({ state }) => state !== 'OK')) process.exitCode = 1;
    }),
  );

const lineOf = ({ organisation, at, state, place, contributions }: Awaited<ReturnType<typeof statusOf>>[number]) =>
  [organisation.padEnd(44), place.padEnd(20), String(contributions ?? '?').padStart(8), at.padEnd(24), state].join(
    '  ',
  );

command
  .command('move')
  .description("moves an organisation's contributions while the hub runs")
  .argument('<organisation>', 'its id')
  .addOption(
    new Option('--to <place>', 'its own store, or that of everybody').choices(['own', 'shared']).makeOptionMandatory(),
  )
  .action((organisation: string, { to }: { to: 'own' | 'shared' }) =>
    withHub(async (adminUrl, stores) => {
      const address = stores[organisation];
      if (!address)
        throw new Error(
          `CONTRIBUTION_STORES names no store of ${organisation}; add it there and run "npm run migrate".`,
        );
      await moveStore({
        ...{ organisation, to, progress: progressOn(process.stderr as never) },
        firstUrl: urlFor(adminUrl, { database: 'hub_contributions' }),
        storeUrl: storeAdminUrl(adminUrl, organisation, address),
        say: (line) => process.stdout.write(`${line}\n`),
      });
    }),
  );

await command.parseAsync();
