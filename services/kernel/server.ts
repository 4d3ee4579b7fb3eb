import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApolloServer, type ApolloServerPlugin, type GraphQLRequest, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type DocumentNode, GraphQLError, getOperationAST, visit } from 'graphql';
import type { Logger } from 'pino';
import { v7 as uuid } from 'uuid';
import { isFromGateway, type SignIn } from './caller.js';
import { Context, type RequestFacts } from './context.js';
import { query } from './database.js';
import { instantOf } from './dates.js';
import { noteDeclined } from './deed.js';
import { takeIn } from './events.js';
import { BadUserInput, Forbidden } from './refusal.js';
import type { Databases, Service } from './service.js';
import { subgraphOf } from './subgraph.js';

const largestBody = 256 * 1024;
const largestSignedBody = 16 * 1024 * 1024;

export interface ServerParts {
  service: Service;
  orm: MikroORM;
  databases?: Databases;
  signIn: SignIn;
  secret: string;
  log: Logger;
}

/** The HTTP server of one subgraph: /graphql, /events, /health and /ready. Not listening yet. */
export async function serverOf(parts: ServerParts): Promise<{ server: Server; close(): Promise<void> }> {
  const apollo = new ApolloServer<Context>({
    schema: subgraphOf(parts.service).schema,
    introspection: true,
    csrfPrevention: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    logger: parts.log,
    formatError: (formatted, error) => masked(formatted, error, parts.log),
    plugins: [
      requestRules,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  const server = createServer((request, response) => {
    answer(parts, apollo, request, response).catch((error) => {
      parts.log.error(error, 'a request failed outside GraphQL');
      if (!response.headersSent) send(response, 500, { errors: [{ message: 'Something went wrong here.' }] });
    });
  });
  return { server, close: () => apollo.stop() };
}

async function answer(
  parts: ServerParts,
  apollo: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/health') return send(response, 200, { status: 'alive' });
  if (pathname === '/ready') return ready(parts, response);
  const body = await bodyOf(request);
  const header = (name: string) => String(request.headers[name] ?? '');
  const signed = { authorization: header('authorization'), asKnownAt: header('as-known-at'), body: body ?? '' };
  const fromGateway = isFromGateway(parts.secret, signed, header('hub-signature'));
  if (body === null || (!fromGateway && body.length > largestBody)) {
    return send(response, 413, {
      errors: [{ message: 'The request is larger than 256 kB.', extensions: { code: 'BAD_REQUEST' } }],
    });
  }
  if (pathname === '/events' && fromGateway) return send(response, ...(await takeIn(parts, body)));
  if (pathname !== '/graphql')
    return send(response, 404, { errors: [{ message: 'There is nothing at this address.' }] });
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const contextOf = async () =>
    new Context(parts.orm, await factsOf(parts, headers, fromGateway), parts.service.notice);
  if (fromGateway && parts.service.stream && headers.get('accept') === 'text/event-stream') {
    const isStopping = () => !(request.socket as { server?: Server }).server?.listening;
    return parts.service.stream({ schema: subgraphOf(parts.service).schema, body, response, contextOf, isStopping });
  }
  const answered = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method!.toUpperCase(), headers, search, body: jsonOf(headers, body) },
    context: contextOf,
  });
  response.statusCode = answered.status ?? 200;
  for (const [name, value] of answered.headers) response.setHeader(name, value);
  if (answered.body.kind === 'complete') return void response.end(answered.body.string);
  for await (const chunk of answered.body.asyncIterator) response.write(chunk);
  response.end();
}

async function factsOf(parts: ServerParts, headers: HeaderMap, fromGateway: boolean): Promise<RequestFacts> {
  const stated = headers.get('as-known-at');
  const knownAt = stated ? instantOf(stated) : null;
  if (stated && !knownAt) throw new BadUserInput('As-Known-At is not an instant such as 2026-03-31T23:59:59Z.');
  return {
    caller: await parts.signIn(headers.get('authorization')),
    knownAt,
    correlationId: headers.get('x-correlation-id') ?? uuid(),
    fromGateway,
  };
}

