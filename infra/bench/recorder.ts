import { createServer, type IncomingHttpHeaders } from 'node:http';
import { Pool } from 'undici';
import { readBenchSettings } from './settings.js';

const { subgraphs, port } = readBenchSettings();
const passedOn = ['content-type', 'accept', 'authorization', 'hub-signature'];

// In front of each subgraph: the first of equal requests is passed on, later ones get the same bytes back at once.
const servers = Object.values(subgraphs).map((url, place) => {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 16 });
  const kept = new Map<string, { status: number; body: Buffer }>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const key = `${request.headers.authorization}\n${body}`;
    let answer = kept.get(key);
    if (!answer) {
      const headers = Object.fromEntries(passedOn.flatMap((name) => headerOf(request.headers, name)));
      const received = await pool.request({ method: 'POST', path: pathname, headers, body });
      answer = { status: received.statusCode, body: Buffer.from(await received.body.arrayBuffer()) };
      kept.set(key, answer);
    }
    response
      .writeHead(answer.status, { 'content-type': 'application/json', 'content-length': answer.body.length })
      .end(answer.body);
  });
  return new Promise<void>((resolve) => server.listen(port + place, '127.0.0.1', resolve));
});

function headerOf(headers: IncomingHttpHeaders, name: string): [string, string][] {
  const value = headers[name];
  return typeof value === 'string' ? [[name, value]] : [];
}

await Promise.all(servers);
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
