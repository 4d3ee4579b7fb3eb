import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { demoIsLoaded, loadDemo } from '../infra/demo/load.js';
import { startWorld, type World } from './world.js';

export interface DemoWorld {
  world: World;
  /** Of the gateway. */
  url: string;
  issuer: string;
  /** An instant at which nothing was there yet. */
  emptyAt: string;
  /** What happened on the way here: the world was loaded in two goes. */
  before: { first: boolean; interrupted: string; afterwards: boolean };
}

let users = 0;
let made: Promise<DemoWorld> | undefined;

/** The whole hub with the demo world, one for all test files of a suite that look at it; the last to stop ends it. */
export function sharedDemoWorld() {
  users++;
  return {
    start: () => (made ??= loaded()),
    stop: async () => {
      if (--users === 0) await (await made)?.world.stop();
    },
  };
}

/** Loaded by way of a line that breaks, and then again without it. */
async function loaded(): Promise<DemoWorld> {
  const world = await startWorld();
  const { gatewayUrl, issuer } = world;
  const url = gatewayUrl!;
  const emptyAt = new Date().toISOString();
  const first = await demoIsLoaded(url);
  const line = await lineThatBreaks(url, 45);
  const interrupted = await loadDemo({ url: line.url, issuer }).then(
    () => 'it ended well',
    (error: Error) => error.message,
  );
  line.server.close();
  const afterwards = await demoIsLoaded(url);
  await loadDemo({ url, issuer });
  return { world, url, issuer, emptyAt, before: { first, interrupted, afterwards } };
}

/** A way to the gateway that breaks after so many requests, as a network does. */
async function lineThatBreaks(to: string, after: number): Promise<{ server: Server; url: string }> {
  let passed = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (++passed > after) return request.socket.destroy();
    const { authorization } = request.headers;
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
    const answer = await fetch(to, { method: 'POST', headers, body: Buffer.concat(chunks) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` };
}
