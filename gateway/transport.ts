import type { Logger } from 'pino';
import { Pool } from 'undici';
import { gatewaySignature } from '../services/kernel/caller.js';
import { Breaker } from './breaker.js';
import type { CallMetrics, Metrics } from './metrics.js';
import { CallFailed, post, type Received } from './one-call.js';
import { isMasked, type SubgraphError, unavailable } from './subgraph-errors.js';

/** What a request carries on to every subgraph it asks. Nothing else of the client's request reaches a subgraph. */
export interface Carried {
  authorization: string;
  asKnownAt: string;
  traceparent: string;
  correlationId: string;
}

/** A client's request, as far as the subgraphs have to do with it. */
export interface Inquiry extends Carried {
  isMutation: boolean;
  /** How long one call may take. */
  callMs: number;
  /** The moment (of performance.now) by which the last subgraph must have answered. */
  until: number;
  asked: Set<string>;
  honoured: Set<string>;
  /** The HTTP status of each call that was refused as a whole; 0 for each other. */
  refusals: number[];
}

export interface SubgraphAnswer {
  data: Record<string, unknown> | null;
  errors: readonly SubgraphError[];
  /** The HTTP status with which the subgraph refused the whole request; 0 when it did not. */
  refusedWith: number;
}

export interface Transport {
  /** Never rejects: a service that is away, slow or broken answers with an error of its own kind. */
  ask(service: string, body: string, inquiry: Inquiry): Promise<SubgraphAnswer>;
  stop(): Promise<void>;
}

interface Subgraph {
  name: string;
  pool: Pool;
  path: string;
  breaker: Breaker;
  metrics: CallMetrics;
}

export interface TransportOptions {
  urls: Record<string, string>;
  secret: string;
  metrics: Metrics;
  log: Logger;
}

const connectionsEach = 128;
const probe = JSON.stringify({ query: '{__typename}' });
const probeWithinMs = 1_000;
const mostErrors = 1_000;
const nobody: Carried = { authorization: '', asKnownAt: '', traceparent: '', correlationId: 'probe' };

/** The way to the subgraphs: kept-open connections, a limit of time and size for each call, a breaker each. */
export function connectTo({ urls, secret, metrics, log }: TransportOptions): Transport {
  const subgraphs = new Map<string, Subgraph>();
  for (const [name, url] of Object.entries(urls)) {
    const { origin, pathname } = new URL(url);
    const pool = new Pool(origin, { connections: connectionsEach, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
    const counted = metrics.service(name);
    const breaker = new Breaker(
      () => answers(pool, pathname, secret),
      (open) => {
        counted.breakerIs(open);
        log.warn(
          { service: name },
          open ? 'the service does not answer; not asked for now' : 'the service answers again',
        );
      },
    );
    subgraphs.set(name, { name, pool, path: pathname, breaker, metrics: counted });
  }
  return {
    async ask(service, body, inquiry) {
      inquiry.asked.add(service);
      const subgraph = subgraphs.get(service);
      if (!subgraph || subgraph.breaker.isOpen) return away(service);
      const { took } = subgraph.metrics;
      const since = performance.now();
      try {
        const received = await send(subgraph, body, headersOf(secret, inquiry, body), inquiry);
        const answer = answerIn(received);
        took[answer.refusedWith ? 'refused' : 'answered'](since);
        subgraph.breaker.succeeded();
        if (inquiry.asKnownAt && received.headers['as-known-at'] === inquiry.asKnownAt) inquiry.honoured.add(service);
        report(log, service, answer, inquiry.correlationId);
        return answer;
      } catch (error) {
        const reason = error instanceof CallFailed ? error.message : error;
        log.warn({ service, correlationId: inquiry.correlationId, reason }, 'a call to a service failed');
        took.away(since);
        subgraph.breaker.failed();
        return away(service);
      }
    },
    async stop() {
      await Promise.all(
        [...subgraphs.values()].map(({ pool, breaker }) => {
          breaker.stop();
          return pool.destroy();
        }),
      );
    },
  };
}

const away = (service: string): SubgraphAnswer => ({ data: null, errors: [unavailable(service)], refusedWith: 0 });

async function send(to: Subgraph, body: string, headers: string[], inquiry: Inquiry) {
  const withinMs = () => Math.max(1, Math.min(inquiry.callMs, Math.ceil(inquiry.until - performance.now())));
  try {
    return await post(to.pool, to.path, headers, body, withinMs());
  } catch (error) {
    // A restarting service closes its idle connections, possibly while a request is on the way. A read may be sent again.
    if (!(error instanceof CallFailed && error.reset) || inquiry.isMutation) throw error;
    return post(to.pool, to.path, headers, body, withinMs());
  }
}

function headersOf(secret: string, carried: Carried, body: string): string[] {
  const { authorization, asKnownAt, traceparent, correlationId } = carried;
  const headers = ['content-type', 'application/json', 'accept', 'application/graphql-response+json, application/json'];
  headers.push('x-correlation-id', correlationId);
  headers.push('hub-signature', gatewaySignature(secret, { authorization, asKnownAt, body }));
  if (authorization) headers.push('authorization', authorization);
  if (asKnownAt) headers.push('as-known-at', asKnownAt);
  if (traceparent) headers.push('traceparent', traceparent);
  return headers;
}

/** The GraphQL answer in what a subgraph sent; throws CallFailed when there is none. */
function answerIn({ status, text }: Received): SubgraphAnswer {
  let content: { data?: unknown; errors?: unknown } | null;
  try {
    content = JSON.parse(text);
  } catch {
    throw new CallFailed(`status ${status} and no JSON`);
  }
  const { data = null, errors = [] } = content ?? {};
  const sound =
    isObjectOrNull(data) && Array.isArray(errors) && errors.every((error) => error && isObjectOrNull(error));
  if (!sound || (data === null && errors.length === 0)) throw new CallFailed(`status ${status} and no GraphQL answer`);
  const stated: SubgraphError[] = errors.slice(0, mostErrors);
  if (status >= 500 && stated.every(isMasked)) throw new CallFailed(`status ${status} and an error of its own`);
  const refusedWith = status >= 400 && data === null ? status : 0;
  return { data: data as SubgraphAnswer['data'], errors: stated, refusedWith };
}

const isObjectOrNull = (value: unknown) => typeof value === 'object' && !Array.isArray(value);

async function answers(pool: Pool, path: string, secret: string): Promise<boolean> {
  try {
    return answerIn(await post(pool, path, headersOf(secret, nobody, probe), probe, probeWithinMs)).data !== null;
  } catch {
    return false;
  }
}

function report(log: Logger, service: string, { errors }: SubgraphAnswer, correlationId: string): void {
  for (const error of errors) {
    if (isMasked(error)) log.warn({ service, correlationId, error }, 'a service answered with an error of its own');
  }
}
