import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, lexicographicSortSchema, parse } from 'graphql';
import { buildSchemaSync, createResolversMap } from 'type-graphql';
import { IllegalTransition, Refusal, StaleVersion } from './refusal.js';
import type { Service } from './service.js';

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible"])`;

interface Subgraph {
  schema: GraphQLSchema;
  sdl: string;
}

const subgraphs = new WeakMap<Service, Subgraph>();

/** The federated schema of a service, from its classes alone: the same text every time, so it is made once. */
export function subgraphOf(service: Service): Subgraph {
  const known = subgraphs.get(service) ?? makeSubgraph(service);
  subgraphs.set(service, known);
  return known;
}

function makeSubgraph(service: Service): Subgraph {
  const built = buildSchemaSync({
    resolvers: service.resolvers as never,
    orphanedTypes: [...service.types, Refusal, IllegalTransition, StaleVersion],
    validate: false,
    skipCheck: true,
    // Resolvers are stateless; one instance each serves all requests.
    container: { get: instanceOf },
    // Demanded, and not used: each subscription says itself what it listens to.
    pubSub: {} as never,
  });
  const typeDefs = parse(`${link}\n${printSchemaWithDirectives(lexicographicSortSchema(built))}`);
  const resolvers = createResolversMap(built) as Record<string, object>;
  for (const [type, reference] of Object.entries(service.references)) {
    resolvers[type] = { ...resolvers[type], __resolveReference: reference };
  }
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
  return { schema, sdl: `${printSubgraphSchema(schema)}\n` };
}

const instances = new Map<unknown, unknown>();

function instanceOf(resolver: new () => unknown): unknown {
  if (!instances.has(resolver)) instances.set(resolver, new resolver());
  return instances.get(resolver);
}
