import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { SignIn } from '../services/kernel/caller.js';
import { type Answer, answer, variablesFor } from './answer.js';
import { honouredBy, honouredHeaders, instantAsked } from './as-known-at.js';
import { askedIn } from './asked.js';
import { demandAffordable } from './cost.js';
import { masked, RequestRefused, refusalIn } from './errors.js';
import type { Graph } from './graph.js';
import type { Json } from './json.js';
import type { KeptDocuments } from './kept-documents.js';
import type { Live, Subscription } from './live.js';
import { json, type MediaType, mediaTypeFor, takesEvents } from './media-type.js';
import type { CountedRequest, Metrics, Outcome } from './metrics.js';
import { choose } from './operations.js';
import { respond } from './respond.js';
import { demandCaller } from './sign-in.js';
import type { Inquiry } from './transport.js';

export interface EndpointParts {
  graph: Graph;
  documents: KeptDocuments;
  /** Null where the graph has no subscriptions. */
  live: Live | null;
  signIn: SignIn;
  /** How long one call to a subgraph may take. */
  timeoutMs: number;
  metrics: Metrics;
  log: Logger;
}

/** A query asks subgraphs in rounds, one after the other; however slow they are, it takes this much longer than one. */
const graceMs = 400;
/** A deed that is cut off has an unknown fate, so deeds get more time than queries. */
const deedFactor = 5;

/** `/graphql`: answers one request, whatever it is. Never rejects. */
export async function answerGraphQL(
  parts: EndpointParts,
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
): Promise<void> {
  const counted = parts.metrics.request();
  const correlationId = randomUUID();
  const headers: Record<string, string> = { 'cache-control': 'no-store', 'x-correlation-id': correlationId };
  let mediaType: MediaType = json;
  try {
    mediaType = mediaTypeFor(request.headers.accept);
    headers['content-type'] = mediaType.contentType;
    const exchange = { request, response, search, correlationId, headers, mediaType, counted };
    const answered = await answerOnce(parts, exchange);
    if (answered) respond(response, answered.status, headers, answered.text);
  } catch (error) {
    headers['content-type'] = mediaType.contentType;
    const refusal = refusalIn(error);
    counted.ended(refusal && refusal.status < 500 ? 'refused' : 'failed');
    if (!refusal) parts.log.error({ correlationId, err: error }, 'a request failed');
    const errors = refusal?.errors(correlationId) ?? [masked(correlationId)];
    const status = refusal?.options.inDocument && mediaType.older ? 200 : (refusal?.status ?? 500);
    respond(response, status, { ...headers, ...refusal?.options.headers }, JSON.stringify({ errors }));
  }
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  search: string;
  correlationId: string;
  headers: Record<string, string>;
  mediaType: MediaType;
  counted: CountedRequest;
}

/** The answer as it is sent; null for a subscription, which has been answered to its end then. */
async function answerOnce(parts: EndpointParts, exchange: Exchange): Promise<{ status: number; text: string } | null> {
  const { request, search, correlationId, headers, counted } = exchange;
  const asked = await askedIn(request, search);
  const caller = await parts.signIn(request.headers.authorization);
  const operation = choose(parts.documents.get(asked.query), asked.operationName);
  const kind = operation.node.operation;
  counted.kind = kind;
  const isMutation = kind === 'mutation';
  if (isMutation && request.method === 'GET') {
    throw new RequestRefused(405, 'BAD_REQUEST', 'Changes are made with POST.', { headers: { allow: 'POST' } });
  }
  demandCaller(kind, caller);
  if (kind === 'subscription') {
    await subscribe(parts, exchange, { operation, text: asked.query, stated: asked.variables, caller });
    return null;
  }
  if (exchange.mediaType.onlyEvents)
    throw new RequestRefused(406, 'BAD_REQUEST', 'Only subscriptions are answered as text/event-stream.');
  const inquiry = inquiryFor(request, correlationId, isMutation, parts.timeoutMs);
  const variables = variablesFor(operation, asked.variables, parts.graph.schema);
  const { data, errors } = await answer(parts.graph, operation, variables, inquiry);
  const asKnownAt = inquiry.asKnownAt && honouredBy(inquiry.asKnownAt, inquiry.asked, inquiry.honoured);
  if (asKnownAt) Object.assign(headers, honouredHeaders(asKnownAt));
  const text = JSON.stringify({
    ...(errors.length > 0 && { errors }),
    data,
    ...(asKnownAt && { extensions: { asKnownAt } }),
  });
  counted.ended(outcomeOf({ data, errors }));
  const retryAfter = retryAfterOf({ data, errors });
  if (retryAfter === null) return { status: 200, text };
  headers['retry-after'] = String(retryAfter);
  return { status: 429, text };
}

