import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { tooComplex } from './errors.js';
import type { Fragments } from './selected-fields.js';

const isAboutSchema = ({ name }: FieldNode) => name.value === '__schema' || name.value === '__type';
const typename: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** The root fields of an operation, whatever @skip and @include say. */
export function rootFieldsOf(operation: OperationDefinitionNode, fragments: Fragments): FieldNode[] {
  const fieldsIn = (set: SelectionSetNode): FieldNode[] =>
    set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection];
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
      return fieldsIn(inner.selectionSet);
    });
  return fieldsIn(operation.selectionSet);
}

/** The document without its questions about the schema, which no subgraph can answer. */
export function withoutIntrospection(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: (node) => (isAboutSchema(node) ? null : undefined),
    SelectionSet: { leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [typename] }) },
  });
}

const lists = new Set(['fields', 'inputFields', 'interfaces', 'possibleTypes']);

/**
 * Refuses questions about the schema whose answer grows with each level: a list of members inside a list of members,
 * or the same list under several names. What the usual tools ask has neither.
 */
export function demandPlainIntrospection(roots: readonly FieldNode[], fragments: Fragments): void {
  const check = (set: SelectionSetNode | undefined, insideList: boolean): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind !== Kind.FIELD) {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
        check(inner.selectionSet, insideList);
        continue;
      }
      const isList = lists.has(selection.name.value);
      if (selection.alias || (isList && insideList))
        throw tooComplex('The question about the schema goes too deep; ask for it in parts.');
      check(selection.selectionSet, insideList || isList);
    }
  };
  for (const root of roots.filter(isAboutSchema)) check(root.selectionSet, false);
}

export const asksAboutSchema = (roots: readonly FieldNode[]): boolean => roots.some(isAboutSchema);
export const asksForContent = (roots: readonly FieldNode[]): boolean =>
  roots.some(({ name }) => !name.value.startsWith('__'));
