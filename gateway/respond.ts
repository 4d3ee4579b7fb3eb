import type { ServerResponse } from 'node:http';

/** Answers with a text of known length; a response that has begun already is left alone. */
export function respond(response: ServerResponse, status: number, headers: Record<string, string>, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
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
