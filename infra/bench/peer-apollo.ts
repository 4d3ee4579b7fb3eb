import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import 'reflect-metadata';
import { gatewaySignature } from '../../services/kernel/caller.js';
import { readBenchSettings } from './settings.js';

const { subgraphs, port, secret } = readBenchSettings();
// The peers are installed beside this file, with a graphql of their own; two of them in one process do not mix.
const peers = createRequire(`${process.cwd()}/infra/bench/package.json`);
const { ApolloGateway, RemoteGraphQLDataSource } = peers('@apollo/gateway');
const { ApolloServer } = peers('@apollo/server');
const { startStandaloneServer } = peers('@apollo/server/standalone');

interface Context {
  authorization: string;
}

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync('schema/supergraph.graphql', 'utf8'),
  buildService: ({ name, url }: { name: string; url: string }) =>
    new RemoteGraphQLDataSource({
      url: subgraphs[name.toLowerCase()] ?? url,
      willSendRequest({
        request,
        context,
      }: {
        request: { query: string; variables: object; operationName?: string; http: { headers: Map<string, string> } };
        context: Partial<Context>;
      }) {
        request.http.headers.set('authorization', context.authorization ?? '');
      },
      // The stock HTTP client, which also signs what it sends: the subgraphs answer entities to nobody else.
      fetcher: (to: string, init: { body: string; headers: Record<string, string> }) => {
        const authorization = init.headers.authorization ?? '';
        const signature = gatewaySignature(secret, { authorization, asKnownAt: '', body: init.body });
        return stockFetcher(to, { ...init, headers: { ...init.headers, 'hub-signature': signature } });
      },
    }),
});
const stockFetcher = new RemoteGraphQLDataSource().fetcher;

const server = new ApolloServer({ gateway, includeStacktraceInErrorResponses: false, persistedQueries: false });
await startStandaloneServer(server, {
  listen: { port, host: '127.0.0.1' },
  context: async ({ req }: { req: { headers: { authorization?: string } } }) => ({
    authorization: req.headers.authorization ?? '',
  }),
});
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
