import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../../services/kernel/close-server.js';
import { signingKey } from './keys.js';
import { loadProvider } from './provider.js';
import { requestToken } from './request-token.js';

export interface IssuerOptions {
  /** 0 takes any free port. */
  port: number;
  /** The `aud` of every token: the hub. */
  audience: string;
  /** Keeps the signing key over restarts; without it the key lives in memory. */
  keysFile?: string;
  /** The name in the issuer's address: `localhost` (default) or `127.0.0.1`. Both listen on 127.0.0.1 only. */
  host?: string;
  /** Told of faults inside the issuer; the caller of the issuer sees only `server_error`. */
  onFault?: (fault: Error) => void;
}

export interface Issuer {
  /** The issuer's address and the `iss` of its tokens, for example `http://localhost:4005`. */
  issuer: string;
  audience: string;
  /** Finishes what is under way and closes; a second call waits for the same end. */
  stop(): Promise<void>;
  /** An access token of a demo client, asked for over HTTP like anybody's. */
  tokenFor(clientId: string): Promise<string>;
}

const loopback = '127.0.0.1';
const answered = new Set(['/token', '/jwks', '/.well-known/openid-configuration']);
const stopWithinMilliseconds = 5_000;

/**
 * Starts the OpenID Connect issuer of demo and tests. Its secrets are known to everybody, so it listens on loopback
 * only. Rejects with the system's error (`code` EADDRINUSE) when the port is taken.
 */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const { port, audience, keysFile, host = 'localhost', onFault } = options;
  if (host !== 'localhost' && host !== loopback) {
    throw new Error(`The demo issuer is named localhost or ${loopback}, not ${host}: it never leaves this machine.`);
  }
  const makeProvider = await loadProvider();
  const server = createServer();
  server.listen(port, loopback);
  await once(server, 'listening');
  const authority = `${host}:${(server.address() as AddressInfo).port}`;
  const issuer = `http://${authority}`;
  try {
    // The key comes after the port: of two issuers that start at once, only the one with the port makes the file.
    const provider = makeProvider({ issuer, audience, key: signingKey(keysFile) });
    provider.on('server_error', (_context, fault) => onFault?.(fault));
    server.on('request', onlyAnswered(provider.callback(), authority));
  } catch (fault) {
    server.close();
    throw fault;
  }
  let stopped: Promise<void> | undefined;
  return {
    issuer,
    audience,
    stop: () => (stopped ??= closeServer(server, stopWithinMilliseconds)),
    tokenFor: (clientId) => requestToken(issuer, clientId),
  };
}

/** Lets only the three endpoints of the demo through to the library; its pages for browsers are not part of it. */
function onlyAnswered(answer: RequestListener, authority: string): RequestListener {
  return (request, response) => {
    if (!answered.has(pathOf(request))) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
      return;
    }
    // The library writes the addresses of its discovery document from this header: they follow the issuer's own name.
    request.headers.host = authority;
    answer(request, response);
  };
}

const pathOf = (request: IncomingMessage) => request.url?.split('?', 1)[0] ?? '';
