import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Verifying } from 'standardwebhooks';

export interface Told {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A department's own server: it keeps what it is told and answers what it is bid to, 200 at first. */
export interface DepartmentsServer {
  host: string;
  url(path: string): string;
  /** What each path was told, refused things included. */
  told(path: string): Told[];
  answers(path: string, status: number): void;
  close(): Promise<void>;
}

export async function departmentsServer(): Promise<DepartmentsServer> {
  const told: Told[] = [];
  const statuses = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const path = request.url!;
    let body = '';
    for await (const piece of request) body += piece;
    told.push({ path, headers: request.headers, body });
    response.writeHead(statuses.get(path) ?? 200, { location: '/elsewhere' }).end('a text nobody asked for');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: (path) => `http://${host}${path}`,
    told: (path) => told.filter((each) => each.path === path),
    answers: (path, status) => void statuses.set(path, status),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The event in what was told; throws when the signature is not right. */
// biome-ignore lint/suspicious/noExplicitAny: an event has the shape of its type.
export const verified = ({ headers, body }: Told, secret: string): any =>
  new Verifying(secret).verify(body, headers as Record<string, string>);
