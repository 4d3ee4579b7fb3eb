import type { ServerResponse } from 'node:http';

const hearOutMs = 2_000;

/** Answers with a text of known length; a response that has begun already is left alone. */
export function respond(response: ServerResponse, status: number, headers: Record<string, string>, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  if (headers.connection !== 'close' || response.req.complete) {
    response.end(text);
    return;
  }
  // The client is still sending. It has the whole answer now; cut off at once, it might not get to read it.
  response.write(text);
  const cut = setTimeout(() => response.end(), hearOutMs);
  response.req.once('close', () => {
    clearTimeout(cut);
    response.end();
  });
}

const sentence = { 'content-type': 'text/plain; charset=utf-8' };

export const respondWithSentence = (response: ServerResponse, status: number, text: string) =>
  respond(response, status, sentence, `${text}\n`);

export const respondWithJson = (response: ServerResponse, status: number, content: object) =>
  respond(
    response,
    status,
    { 'content-type': 'application/json', 'cache-control': 'no-store' },
    JSON.stringify(content),
  );
