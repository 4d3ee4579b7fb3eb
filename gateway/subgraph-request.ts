import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
} from 'graphql';
import type { ErrorPath } from './errors.js';
import { isObject, type Json } from './json.js';
import { fieldsOf, fragmentsIn } from './selected-fields.js';
import { type Look, type LookFor, lookAtObject, type Walk } from './sound.js';
import { pathOf, type SubgraphError, unavailable } from './subgraph-errors.js';
import type { Inquiry, Transport } from './transport.js';

export interface SubgraphResult {
  data: Json | null;
  errors?: SubgraphError[];
}

const mostSpoiled = 500;

/** A list of entities in a request: the name it is answered under, and the variable that says which they are. */
interface EntityList {
  key: string;
  variable: string;
  node: FieldNode;
}

/** One of a plan's requests to a subgraph: sent as often as the plan is executed, with other variables each time. */
export class SubgraphRequest {
  private readonly query: string;
  private readonly operation: OperationDefinitionNode;
  private readonly lookFor: LookFor;
  private readonly lists: EntityList[];
  private readonly looks = new Map<string, Look | null>();

  constructor(document: DocumentNode, schema: GraphQLSchema) {
    this.query = JSON.stringify(print(document));
    this.operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)!;
    this.lookFor = { schema, fragments: fragmentsIn(document), what: 'types' };
    this.lists = this.operation.selectionSet.selections.flatMap(entityListIn);
  }

  /** Asks, and answers with data of the types that the schema promises, and an error for every field it lacks. */
  async send(service: string, variables: Json, inquiry: Inquiry, ask: Transport['ask']): Promise<SubgraphResult> {
    const body = `{"query":${this.query},"variables":${JSON.stringify(variables)}}`;
    const { data, errors, refusedWith } = await ask(service, body, inquiry);
    inquiry.refusals.push(refusedWith);
    if (data === null) return { data, errors: this.spoiledBy(errors, variables) };
    const found: SubgraphError[] = errors.map((error) => ({ ...error, path: pathOf(error) ?? undefined }));
    const walk: Walk = {
      path: [],
      wrongType(path) {
        if (found.length < mostSpoiled) found.push({ ...unavailable(service), path });
      },
      nullRefused: () => undefined,
    };
    this.check(data, variables, walk);
    return found.length > 0 ? { data, errors: found } : { data };
  }

  private check(data: Json, variables: Json, walk: Walk): void {
    if (this.lists.length === 0) {
      const root = this.lookFor.schema.getRootType(this.operation.operation)!;
      this.lookAt(root.name, '', [this.operation])?.(data, walk, 0);
      return;
    }
    for (const { key, variable, node } of this.lists) {
      const entities = data[key];
      const asked = variables[variable] as Json[];
      if (!Array.isArray(entities)) continue;
      asked.forEach(({ __typename }, index) => {
        walk.path = [key, index];
        if (isObject(entities[index])) this.lookAt(String(__typename), key, [node])?.(entities[index], walk, 2);
        else entities[index] = null;
      });
    }
  }

  private lookAt(typename: string, key: string, parents: Pick<FieldNode, 'selectionSet'>[]): Look | null {
    const name = `${typename} ${key}`;
    let look = this.looks.get(name);
    if (look === undefined) {
      const type = this.lookFor.schema.getType(typename);
      look = isCompositeType(type) ? lookAtObject(type, parents, this.lookFor) : null;
      this.looks.set(name, look);
    }
    return look;
  }

  /** Without any data, an error that has no place of its own stands at every field that was asked for. */
  private spoiledBy(errors: readonly SubgraphError[], variables: Json): SubgraphError[] {
    const fields = this.fieldsAskedFor(variables);
    return errors.flatMap((error) => (pathOf(error) ? [error] : fields.map((path) => ({ ...error, path }))));
  }

  private fieldsAskedFor(variables: Json): ErrorPath[] {
    const { schema } = this.lookFor;
    const keysOf = (typename: unknown, parent: Pick<FieldNode, 'selectionSet'>) => {
      const type = schema.getType(String(typename));
      const keys = isCompositeType(type) ? [...fieldsOf(type, [parent], this.lookFor).keys()] : [];
      return keys.filter((key) => key !== '__typename');
    };
    if (this.lists.length === 0) {
      return keysOf(schema.getRootType(this.operation.operation)!.name, this.operation).map((key) => [key]);
    }
    const paths = this.lists.flatMap(({ key, variable, node }) =>
      (variables[variable] as Json[]).flatMap(({ __typename }, index) =>
        keysOf(__typename, node).map((field) => [key, index, field]),
      ),
    );
    return paths.slice(0, mostSpoiled);
  }
}

function entityListIn(selection: SelectionNode): EntityList[] {
  if (selection.kind !== Kind.FIELD || selection.name.value !== '_entities') return [];
  const value = selection.arguments?.[0]?.value;
  if (value?.kind !== Kind.VARIABLE) return [];
  return [{ key: selection.alias?.value ?? '_entities', variable: value.name.value, node: selection }];
}
