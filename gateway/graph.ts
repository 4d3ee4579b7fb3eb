import { createGatewayRuntime, type UnifiedGraphHandler } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { buildSchema, type DocumentNode, GraphQLError, type GraphQLSchema, type OperationTypeNode } from 'graphql';
import { type Describe, describe } from './describe.js';
import { tooComplex } from './errors.js';
import type { Json } from './json.js';
import { SubgraphRequest } from './subgraph-request.js';
import type { Inquiry, Transport } from './transport.js';

/** What one operation asks of the subgraphs. */
export interface Execution {
  document: DocumentNode;
  operationName: string | undefined;
  operationType: OperationTypeNode;
  variables: Json;
  inquiry: Inquiry;
}

export interface Executed {
  data?: Json | null;
  errors?: readonly GraphQLError[];
}

/** The one graph of the four subgraphs, planned and executed by Hive's runtime. */
export interface Graph {
  /** What clients see. */
  schema: GraphQLSchema;
  describe: Describe;
  execute(execution: Execution): Promise<Executed>;
  /** Plans an operation without asking any subgraph. Throws RequestRefused when there are too many ways to answer it. */
  plan(document: DocumentNode, operationName: string | undefined, operationType: OperationTypeNode): Promise<void>;
}

const planWithinMs = 1_000;

type Ask = Transport['ask'];

/** Reads the two schemas; rejects with an Error when one of them is wrong. */
export async function loadGraph(supergraph: string, publicSchema: string, ask: Ask): Promise<Graph> {
  const key = `${supergraph}\0${publicSchema}`;
  const planner = planners.get(key) ?? loadPlanner(supergraph, publicSchema);
  planners.set(key, planner);
  planner.catch(() => planners.delete(key));
  const { schema, described, executor } = await planner;
  return {
    schema,
    describe: described,
    async execute({ inquiry, ...request }) {
      const context: Asking = { inquiry, ask };
      return (await executor({ ...request, context })) as Executed;
    },
    async plan(document, operationName, operationType) {
      const signal = AbortSignal.timeout(planWithinMs);
      try {
        await executor({ document, operationName, operationType, variables: {}, context: planningOnly, signal });
      } catch (error) {
        if (signal.aborted) throw tooComplex('There are too many ways to answer this document; ask for it in parts.');
        // The plan is made before the variables are looked at, and here there are none.
        if (!(error instanceof GraphQLError || error instanceof AggregateError)) throw error;
      }
    },
  };
}

/** What does not depend on who is asked how; it takes a second to make, and gateways of one process share it. */
interface Planner {
  schema: GraphQLSchema;
  described: Describe;
  executor: NonNullable<Awaited<ReturnType<UnifiedGraphHandler>>['executor']>;
}
const planners = new Map<string, Promise<Planner>>();

interface Asking {
  inquiry: Inquiry;
  ask: Ask;
}

/** Stands for a request when there is only the plan to be made. */
const planningOnly = { planningOnly: true };

async function loadPlanner(supergraph: string, publicSchema: string): Promise<Planner> {
  const whole = buildSchema(supergraph, { noLocation: true, assumeValid: true, assumeValidSDL: true });
  const requests = new WeakMap<DocumentNode, SubgraphRequest>();
  const requestOf = (document: DocumentNode) => {
    const known = requests.get(document) ?? new SubgraphRequest(document, whole);
    requests.set(document, known);
    return known;
  };
  const executor = await load(supergraph, async (service, { document, variables, context }) => {
    if (context === planningOnly) return { data: null };
    const { inquiry, ask } = context as unknown as Asking;
    const { data, errors } = await requestOf(document).send(service, variables ?? {}, inquiry, ask);
    return { data, ...(errors && { errors: errors as unknown as GraphQLError[] }) };
  });
  const schema = buildSchema(publicSchema, { noLocation: true });
  return { schema, described: describe(schema), executor };
}

/**
 * Hive's runtime with its Rust planner. Subgraphs are asked by our own transport, past Hive's: that one goes through a
 * fetch of its own, and answers equal calls of different callers with one of them.
 */
async function load(supergraph: string, onSubgraphExecute: Parameters<UnifiedGraphHandler>[0]['onSubgraphExecute']) {
  let loaded: Awaited<ReturnType<UnifiedGraphHandler>> | undefined;
  const runtime = createGatewayRuntime({
    supergraph,
    logging: false,
    graphiql: false,
    landingPage: false,
    requestId: false,
    subgraphErrors: false,
    async unifiedGraphHandler(options) {
      loaded = await unifiedGraphHandler({ ...options, onSubgraphExecute });
      return loaded;
    },
  });
  await runtime.getSchema();
  if (!loaded?.executor) throw new Error('The supergraph could not be loaded.');
  return loaded.executor;
}