/** After how many seconds to ask again, where nothing was done because there are too many; null for any other answer. */
function retryAfterOf({ data, errors }: Answer): number | null {
  const isRefused = errors.length > 0 && errors.every(({ extensions }) => extensions.code === 'RATE_LIMITED');
  if (data !== null || !isRefused) return null;
  return Math.max(1, ...errors.map(({ extensions }) => extensions.retryAfter ?? 1));
}

const faultsOfTheHub = new Set(['INTERNAL_SERVER_ERROR', 'SUBGRAPH_UNAVAILABLE', 'STORE_UNAVAILABLE', 'UNAVAILABLE']);

function outcomeOf({ data, errors }: Answer): Outcome {
  if (errors.length === 0) return 'ok';
  if (data !== null) return 'partial';
  return errors.some(({ extensions }) => faultsOfTheHub.has(extensions.code)) ? 'failed' : 'refused';
}

async function subscribe(
  { live, graph, timeoutMs }: EndpointParts,
  { request, response, headers, counted }: Exchange,
  {
    operation,
    text,
    stated,
    caller,
  }: Omit<Subscription, 'variables' | 'authorization' | 'inquiryOf' | 'hasBegun'> & { stated: Json },
): Promise<void> {
  if (!takesEvents(request.headers.accept) || !live)
    throw new RequestRefused(406, 'BAD_REQUEST', 'Subscriptions are answered as text/event-stream; say so in Accept.');
  if (request.headers['as-known-at'] !== undefined)
    throw new RequestRefused(
      400,
      'BAD_USER_INPUT',
      'As-Known-At is for queries; a subscription tells what happens now.',
    );
  const variables = variablesFor(operation, stated, graph.schema);
  demandAffordable(operation.cost, variables);
  await operation.plan();
  const inquiryOf = (correlationId: string) => inquiryFor(request, correlationId, false, timeoutMs);
  const { authorization = '' } = request.headers;
  const hasBegun = () => counted.ended('ok');
  const asked = { operation, text, variables, caller, authorization, inquiryOf, hasBegun };
  await live.serve(asked, request, response, headers);
}

const traceparent = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** What is carried on to the subgraphs: these few headers, checked, and no others. */
function inquiryFor(
  { headers }: IncomingMessage,
  correlationId: string,
  isMutation: boolean,
  timeoutMs: number,
): Inquiry {
  const asKnownAt = instantAsked(headers['as-known-at']?.toString());
  if (asKnownAt && isMutation) {
    throw new RequestRefused(400, 'BAD_USER_INPUT', 'As-Known-At is for reading; nothing can be changed in the past.');
  }
  const trace = headers.traceparent?.toString() ?? '';
  const callMs = isMutation ? timeoutMs * deedFactor : timeoutMs;
  return {
    authorization: headers.authorization ?? '',
    asKnownAt,
    traceparent: traceparent.test(trace) ? trace : '',
    correlationId,
    isMutation,
    callMs,
    until: performance.now() + callMs + graceMs,
    asked: new Set(),
    honoured: new Set(),
    refusals: [],
  };
}
