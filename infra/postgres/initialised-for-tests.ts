import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrStartPostgres } from '../postgres.js';

/** In the folder of one run of the tests: a data folder in which a server ran before and was stopped. */
const initialised = () => join(tmpdir(), 'initialised-postgres');

/** Fills an empty folder with a copy of it. It is made once for all tests of a run, since making one takes longest. */
export async function initialise(folder: string): Promise<void> {
  // Where root runs the tests another account must get through to what it owns.
  chmodSync(folder, 0o755);
  if (!existsSync(initialised())) await makeInitialised();
  for (const name of readdirSync(initialised())) spawnSync('cp', ['-a', join(initialised(), name), folder]);
}

async function makeInitialised(): Promise<void> {
  const making = mkdtempSync(join(tmpdir(), 'initialising-'));
  chmodSync(making, 0o755);
  await (await findOrStartPostgres({ dataDir: making, durable: false })).stop();
  try {
    renameSync(making, initialised());
  } catch (error) {
    // Tests of another process have made it meanwhile.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(initialised())) throw error;
  }
}
