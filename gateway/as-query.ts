import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from 'graphql';
import { badRequest } from './errors.js';
import type { Json } from './json.js';
import { type Fragments, fieldsOf } from './selected-fields.js';

/** The variable that says which event is asked for. A client cannot use it: names with two underscores are the hub's. */
export const eventVariable = '__event';

const name = (value: string) => ({ kind: Kind.NAME as const, value });
const eventArgument: ArgumentNode = {
  ...{ kind: Kind.ARGUMENT, name: name('id') },
  value: { kind: Kind.VARIABLE, name: name(eventVariable) },
};

/**
 * The query that answers one event of a subscription: each field of Subscription has a namesake in Query, which takes
 * the id of an event in place of `after`, and the other arguments alike.
 */
export function asQuery(operation: OperationDefinitionNode, schema: GraphQLSchema, fragments: Fragments): DocumentNode {
  const own = operation.variableDefinitions?.some(({ variable }) => variable.name.value === eventVariable);
  if (own) throw badRequest('A variable cannot be given a name that begins with two underscores.');
  const type = schema.getSubscriptionType()!;
  const selections = [...fieldsOf(type, [operation], { schema, fragments }).values()].flat().map(
    (field): FieldNode => ({
      ...field,
      arguments: [...(field.arguments ?? []).filter((each) => each.name.value !== 'after'), eventArgument],
    }),
  );
  const kept = [...fragments.values()].filter(({ typeCondition }) => typeCondition.name.value !== type.name);
  const bare: OperationDefinitionNode = {
    ...operation,
    operation: OperationTypeNode.QUERY,
    variableDefinitions: [],
    directives: [],
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const used = new Set<string>();
  visit({ kind: Kind.DOCUMENT, definitions: [bare, ...kept] }, { Variable: (node) => void used.add(node.name.value) });
  const node: OperationDefinitionNode = {
    ...bare,
    variableDefinitions: [
      ...(operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value)),
      {
        ...{ kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: name(eventVariable) } },
        type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: name('ID') } },
      },
    ],
  };
  return { kind: Kind.DOCUMENT, definitions: [node, ...kept] };
}

/** The arguments of the one field that a subscription asks for. */
export function argumentsOf(
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  fragments: Fragments,
  variables: Json,
): Json {
  const type = schema.getSubscriptionType()!;
  const [[field]] = fieldsOf(type, [operation], { schema, fragments }).values() as Iterable<FieldNode[]> as [
    FieldNode[],
  ];
  return getArgumentValues(type.getFields()[field!.name.value]!, field!, variables);
}
