import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { badRequest, RequestRefused } from './errors.js';
import type { Json } from './json.js';
import { limits } from './limits.js';

/** What one HTTP request asks, with every part of the type the specification of GraphQL over HTTP gives it. */
export interface Asked {
  query: string;
  operationName: string | null | undefined;
  variables: Json;
}

const deepestVariables = 30;

/** Reads a GET request's parameters or a POST request's body; throws RequestRefused for what is neither. */
export async function askedIn(request: IncomingMessage, search: string): Promise<Asked> {
  if (request.method === 'GET') return fromParameters(new URLSearchParams(search));
  if (request.method !== 'POST') {
    throw new RequestRefused(405, 'BAD_REQUEST', 'Ask with POST, or with GET for queries.', {
      headers: { allow: 'GET, POST' },
    });
  }
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  if (!/^application\/json\s*(;\s*charset="?utf-?8"?\s*)?$/i.test(type) || encoding !== undefined) {
    throw new RequestRefused(415, 'BAD_REQUEST', 'The body must be application/json in UTF-8, not compressed.');
  }
  return fromBody(await bodyOf(request));
}

function fromParameters(parameters: URLSearchParams): Asked {
  const json = (name: string) => {
    const text = parameters.get(name);
    return text ? parsed(text, `The parameter ${name} is not JSON.`) : undefined;
  };
  const [query, operationName] = [parameters.get('query'), parameters.get('operationName') || undefined];
  return sound({ query, operationName, variables: json('variables'), extensions: json('extensions') });
}

function fromBody(bytes: Buffer): Asked {
  if (!isUtf8(bytes)) throw badRequest('The body is not UTF-8.');
  const text = bytes.toString('utf8');
  const asked = parsed(text, 'The body is not JSON.');
  if (Array.isArray(asked)) throw badRequest('Send one operation at a time; batches are not served.');
  // Only an escape can hide what is wrong with a text from the check of the bytes.
  const escapes = text.includes('\\u') || text.includes('\\U') || text.includes('\0');
  return sound(asked, escapes);
}

function parsed(text: string, complaint: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No GraphQL request at all, so a fault of HTTP whatever media type is accepted.
    throw new RequestRefused(400, 'BAD_REQUEST', complaint);
  }
}

function sound(asked: unknown, escapes = true): Asked {
  if (!isMap(asked)) throw badRequest('The body must be an object with a query.');
  const { query, operationName, variables, extensions } = asked;
  if (typeof query !== 'string' || query === '') throw badRequest('The query is missing, or is not a text.');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw badRequest('The operationName is not a text.');
  }
  for (const [name, value] of Object.entries({ variables, extensions })) {
    if (value !== undefined && value !== null && !isMap(value)) throw badRequest(`The ${name} are not an object.`);
  }
  if (escapes && (!isPlain(query) || /\\u(0000|\{0+\})/i.test(query))) throw badRequest(unspeakable);
  demandPlain(variables, escapes, 0);
  return { query, operationName, variables: (variables ?? {}) as Json };
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const unspeakable = 'The request holds a NUL or half of a character, which no text has.';

// PostgreSQL stores no NUL, and half of a surrogate pair is not UTF-8.
const isPlain = (text: string) => !/[\0\p{Surrogate}]/u.test(text);

function demandPlain(value: unknown, escapes: boolean, depth: number): void {
  if (typeof value === 'string') {
    if (escapes && !isPlain(value)) throw badRequest(unspeakable);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > deepestVariables) throw badRequest(`The variables are more than ${deepestVariables} levels deep.`);
  for (const key of Object.keys(value)) {
    if (escapes && !isPlain(key)) throw badRequest(unspeakable);
    demandPlain((value as Json)[key], escapes, depth + 1);
  }
}

const brokeOff = () => badRequest('The request broke off.');

/** Takes in the body up to the limit. One beyond it is refused at once; what comes of it is read and dropped. */
function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const refuse = () => {
      chunks = [];
      reject(
        new RequestRefused(413, 'QUERY_TOO_COMPLEX', `The body is larger than ${limits.bodyBytes / 1024} kB.`, {
          headers: { connection: 'close' },
        }),
      );
    };
    if (Number(request.headers['content-length']) > limits.bodyBytes) refuse();
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.bodyBytes) refuse();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks, size)));
    request.on('error', () => reject(brokeOff()));
    request.on('close', () => {
      if (!request.complete) reject(brokeOff());
    });
  });
}