/** What holds for every operation: who may ask for entities, when a read ends, which cut was answered. */
const requestRules: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, contextValue: { facts } }) {
        facts.named = fieldsNamedIn(document);
        if (facts.fromGateway) return;
        if (facts.named.has('_entities') || facts.named.has('_service'))
          throw new Forbidden('Only the gateway may ask for this.', 403);
      },
      async didEncounterErrors({ document, request, errors, contextValue }) {
        // What a deed itself declines has a path, and has noted it.
        if (document && !errors.some(({ path }) => path)) await noteMalformed(document, request, errors, contextValue);
      },
      async willSendResponse({ request, response, contextValue }) {
        contextValue.close();
        // Who accepts only application/json gets faults of the document with 200, as GraphQL over HTTP has it.
        const isOlder = !request.http?.headers.get('accept')?.includes('graphql-response');
        if (response.http.status === 400 && isOlder && request.query) response.http.status = undefined;
        if (contextValue.knownAt) response.http.headers.set('as-known-at', contextValue.knownAt.toISOString());
        if (response.body.kind !== 'single') return;
        for (const error of response.body.singleResult.errors ?? []) {
          Object.assign(error, {
            extensions: { ...error.extensions, correlationId: contextValue.facts.correlationId },
          });
        }
      },
    };
  },
};

const namedIn = new WeakMap<DocumentNode, ReadonlySet<string>>();

/** Found once for a document, as Apollo keeps those it has read. */
function fieldsNamedIn(document: DocumentNode): ReadonlySet<string> {
  const known = namedIn.get(document);
  if (known) return known;
  const found = new Set<string>();
  visit(document, { Field: ({ name }) => void found.add(name.value) });
  namedIn.set(document, found);
  return found;
}

/** A deed whose input is refused for its form, before it runs, leaves one line in the audit trail like any other. */
async function noteMalformed(
  document: DocumentNode,
  { operationName, variables }: GraphQLRequest,
  [first]: readonly GraphQLError[],
  context: Context,
): Promise<void> {
  const operation = getOperationAST(document, operationName);
  if (!context.caller || operation?.operation !== 'mutation') return;
  const names = operation.selectionSet.selections.map((each) => ('name' in each ? each.name.value : '...'));
  const { idempotencyKey: key } = (variables?.input ?? {}) as { idempotencyKey?: unknown };
  const asked = { name: names.join(', '), key: typeof key === 'string' ? key : null };
  const code = String(first!.extensions.code ?? 'BAD_USER_INPUT');
  // Should the database be away, the request is refused all the same.
  await noteDeclined(context, context.caller, { ...asked, code, message: first!.message }).catch(() => undefined);
}

const shown = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'RATE_LIMITED',
]);
// What pg and knex say, without a code, of a connection that was lost between two statements, or that none is free.
const lostWhileInUse =
  /not queryable|connection terminated|transaction query already complete|timeout exceeded when trying to connect/i;
const databaseAway = /^(08...|57P0.|25006|53...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;

/** Whether an error means that the database does not answer, as opposed to what it answered. */
export const isDatabaseAway = (cause: { code?: string; name?: string; message?: string } | undefined): boolean =>
  databaseAway.test(cause?.code ?? '') ||
  lostWhileInUse.test(cause?.message ?? '') ||
  cause?.name === 'KnexTimeoutError' ||
  cause?.name === 'TimeoutError';

function masked(formatted: { message: string; extensions?: Record<string, unknown> }, error: unknown, log: Logger) {
  const code = String(formatted.extensions?.code ?? '');
  if (shown.has(code) || code.startsWith('GRAPHQL_'))
    return { ...formatted, extensions: { correlationId: uuid(), ...formatted.extensions } };
  const cause = (error instanceof GraphQLError ? error.originalError : error) as
    | { code?: string; name?: string; message?: string }
    | undefined;
  // Class 22 is a value that cannot be what it was compared with, such as a cursor of another list.
  if (cause?.code?.startsWith('22')) {
    return {
      ...formatted,
      message: 'A value in this request does not fit where it is used.',
      extensions: { code: 'BAD_USER_INPUT' },
    };
  }
  log.error(cause ?? error, 'a request failed');
  if (isDatabaseAway(cause))
    return {
      ...formatted,
      message: 'The database does not answer; try again shortly.',
      extensions: { code: 'UNAVAILABLE', retryable: true },
    };
  const message = 'Something went wrong here; quote the correlation id when you report it.';
  return { ...formatted, message, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

async function ready({ orm }: ServerParts, response: ServerResponse) {
  try {
    await query(orm.em.fork(), 'select 1');
    send(response, 200, { status: 'ready' });
  } catch {
    send(response, 503, { status: 'the database does not answer' });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestSignedBody) chunks.push(chunk);
  }
  return size > largestSignedBody ? null : Buffer.concat(chunks).toString('utf8');
}

function jsonOf(headers: HeaderMap, body: string): unknown {
  if (!headers.get('content-type')?.startsWith('application/json')) return body;
  try {
    return JSON.parse(body);
  } catch {
    // Apollo answers 400 for a body that is no object.
    return body;
  }
}

function send(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
