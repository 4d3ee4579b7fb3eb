import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Pages, type PagesOptions, startPages } from './server.js';

/** What a page answers. */
export async function readFrom({ url }: { url: string }, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(url + path, { headers, redirect: 'manual' });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
}

/** What a reader sees of a page, in one line. */
export const words = (html: string): string =>
  html
    .replace(/<head>[\s\S]*<\/head>/, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');

/** Pages and other servers of a test, ended together. */
export class Opened {
  private readonly others: { stop(): Promise<unknown> }[] = [];

  async pages(gatewayUrl: string, more: Partial<PagesOptions> = {}): Promise<Pages> {
    const started = await startPages({ port: 0, host: 'localhost', gatewayUrl, ...more });
    this.others.push(started);
    return started;
  }

  /** The address of a gateway that answers so. */
  async gateway(answers: RequestListener): Promise<string> {
    const server: Server = createServer(answers);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.others.push({ stop: async () => void server.close().closeAllConnections() });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  }

  async stop(): Promise<void> {
    for (const each of this.others) await each.stop();
  }
}
