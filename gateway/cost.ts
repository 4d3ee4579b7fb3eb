import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { tooComplex } from './errors.js';
import type { Fragments } from './selected-fields.js';

/** Fields of the largest possible answer; about 100 missions with 20 contributions each and all that hangs on them. */
export const mostAnswered = 50_000;

/** How many fields an answer can have at most, as the variables say. Every page is taken to be full. */
export type Cost = (variables: Readonly<Record<string, unknown>>) => number;

/**
 * Works out what an operation can cost: pages inside pages multiply. Lists without pages are short by contract and
 * count once. The operation is valid and inside the document limits.
 */
export function costOf(operation: OperationDefinitionNode, schema: GraphQLSchema, fragments: Fragments): Cost {
  const costOfSet = (set: SelectionSetNode, type: GraphQLCompositeType): Cost[] =>
    set.selections.flatMap((selection): Cost[] => {
      if (selection.kind === Kind.FIELD) return [costOfField(selection, type)];
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)!;
      const condition = inner.typeCondition && schema.getType(inner.typeCondition.name.value);
      return costOfSet(inner.selectionSet, isCompositeType(condition) ? condition : type);
    });
  const costOfField = (node: FieldNode, type: GraphQLCompositeType): Cost => {
    const field = 'getFields' in type ? type.getFields()[node.name.value] : undefined;
    const inside = field && getNamedType(field.type);
    if (!node.selectionSet || !isCompositeType(inside)) return () => 1;
    const parts = costOfSet(node.selectionSet, inside);
    const page = field!.args.find(({ name }) => name === 'first');
    const size = page ? pageSize(node, page.defaultValue) : () => 1;
    return (variables) => 1 + size(variables) * parts.reduce((sum, part) => sum + part(variables), 0);
  };
  const parts = costOfSet(operation.selectionSet, schema.getRootType(operation.operation)!);
  return (variables) => parts.reduce((sum, part) => sum + part(variables), 0);
}

function pageSize(node: FieldNode, byDefault: unknown): Cost {
  const given: ValueNode | undefined = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (given?.kind === Kind.INT) return () => Math.max(1, Number(given.value));
  const name = given?.kind === Kind.VARIABLE ? given.name.value : undefined;
  return (variables) => {
    const size = (name && variables[name]) ?? byDefault;
    return typeof size === 'number' ? Math.max(1, size) : 1;
  };
}

export function demandAffordable(cost: Cost, variables: Readonly<Record<string, unknown>>): void {
  if (cost(variables) > mostAnswered)
    throw tooComplex(`The answer could have more than ${mostAnswered} fields; ask for smaller pages.`);
}
