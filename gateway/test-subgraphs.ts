import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, parse } from 'graphql';
import { isFromGateway, type SignIn } from '../services/kernel/caller.js';
import { type SubgraphName, subgraphTypes } from './test-schema.js';

/** How a subgraph of a test behaves; `well` unless told otherwise. */
export type Behaviour =
  | 'well'
  | 'slow'
  | 'hangs'
  | 'status 500'
  | 'no json'
  | 'wrong types'
  | 'never ends'
  | 'too large'
  | 'resets once'
  | 'refuses with 401'
  | 'refuses with 503'
  | 'says too much';

export interface TestSubgraph {
  url: string;
  behaviour: Behaviour;
  /** The requests that came in, the oldest first. */
  requests: { headers: IncomingMessage['headers']; body: string }[];
  stop(): Promise<void>;
}

interface Context {
  organisation: string;
  signed: boolean;
  correlationId: string;
}

export const secret = 'a-secret-between-the-parts';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const organisationNamed = (id: string) => ({ __typename: 'Organisation', id, name: `Organisation ${id}` });
const missionNamed = (id: string) => ({
  __typename: 'Mission',
  id,
  name: `Mission ${id}`,
  purpose: 'To be an example.',
});

const resolvers: Record<SubgraphName, object> = {
  missions: {
    Query: {
      missions: (_: unknown, { first }: { first: number }) => ({
        nodes: Array.from({ length: Math.min(first, 3) }, (_each, index) => missionNamed(`m${index + 1}`)),
      }),
      mission: (_: unknown, { id }: { id: string }) => (id === 'none' ? null : missionNamed(id)),
      async callerAfter(_: unknown, { ms }: { ms: number }, { organisation }: Context) {
        await pause(ms);
        return organisation;
      },
      signed: (_: unknown, __: unknown, { signed }: Context) => signed,
      refused(_: unknown, { code }: { code: string }) {
        const inner = { stacktrace: ['at secret.ts:1'], sql: 'select 1', retryable: true, organisation: 'home-office' };
        throw new GraphQLError(`Refused with ${code}.`, { extensions: { code, ...inner } });
      },
    },
    Mutation: {
      renameMission: (_: unknown, { name }: { name: string }, { organisation }: Context) => {
        if (name === 'crowd')
          throw new GraphQLError('Too many.', { extensions: { code: 'RATE_LIMITED', position: 3, retryAfter: 7 } });
        if (name === '')
          return {
            mission: null,
            userErrors: [{ __typename: 'EmptyName', code: 'EMPTY', message: 'No name.', least: 1 }],
          };
        return { mission: { ...missionNamed('m1'), name: `${name} by ${organisation}` }, userErrors: [] };
      },
    },
    Mission: { __resolveReference: ({ id }: { id: string }) => missionNamed(id) },
    Organisation: { __resolveReference: ({ id }: { id: string }) => organisationNamed(id) },
  },
  budgets: {
    Query: {
      pooledBudget: (_: unknown, { id }: { id: string }) => ({ id, currency: 'GBP', host: { id: 'treasury' } }),
    },
    Mission: {
      budgets: ({ id }: { id: string }) => [{ id: `${id}-b`, currency: 'GBP', host: { id: 'treasury' } }],
      budgetsCaller: (_: unknown, __: unknown, { organisation }: Context) => organisation,
      brokenBudget: () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:5432 at /srv/budgets/ledger.js:12');
      },
    },
  },
  contributions: {
    Query: { contributionCount: () => 3, contributionLimit: () => 5 },
    Mission: {
      contributions: ({ id }: { id: string }, { first }: { first: number }) => ({
        nodes: Array.from({ length: Math.min(first, 2) }, (_, index) => ({
          id: `${id}-c${index}`,
          kind: 'MONEY',
          amount: '12.50',
          contributor: { id: index === 0 ? 'treasury' : 'home-office' },
        })),
      }),
    },
  },
  outcomes: {
    Query: { measure: (_: unknown, { id }: { id: string }) => ({ id, title: `Measure ${id}`, value: 1.5 }) },
    Mission: { outcomes: ({ id }: { id: string }) => [{ id: `${id}-o`, title: 'An outcome', weight: 3 }] },
  },
};

