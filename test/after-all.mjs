import { rmSync } from 'node:fs';

export default async function afterAll() {
  const { server, dataDir } = globalThis.testPostgres;
  await server.stop();
  for (const folder of [dataDir, server.dataFolder]) {
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}
