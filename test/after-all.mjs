import { rmSync } from 'node:fs';

export default async function afterAll() {
  const { server, folder } = globalThis.testPostgres;
  await server.stop();
  for (const each of [folder, server.dataFolder]) {
    if (each) rmSync(each, { recursive: true, force: true });
  }
}
