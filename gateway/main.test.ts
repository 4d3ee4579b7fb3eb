import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { environmentWith } from '../services/kernel/environment.js';

interface Program {
  child: ChildProcess;
  said(): { out: string; err: string };
}

function start(settings: Record<string, string>): Program {
  const env: Record<string, string | undefined> = environmentWith({ NODE_ENV: 'development', ...settings });
  delete env.NODE_OPTIONS;
  const child = spawn(process.execPath, ['.build/gateway/main.js'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    err += chunk;
  });
  return { child, said: () => ({ out, err }) };
}

// Below the ports that connections of the same moment take for themselves: its own and the tenth, of its metrics, are free.
const firstPort = 31_100 + (process.pid % 150) * 10;

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('the gateway as a program', () => {
  it('starts with no subgraph there, says nothing but that it is ready, and ends well on SIGTERM', async () => {
    const port = firstPort;
    const { child, said } = start({ HUB_PORT: String(port) });
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [said().err])]);
    expect(first).toBe('ready');
    const ask = (query: string) =>
      fetch(`http://localhost:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      }).then((response) => response.json());
    expect(await ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
    expect(((await ask('{ missions { nodes { id } } }')) as { errors: unknown[] }).errors[0]).toMatchObject({
      path: ['missions'],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'missions', retryable: true },
    });
    const ready = await fetch(`http://localhost:${port}/ready`);
    expect(await ready.json()).toEqual({
      status: 'not ready',
      missing: ['missions', 'budgets', 'contributions', 'outcomes'],
    });
    const metrics = await fetch(`http://127.0.0.1:${port + 9}/metrics`).then((response) => response.text());
    for (const name of ['nodejs_eventloop_lag_seconds', 'process_resident_memory_bytes', 'nodejs_gc_duration_seconds'])
      expect(metrics).toContain(`# TYPE ${name} `);
    expect(metrics).toContain('hub_requests_total{kind="query",outcome="ok"} 1\n');
    expect(metrics).toContain('hub_open_subscriptions 0\n');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said().out).toBe('');
    for (const line of said().err.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ level: 40, name: 'gateway' });
  });

  it('says in one sentence which setting to change when its port is taken', async () => {
    const { server, port } = await listening();
    const { child, said } = start({ HUB_PORT: String(port) });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(said().err).toBe(
      `The gateway could not start: port ${port} is taken; set HUB_PORT to another first port or free it.\n`,
    );
    server.close();
  });
});
