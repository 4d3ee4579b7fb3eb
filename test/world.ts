import 'reflect-metadata';
import { Client } from 'pg';
import { pino } from 'pino';
import { request } from 'undici';
import type { ServiceDatabase } from '../infra/databases.js';
import { startIssuer } from '../infra/identity/issuer.js';
import { gatewaySignature } from '../services/kernel/caller.js';
import { type Ending, endInTurn } from '../services/kernel/program.js';
import type { Service } from '../services/kernel/service.js';
import { type RunningService, start } from '../services/kernel/start.js';
import { dropWorldDatabases, storeDatabases, worldDatabase } from './databases.js';

export type ServiceName = Service['name'];

export interface Asked {
  /** A demo client such as `department-for-education.publisher`; left out, the public asks. */
  as?: string;
  variables?: object;
  asKnownAt?: string;
  /** Ask this subgraph itself, signed as the gateway signs; left out, the gateway (or the only service) is asked. */
  service?: ServiceName;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a GraphQL answer has the shape of its question.
  data: any;
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  errors?: any[];
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  extensions?: any;
}

export interface World {
  gatewayUrl: string | null;
  /** Address of the identity provider of this world. */
  issuer: string;
  services: Record<ServiceName, RunningService>;
  ask(document: string, asked?: Asked): Promise<Answer>;
  tokenFor(client: string): Promise<string>;
  /** Hands an event to a service as another service would. Answers the HTTP status. */
  event(to: ServiceName, event: { id: string; type: string; data: object }): Promise<number>;
  /** Connects as the owner of a service's database, to prove what the database itself refuses. */
  owner(service: ServiceName): Promise<Client>;
  /** Connects with the rights of the service itself. */
  serviceRole(service: ServiceName): Promise<Client>;
  /** The databases of the stores that organisations have of their own. */
  stores: Record<string, ServiceDatabase>;
  /** That of the store of everybody and of all else of a service. */
  databases: Record<ServiceName, ServiceDatabase>;
  stop(): Promise<void>;
}

export const secret = 'a-secret-of-this-test-run';
const audience = 'mission-budget-hub';
const everyService: ServiceName[] = ['missions', 'budgets', 'contributions', 'outcomes'];
// What is fatal is shown always: it says what did not end as it should.
const log = pino({ level: process.env.TEST_LOG ?? 'fatal' }, pino.destination(2));

/** Organisations with a store of their own, and how each store's address is changed, to reach it by way of something else. */
export type StoresOfWorld = Record<string, (address: string) => string>;

/** The hub, or some of its services, in this process over throw-away databases, with real HTTP and real tokens. */
export async function startWorld(
  options: {
    services?: ServiceName[];
    gateway?: boolean;
    dataDir?: string;
    stores?: StoresOfWorld;
    settings?: object;
  } = {},
): Promise<World> {
  const names = options.services ?? everyService;
  const stops: Ending[] = [];
  const issuer = await startIssuer({ port: 0, audience });
  stops.push(['the issuer', () => issuer.stop()]);
  const services = {} as World['services'];
  const databases = {} as Record<ServiceName, ServiceDatabase>;
  const stores: Record<string, ServiceDatabase> = {};
  // Events name the services by address; a free port each is known only once they listen.
  const addresses: Record<string, string> = {};
  for (const name of names) {
    const { [name]: service } = (await import(`../services/${name}/service.js`)) as Record<string, Service>;
    databases[name] = await worldDatabase(service!);
    const { serviceUrl } = databases[name];
    const own: Record<string, unknown> = { ...options.settings };
    if (name === 'contributions' && options.stores) {
      Object.assign(stores, await storeDatabases(service!, databases[name], Object.keys(options.stores)));
      own.CONTRIBUTION_STORES = Object.fromEntries(
        Object.entries(options.stores).map(([organisation, change]) => [
          organisation,
          change(stores[organisation]!.serviceUrl),
        ]),
      );
    }
    services[name] = await start(service!, {
      ...{
        port: 0,
        host: 'localhost',
        databaseUrl: serviceUrl,
        issuer: issuer.issuer,
        audience,
        secret,
        addresses,
        dataDir: options.dataDir,
        own,
        log,
      },
    });
    addresses[name] = services[name].url;
    stops.push([name, () => services[name].stop()]);
  }
  const gateway = options.gateway === false ? null : await startGatewayOf(services, issuer.issuer);
  if (gateway) stops.push(['the gateway', () => gateway.stop()]);
  const tokens = new Map<string, Promise<string>>();
  const tokenFor = (client: string) => {
    if (!tokens.has(client)) tokens.set(client, issuer.tokenFor(client));
    return tokens.get(client)!;
  };
  const clients: Client[] = [];
  const connected = async (url: string) => {
    const client = new Client({ connectionString: url });
    clients.push(client);
    await client.connect();
    return client;
  };
  return {
    gatewayUrl: gateway?.url ?? null,
    issuer: issuer.issuer,
    ...{ services, stores, databases },
    tokenFor,
    ask: async (document, asked = {}) => {
      const url = asked.service ? services[asked.service].url : (gateway?.url ?? services[names[0]!].url);
      const direct = asked.service !== undefined || gateway === null;
      return post(url, document, asked, asked.as ? `Bearer ${await tokenFor(asked.as)}` : '', direct);
    },
    async event(to, event) {
      const body = JSON.stringify({ specversion: '1.0', source: '/test', ...event });
      const signature = gatewaySignature(secret, { authorization: '', asKnownAt: '', body });
      const url = new URL('/events', services[to].url);
      return (await fetch(url, { method: 'POST', body, headers: { 'hub-signature': signature } })).status;
    },
    owner: (service) => connected(databases[service].ownerUrl),
    serviceRole: (service) => connected(databases[service].serviceUrl),
    async stop() {
      const made = [...Object.values(databases), ...Object.values(stores)].map(({ name }) => name);
      const endings: Ending[] = [
        ['a connection of a test', () => Promise.all(clients.map((client) => client.end().catch(() => undefined)))],
        ...stops.reverse(),
        ['the dropping of databases', () => dropWorldDatabases(made)],
      ];
      // Each of them names what hangs in it first; what is left is thrown away with the run's folder.
      await endInTurn(endings, log, 50_000).catch(() => undefined);
    },
  };
}

async function post(url: string, query: string, asked: Asked, authorization: string, direct: boolean): Promise<Answer> {
  const body = JSON.stringify({ query, variables: asked.variables });
  const asKnownAt = asked.asKnownAt ?? '';
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
  };
  if (authorization) headers.authorization = authorization;
  if (asKnownAt) headers['as-known-at'] = asKnownAt;
  if (direct) headers['hub-signature'] = gatewaySignature(secret, { authorization, asKnownAt, body });
  // Asked by the thousand: undici's own way in costs a third of fetch.
  const { statusCode, body: answer } = await request(url, { method: 'POST', body, headers });
  return { status: statusCode, ...((await answer.json()) as Omit<Answer, 'status'>) };
}

async function startGatewayOf(services: World['services'], issuer: string) {
  const { readFile } = await import('node:fs/promises');
  const { startGateway } = await import('../gateway/gateway.js');
  const away = 'http://localhost:9/graphql';
  return startGateway({
    port: 0,
    supergraph: await readFile('schema/supergraph.graphql', 'utf8'),
    publicSchema: await readFile('schema/public.graphql', 'utf8'),
    subgraphs: Object.fromEntries(everyService.map((name) => [name, services[name]?.url ?? away])) as Record<
      ServiceName,
      string
    >,
    ...{ issuer, audience, secret, log },
  });
}
