import { type GraphQLSchema, getVariableValues } from 'graphql';
import { demandAffordable } from './cost.js';
import { type AnswerError, type ErrorPath, faultsInDocument, masked, RequestRefused } from './errors.js';
import type { Graph } from './graph.js';
import type { Json } from './json.js';
import type { Operation } from './operations.js';
import { passOn, pathOf, type SubgraphError } from './subgraph-errors.js';
import type { Inquiry } from './transport.js';

export interface Answer {
  data: unknown;
  errors: AnswerError[];
}

const mostFaults = 10;
const mostErrors = 500;

/** The variables as the operation declares them, with its defaults; throws RequestRefused when they do not fit. */
export function variablesFor(operation: Operation, given: Json, schema: GraphQLSchema): Json {
  const declared = operation.node.variableDefinitions;
  if (!declared || declared.length === 0) return {};
  const { coerced, errors } = getVariableValues(schema, declared, given, {
    maxErrors: mostFaults,
    hideSuggestions: true,
  });
  if (errors) throw faultsInDocument('BAD_USER_INPUT', errors);
  return coerced;
}

/** Answers one operation from the subgraphs. Throws RequestRefused when they refused the request as a whole. */
export async function answer(graph: Graph, operation: Operation, variables: Json, inquiry: Inquiry): Promise<Answer> {
  demandAffordable(operation.cost, variables);
  const executed = await operation.execute(variables, inquiry);
  const { correlationId } = inquiry;
  const errors = (executed.errors ?? [])
    .slice(0, mostErrors)
    .map((error) => passOn(error as SubgraphError, correlationId, pathOf(error as SubgraphError) ?? undefined));
  const content = executed.data ?? {};
  if (operation.asksAboutSchema) Object.assign(content, graph.describe(operation.node, operation.fragments, variables));
  const told = errors.length;
  const data = shaped(operation, variables, content, errors, correlationId);
  // What took away the whole answer explains each null in it.
  if (executed.data === null && told > 0) errors.length = told;
  demandAnswer(inquiry.refusals, errors, data);
  return { data, errors };
}

/** Gives the answer its shape, and reports each null that had to be carried upwards and no error explains. */
function shaped(operation: Operation, variables: Json, content: Json, errors: AnswerError[], correlationId: string) {
  const refusedAt: ErrorPath[] = [];
  const data = operation.shape(variables)(content, {
    path: [],
    wrongType: (path) => refusedAt.push(path),
    nullRefused: (path) => refusedAt.push(path),
  });
  for (const path of refusedAt.slice(0, mostErrors)) {
    // The lowest of the nulls carried upwards comes first and explains those above it.
    const explained = errors.some((error) => !error.path || isAlong(error.path, path));
    if (!explained) errors.push(masked(correlationId, path));
  }
  return data;
}

/** Whether one path leads on from the other. */
function isAlong(one: ErrorPath, other: ErrorPath): boolean {
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one];
  return shorter.every((step, index) => step === longer[index]);
}

const refusedAsWhole = new Map([
  [400, 'BAD_USER_INPUT'],
  [401, 'UNAUTHENTICATED'],
]);

/** When every subgraph refused the request for the client's fault and nothing was answered, so does the gateway. */
function demandAnswer(refusals: readonly number[], errors: readonly AnswerError[], data: unknown): void {
  const [status = 0] = refusals;
  const code = refusedAsWhole.get(status);
  if (!code || refusals.some((each) => each !== status) || !isEmpty(data)) return;
  if (errors.length === 0 || errors.some(({ extensions }) => extensions.code !== code)) return;
  throw new RequestRefused(status, code, errors[0]!.message, { inDocument: status === 400 });
}

const isEmpty = (data: unknown) => data === null || Object.values(data as Json).every((value) => value === null);
