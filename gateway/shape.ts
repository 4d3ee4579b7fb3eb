import {
  type DocumentNode,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Json } from './json.js';
import { type Fragments, fieldsOf, type Switches } from './selected-fields.js';
import { type LookFor, lookAtObject, type Walk } from './sound.js';

/** Puts the root of an answer together, and carries nulls upwards where the schema allows none. */
export type Shape = (data: Json, walk: Walk) => Json | null;

export function shapeOf(
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  fragments: Fragments,
  switches: Switches,
): Shape {
  const lookFor: LookFor = { schema, fragments, switches, what: 'nulls' };
  const type = schema.getRootType(operation.operation)!;
  const roots = [...fieldsOf(type, [operation], lookFor)].map(([key, [node]]) => ({ key, name: node!.name.value }));
  const look = lookAtObject(type, [operation], lookFor);
  return (data, walk) => {
    const root: Json = {};
    for (const { key, name } of roots) root[key] = name === '__typename' ? type.name : (data[key] ?? null);
    return look ? (look(root, walk, 0) as Json | null) : root;
  };
}

const typename: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The document that also asks for the type wherever an interface or union stands, so that nulls can be judged. */
export function withTypenames(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    SelectionSet(node) {
      if (!isAbstractType(types.getParentType())) return undefined;
      return { ...node, selections: [typename, ...node.selections] };
    },
  });
  return visit(document, visitor);
}