/** Starts one subgraph of the test graph on a free port: a real Apollo server that can be told to misbehave. */
export async function startTestSubgraph(name: SubgraphName, signIn: SignIn): Promise<TestSubgraph> {
  const apollo = new ApolloServer<Context>({
    schema: buildSubgraphSchema([{ typeDefs: parse(subgraphTypes[name]), resolvers: resolvers[name] as never }]),
    csrfPrevention: false,
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginInlineTraceDisabled()],
  });
  await apollo.start();
  const running: TestSubgraph = { url: '', behaviour: 'well', requests: [], stop: () => stop(server, apollo) };
  const server = createServer(async (request, response) => {
    if (request.url === '/ready') return void response.writeHead(running.behaviour === 'well' ? 200 : 503).end();
    const body = await textOf(request);
    running.requests.push({ headers: request.headers, body });
    if (await misbehaved(running, request, response)) return;
    const { authorization = '', 'as-known-at': asKnownAt = '' } = request.headers as Record<string, string>;
    const caller = await signIn(authorization || undefined);
    const context = async () => ({
      organisation: caller?.organisation ?? 'public',
      signed: isFromGateway(secret, { authorization, asKnownAt, body }, request.headers['hub-signature']?.toString()),
      correlationId: String(request.headers['x-correlation-id']),
    });
    const headers = new HeaderMap([['content-type', 'application/json']]);
    const httpGraphQLRequest = { method: 'POST', headers, search: '', body: JSON.parse(body) };
    const answered = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context });
    if (asKnownAt && name !== 'outcomes') response.setHeader('as-known-at', asKnownAt);
    response.writeHead(answered.status ?? 200, { 'content-type': 'application/json' });
    response.end(answered.body.kind === 'complete' ? answered.body.string : '');
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  running.url = `http://localhost:${(server.address() as AddressInfo).port}/graphql`;
  return running;
}

async function stop(server: Server, apollo: ApolloServer<Context>) {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await Promise.all([closed, apollo.stop()]);
}

const wrongAnswer = {
  data: {
    // Renamed on the way out, because in a literal it would not be a name.
    proto: { polluted: true },
    _entities: [
      { outcomes: [{ id: { not: 'an id' }, title: 7, weight: 'heavy' }] },
      { outcomes: 'none' },
      'not an object',
    ],
    _e0: 5,
    missions: { nodes: [{ __typename: 'Nonsense', id: 'm1', name: 'x' }, 'a mission', { id: 'm2', name: ['y'] }] },
  },
};
const tooMuch = {
  data: null,
  errors: [
    {
      message: 'relation "ledger" does not exist: select * from ledger, at 10.1.2.3',
      extensions: { code: 'FORBIDDEN', stacktrace: ['x'] },
    },
  ],
};
const refusal = (code: string) => JSON.stringify({ errors: [{ message: 'As a whole.', extensions: { code } }] });

/** Answers in the way the test asked for; false when the subgraph is to behave well. */
async function misbehaved(running: TestSubgraph, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const json = { 'content-type': 'application/json' };
  switch (running.behaviour) {
    case 'well':
      return false;
    case 'slow':
      await pause(600);
      return false;
    case 'hangs':
      return true;
    case 'status 500':
      response.writeHead(500).end('<html>Internal error at /srv/app.js:10</html>');
      return true;
    case 'no json':
      response.writeHead(200, json).end('{"data": {');
      return true;
    case 'wrong types':
      response.writeHead(200, json).end(JSON.stringify(wrongAnswer).replace('proto', '__proto__'));
      return true;
    case 'never ends':
      response.writeHead(200, json).write('{"data": {"a": "');
      return true;
    case 'too large':
      response.writeHead(200, json);
      for (let sent = 0; sent < 100 && !response.destroyed; sent++) {
        response.write('x'.repeat(1024 * 1024));
        await pause(0);
      }
      response.end();
      return true;
    case 'resets once':
      running.behaviour = 'well';
      request.socket.destroy();
      return true;
    case 'refuses with 401':
      response.writeHead(401, json).end(refusal('UNAUTHENTICATED'));
      return true;
    case 'refuses with 503':
      response.writeHead(503, json).end(refusal('UNAVAILABLE'));
      return true;
    case 'says too much':
      response.writeHead(200, json).end(JSON.stringify(tooMuch));
      return true;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
