import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { environmentWith } from '../../services/kernel/environment.js';

function start(settings: Record<string, string>): { child: ChildProcess; said(): string } {
  const env: Record<string, string | undefined> = environmentWith(settings);
  delete env.NODE_OPTIONS;
  const child = spawn(process.execPath, ['.build/clients/pages/main.js'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  return { child, said: () => said };
}

/** A first port such that the pages' own is taken, until `free`. */
async function takenPort() {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, first: String(port - 6), free: () => new Promise((resolve) => server.close(resolve)) };
}

describe('the pages as a program', () => {
  it('start with no gateway there, say nothing but that they are ready, and end well on SIGTERM and with the hub', async () => {
    const { port, first, free } = await takenPort();
    await free();
    const begins = start({ HUB_PORT: first });
    expect(await once(begins.child, 'message')).toEqual(['ready', undefined]);
    const response = await fetch(`http://localhost:${port}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'alive' }]);
    begins.child.kill('SIGTERM');
    expect(await once(begins.child, 'exit')).toEqual([0, null]);
    const follows = start({ HUB_PORT: first });
    await once(follows.child, 'message');
    follows.child.disconnect();
    expect(await once(follows.child, 'exit')).toEqual([0, null]);
    expect(begins.said() + follows.said()).toBe('');
  });

  it('say in one sentence which port is taken, and of settings all that are wrong', async () => {
    const { port, first, free } = await takenPort();
    const [taken, wrong] = [
      start({ HUB_PORT: first }),
      start({ HUB_PORT: 'many', GATEWAY_URL: 'ftp://x', PAGES_URL: 'x' }),
    ];
    expect(await Promise.all([taken, wrong].map(({ child }) => once(child, 'exit')))).toEqual([
      [1, null],
      [1, null],
    ]);
    expect(taken.said()).toBe(
      `The pages could not start: port ${port} is taken; set HUB_PORT to another first port or free it.\n`,
    );
    expect(
      wrong
        .said()
        .split('\n')
        .map((line) => line.trim().split(':')[0]),
    ).toEqual(['The pages could not start', 'HUB_PORT', 'GATEWAY_URL', 'PAGES_URL', '']);
    await free();
  });
});
