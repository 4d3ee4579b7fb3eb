import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'hub-of-bench-'));
// The account that PostgreSQL runs as for root has to pass through.
chmodSync(folder, 0o711);
const taken = createServer();
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the hub of a bench', () => {
  it('leaves nothing running and no folder behind when a part of it cannot start', async () => {
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const identity = (taken.address() as AddressInfo).port;
    const child = spawn(process.execPath, ['infra/run.mjs', 'infra/bench/hub-for-tests.ts', String(identity - 5)], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 50_000,
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(said).toContain(`${identity}`);
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});
