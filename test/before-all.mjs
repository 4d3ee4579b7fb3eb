// One PostgreSQL for the whole run of jest; each world gets databases of its own in it. Plain JavaScript, because jest
// loads this file before its transforms work on imports.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../infra/build.mjs';

const inMemory = '/dev/shm';
const wantedBytes = 8 * 1024 ** 3;

/** Databases are made and dropped by the hundred; where memory allows, that is ten times as fast as on a disk. */
function placeForTests() {
  // A container may have less than the machine it runs on.
  const memory = Math.min(freemem(), process.constrainedMemory() || Infinity);
  if (!existsSync(inMemory) || memory < wantedBytes) return tmpdir();
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize < wantedBytes ? tmpdir() : inMemory;
}

/** A run that was killed could not take its folder away. */
function isAlive(processId) {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Only tidiness: what another user's run left behind is not ours to take away. */
function tidyAway(folder) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
  }
}

/** Tests connect by the thousand, and hashing a password 4,096 times makes up half of that. Before PostgreSQL 16 it stays. */
async function hashOnce(admin) {
  const { rows } = await admin.query(`select current_setting('server_version_num')::int >= 160000 as can`);
  if (!rows[0].can) return;
  await admin.query('alter system set scram_iterations = 1');
  await admin.query('select pg_reload_conf()');
  // The administrator's own was hashed before; what a session sets for itself holds at once.
  await admin.query('set scram_iterations = 1');
  const anew = `select format('alter role %I password %L', current_user, $1::text) as sql`;
  await admin.query((await admin.query(anew, [admin.password])).rows[0].sql);
}

export default async function beforeAll() {
  await build();
  const { findOrStartPostgres } = await import('../.build/infra/postgres.js');
  const place = placeForTests();
  for (const left of readdirSync(place)) {
    const [, processId] = /^hub-test-(\d+)-/.exec(left) ?? [];
    if (processId && !isAlive(Number(processId))) tidyAway(join(place, left));
  }
  const folder = mkdtempSync(join(place, `hub-test-${process.pid}-`));
  // PostgreSQL does not run as root; its own account only has to get through to what belongs to it.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  const dataDir = mkdtempSync(join(folder, 'postgres-'));
  // A program that runs jest many times over, as the mutation bench does, starts one PostgreSQL for all of them.
  const server = await findOrStartPostgres({ databaseUrl: process.env.TEST_DATABASE_URL, dataDir, durable: false });
  globalThis.testPostgres = { server, folder };
  const { withConnection } = await import('../.build/infra/postgres/connection.js');
  if (!process.env.TEST_DATABASE_URL) await withConnection(server.adminUrl, hashOnce);
  process.env.TEST_ADMIN_URL = server.adminUrl;
}
