import { type Logger, pino } from 'pino';
import { type Ending, endInTurn, toStandardError } from '../services/kernel/program.js';
import { exampleDocuments } from './documents.js';
import { exploreRoutes } from './explore.js';
import { loadGraph } from './graph.js';
import { answerGraphQL } from './graphql-endpoint.js';
import { missingParts } from './health.js';
import { KeptDocuments } from './kept-documents.js';
import { Live, type LiveLimits, liveLimits } from './live.js';
import { Metrics } from './metrics.js';
import { serveMetrics } from './metrics-server.js';
import { PublishedLately } from './published.js';
import { respond, respondWithJson } from './respond.js';
import { type Route, type RunningServer, serve } from './server.js';
import { signIn } from './sign-in.js';
import { connectTo } from './transport.js';

export interface GatewayOptions {
  /** 0 takes any free port. */
  port: number;
  /** The address to listen on; localhost when left out. */
  host?: string;
  /** The text of schema/supergraph.graphql. */
  supergraph: string;
  /** The text of schema/public.graphql. */
  publicSchema: string;
  /** The address of each subgraph's /graphql. */
  subgraphs: Record<'missions' | 'budgets' | 'contributions' | 'outcomes', string>;
  issuer: string;
  audience: string;
  secret: string;
  /** How long one call of a query to a subgraph may take; 2000 when left out. */
  subgraphTimeoutMs?: number;
  /** How many subscriptions may be open; `liveLimits` where left out. */
  live?: Partial<LiveLimits>;
  /** Where the metrics are, on loopback; 0 takes any free port. They are nowhere when left out. */
  operationsPort?: number;
  /** Whether the metrics tell of the process too, which the gateway has to itself then. */
  ownProcess?: boolean;
  log?: Logger;
}

export interface Gateway {
  /** The address of /graphql. */
  url: string;
  /** The address of /metrics; null without an `operationsPort`. */
  metricsUrl: string | null;
  stop(): Promise<void>;
}

const defaultTimeoutMs = 2_000;

/** Starts the gateway. It starts whether or not subgraphs and identity provider are there yet. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraph, publicSchema, subgraphs, secret, issuer, audience } = options;
  const log = options.log ?? pino({ name: 'gateway', level: 'warn' }, toStandardError());
  const metrics = new Metrics();
  if (options.ownProcess) metrics.process();
  const transport = connectTo({ urls: subgraphs, secret, metrics, log });
  const graph = await loadGraph(supergraph, publicSchema, transport.ask);
  const documents = new KeptDocuments(graph);
  const timeoutMs = options.subgraphTimeoutMs ?? defaultTimeoutMs;
  const check = signIn(issuer, audience);
  const hasLive = graph.schema.getSubscriptionType() != null;
  const published = hasLive ? new PublishedLately({ url: subgraphs.outcomes, secret, log }) : null;
  const limits = { ...liveLimits, ...options.live };
  const live = published && new Live({ graph, published, signIn: check, log, limits });
  if (live) metrics.subscriptions(() => live.count);
  const parts = { graph, documents, live, timeoutMs, metrics, log, signIn: check };
  const stopAsking = async () => {
    live?.stop();
    await published?.stop();
    await transport.stop();
  };
  let plansAreWarm = false;
  const schemaText = { 'content-type': 'text/plain; charset=utf-8' };
  const routes = new Map<string, Route>([
    ['/graphql', (request, response, search) => answerGraphQL(parts, request, response, search)],
    ['/', (_, response) => respond(response, 302, { location: '/explore' }, '')],
    ['/health', (_, response) => respondWithJson(response, 200, { status: 'alive' })],
    [
      '/ready',
      async (_, response) => {
        const missing = await missingParts(subgraphs, plansAreWarm);
        if (missing.length === 0) respondWithJson(response, 200, { status: 'ready' });
        else respondWithJson(response, 503, { status: 'not ready', missing });
      },
    ],
    ['/schema.graphql', (_, response) => respond(response, 200, schemaText, publicSchema)],
    ...exploreRoutes(exampleDocuments),
  ]);
  const servers = await listening(options, routes, metrics, log).catch(async (error) => {
    await stopAsking();
    throw error;
  });
  published?.begin();
  await warm(documents, log);
  plansAreWarm = true;
  return {
    url: `http://localhost:${servers.graphql.port}/graphql`,
    metricsUrl: servers.metrics && `http://127.0.0.1:${servers.metrics.port}/metrics`,
    async stop() {
      live?.stop();
      const endings: Ending[] = [
        ['the server', () => servers.graphql.stop()],
        ['asking', stopAsking],
        ['the metrics', async () => servers.metrics?.stop()],
      ];
      await endInTurn(endings, log);
    },
  };
}

interface Servers {
  graphql: RunningServer;
  metrics: RunningServer | null;
}

/** Both servers, or neither. */
async function listening(
  { port, host = 'localhost', operationsPort }: GatewayOptions,
  routes: ReadonlyMap<string, Route>,
  metrics: Metrics,
  log: Logger,
): Promise<Servers> {
  const graphql = await serve(routes, { port, host }, log);
  if (operationsPort === undefined) return { graphql, metrics: null };
  return serveMetrics(metrics, operationsPort, log).then(
    (started) => ({ graphql, metrics: started }),
    async (error) => {
      await graphql.stop();
      throw error;
    },
  );
}

async function warm(documents: KeptDocuments, log: Logger): Promise<void> {
  for (const { title, query } of exampleDocuments) {
    await documents
      .register(query)
      .catch((error) => log.warn({ title, reason: error.message }, 'an example is not valid'));
  }
}
