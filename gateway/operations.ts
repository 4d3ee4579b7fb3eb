import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  MaxIntrospectionDepthRule,
  type OperationDefinitionNode,
  OperationTypeNode,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { asQuery } from './as-query.js';
import { type Cost, costOf } from './cost.js';
import { badRequest, faultsInDocument, RequestRefused } from './errors.js';
import type { Executed, Graph } from './graph.js';
import {
  asksAboutSchema,
  asksForContent,
  demandPlainIntrospection,
  rootFieldsOf,
  withoutIntrospection,
} from './introspection.js';
import type { Json } from './json.js';
import { parseWithinLimits } from './limits.js';
import { type Fragments, fragmentsIn, type Switches } from './selected-fields.js';
import { type Shape, shapeOf, withTypenames } from './shape.js';
import type { Inquiry } from './transport.js';

const mostFaults = 10;
// How deep a question about the schema may go is among the document limits, which are stricter.
const rules = specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule);
const mostShapes = 16;

/** An operation that has passed every check that does not depend on the request. */
export class Operation {
  readonly asksAboutSchema: boolean;
  readonly asksForContent: boolean;
  readonly cost: Cost;
  private readonly switches: readonly string[];
  private readonly shapes = new Map<string, Shape>();
  private document: DocumentNode;
  /** That of what is asked of the subgraphs: each event of a subscription is answered by a query. */
  private readonly type: OperationTypeNode;
  private planned: Promise<void> | undefined;

  constructor(
    private readonly graph: Graph,
    document: DocumentNode,
    readonly node: OperationDefinitionNode,
    readonly fragments: Fragments,
  ) {
    const roots = rootFieldsOf(node, fragments);
    demandPlainIntrospection(roots, fragments);
    this.asksAboutSchema = asksAboutSchema(roots);
    this.asksForContent = asksForContent(roots);
    this.cost = costOf(node, graph.schema, fragments);
    this.switches = switchesIn(document);
    const isLive = node.operation === OperationTypeNode.SUBSCRIPTION;
    this.type = isLive ? OperationTypeNode.QUERY : node.operation;
    const asked = isLive ? asQuery(node, graph.schema, fragments) : document;
    this.document = ownCopy(withTypenames(this.asksAboutSchema ? withoutIntrospection(asked) : asked, graph.schema));
  }

  /** Makes the plan, once. */
  plan(): Promise<void> {
    if (!this.asksForContent) return Promise.resolve();
    this.planned ??= this.makePlan();
    return this.planned;
  }

  private async makePlan(): Promise<void> {
    try {
      await this.graph.plan(this.document, this.node.name?.value, this.type);
    } catch (error) {
      // Hive remembers for each document object how planning ended; a copy may be tried again.
      this.document = { ...this.document };
      this.planned = undefined;
      throw error;
    }
    // The plan is kept under this very object. By what is declared, Hive would convert all variables a second time.
    for (const definition of this.document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) Object.assign(definition, { variableDefinitions: undefined });
    }
  }

  async execute(variables: Json, inquiry: Inquiry): Promise<Executed> {
    if (!this.asksForContent) return {};
    await this.plan();
    const { document, node } = this;
    return this.graph.execute({
      document,
      operationName: node.name?.value,
      operationType: this.type,
      variables,
      inquiry,
    });
  }

  /** The shape of the answer, which depends on the variables in @skip and @include. */
  shape(variables: Switches): Shape {
    const key = this.switches.map((name) => (variables[name] === true ? 1 : 0)).join('');
    let shape = this.shapes.get(key);
    if (!shape) {
      shape = shapeOf(this.node, this.graph.schema, this.fragments, variables);
      if (this.shapes.size >= mostShapes) this.shapes.clear();
      this.shapes.set(key, shape);
    }
    return shape;
  }
}

/** The operations of one document, by name. */
export type Operations = ReadonlyMap<string | undefined, Operation>;

/** Checks a document: limits first, because validation of a hostile one takes long. */
export function operationsIn(text: string, graph: Graph): Operations {
  const document = parseWithinLimits(text);
  const faults = validate(graph.schema, document, rules, { maxErrors: mostFaults, hideSuggestions: true });
  if (faults.length > 0) throw faultsInDocument('GRAPHQL_VALIDATION_FAILED', faults);
  const fragments = fragmentsIn(document);
  const nodes = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const unserved = nodes.find(({ operation }) => !graph.schema.getRootType(operation));
  if (unserved) {
    const message = `The hub has no ${unserved.operation}s.`;
    throw new RequestRefused(400, 'GRAPHQL_VALIDATION_FAILED', message, { inDocument: true });
  }
  return new Map(nodes.map((node) => [node.name?.value, new Operation(graph, document, node, fragments)]));
}

/** The operation a request names, or the only one. */
export function choose(operations: Operations, name: string | null | undefined): Operation {
  if (name === null || name === undefined) {
    const [only, ...others] = operations.values();
    if (!only) throw badRequest('The document has no operation.');
    if (others.length > 0)
      throw badRequest('The document has several operations; say in operationName which one to run.');
    return only;
  }
  const operation = operations.get(name);
  if (!operation) throw badRequest('The document has no operation with the name given in operationName.');
  return operation;
}

/** A document whose definitions can be changed without changing those that others hold. */
const ownCopy = (document: DocumentNode): DocumentNode => ({
  ...document,
  definitions: document.definitions.map((definition) => ({ ...definition })),
});

function switchesIn(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive({ name, arguments: given }: DirectiveNode) {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
