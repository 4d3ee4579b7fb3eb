import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { closeServer } from '../services/kernel/close-server.js';
import { stopWithinMs } from '../services/kernel/program.js';
import { respondWithSentence } from './respond.js';

export type Route = (request: IncomingMessage, response: ServerResponse, search: string) => Promise<void> | void;

export interface RunningServer {
  port: number;
  /** Stops accepting, lets what is under way finish for some eight seconds. */
  stop(): Promise<void>;
}

// So that what ends it has a moment left to say so.
const finishWithinMs = stopWithinMs - 500;
/** Browsers open connections before they have anything to ask; Node takes such a one for a request under way. */
const speakWithinMs = 1_000;
const requestWithinMs = 15_000;
// Longer than clients and proxies usually keep an idle connection, so that they close it and not the gateway.
const idleConnectionMs = 65_000;

const crossOrigin = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-correlation-id, as-known-at, as-known-at-honoured-by, retry-after',
};
const preflight = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, as-known-at, last-event-id, traceparent',
  'access-control-max-age': '7200',
};

/** Where to listen; port 0 takes any free one. */
export interface Place {
  port: number;
  host: string;
}

/** Serves paths. Anybody's web page may ask, with a token or for public data: the hub sets no cookies. */
export async function serve(
  routes: ReadonlyMap<string, Route>,
  { port, host }: Place,
  log: Logger,
  requestTimeout = requestWithinMs,
): Promise<RunningServer> {
  let stopping = false;
  const silent = new Set<Socket>();
  // Node takes the longer one of both for the whole request, whichever that is; and it looks only now and then.
  const timeouts = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: requestTimeout / 5 };
  const server = createServer(timeouts, (request, response) => {
    silent.delete(request.socket);
    response.setHeaders(crossOriginHeaders);
    if (stopping) response.setHeader('connection', 'close');
    handle(routes, request, response).catch((error) => {
      log.error({ err: error }, 'a request failed outside GraphQL');
      respondWithSentence(response, 500, 'Something went wrong here.');
    });
  });
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.keepAliveTimeout = idleConnectionMs;
  await listen(server, { port, host });
  return {
    port: (server.address() as { port: number }).port,
    async stop() {
      stopping = true;
      const cut = setTimeout(() => {
        for (const socket of silent) socket.destroy();
      }, speakWithinMs);
      await closeServer(server, finishWithinMs);
      clearTimeout(cut);
    },
  };
}

const crossOriginHeaders = new Map(Object.entries(crossOrigin));

async function handle(routes: ReadonlyMap<string, Route>, request: IncomingMessage, response: ServerResponse) {
  const [path = '', search = ''] = (request.url ?? '').split(/\?(.*)/s);
  const route = routes.get(path);
  if (!route)
    return respondWithSentence(response, 404, 'There is nothing at this address; the hub answers at /graphql.');
  if (request.method === 'OPTIONS') {
    response.writeHead(204, preflight).end();
    return;
  }
  await route(request, response, search);
}

export function listen(server: Server, { port, host }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
