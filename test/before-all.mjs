// One PostgreSQL for the whole run of jest; each world gets databases of its own in it. Plain JavaScript, because jest
// loads this file before its transforms work on imports.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tsImport } from 'tsx/esm/api';

export default async function beforeAll() {
  const { findOrStartPostgres } = await tsImport('../infra/postgres.ts', import.meta.url);
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-test-'));
  // A program that runs jest many times over, as the mutation bench does, starts one PostgreSQL for all of them.
  const server = await findOrStartPostgres({ databaseUrl: process.env.TEST_DATABASE_URL, dataDir, durable: false });
  globalThis.testPostgres = { server, dataDir };
  process.env.TEST_ADMIN_URL = server.adminUrl;
}
