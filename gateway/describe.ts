import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  introspectionFromSchema,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { isObject, type Json } from './json.js';
import { type Fragments, fieldsOf } from './selected-fields.js';

/** Answers what an operation asks about the schema, by the names it asks under. */
export type Describe = (operation: OperationDefinitionNode, fragments: Fragments, variables: Json) => Json;

/**
 * Describes a schema from a description made once. graphql-js walks through the schema itself for every such question,
 * which for a schema of this size holds up all other requests for longer than a tenth of a second.
 */
export function describe(schema: GraphQLSchema): Describe {
  const { __schema } = introspectionFromSchema(schema, {
    schemaDescription: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    inputValueDeprecation: true,
    oneOf: true,
  });
  const types = new Map(__schema.types.map((type) => [type.name, type as unknown as Json]));
  const meta = (name: string) => schema.getType(name) as GraphQLObjectType;
  return (operation, fragments, variables) => {
    const parts = { schema, fragments, switches: variables };
    const selectorOf = (type: GraphQLObjectType, parents: readonly FieldNode[]): Selector => {
      const fields = [...fieldsOf(type, parents, parts)].map(([key, nodes]) => {
        const inner = getNamedType(type.getFields()[nodes[0]!.name.value]?.type);
        const name = nodes[0]!.name.value;
        const withDeprecated = given(nodes[0]!, 'includeDeprecated', variables) === true;
        return { key, name, withDeprecated, select: isObjectType(inner) ? selectorOf(inner, nodes) : undefined };
      });
      return (object) => {
        // Where a type refers to another, the description has only its name.
        const whole = (type.name === '__Type' && types.get(object.name as string)) || object;
        const selected: Json = {};
        for (const { key, name, withDeprecated, select } of fields) {
          const value = name === '__typename' ? type.name : (whole[name] ?? null);
          if (Array.isArray(value)) selected[key] = listOf(value, withDeprecated, select);
          else selected[key] = select && isObject(value) ? select(value) : value;
        }
        return selected;
      };
    };
    const answer: Json = {};
    const root = schema.getRootType(operation.operation)!;
    for (const [key, nodes] of fieldsOf(root, [operation], parts)) {
      const node = nodes[0]!;
      if (node.name.value === '__schema')
        answer[key] = selectorOf(meta('__Schema'), nodes)(__schema as unknown as Json);
      if (node.name.value !== '__type') continue;
      const type = types.get(String(given(node, 'name', variables)));
      answer[key] = type ? selectorOf(meta('__Type'), nodes)(type) : null;
    }
    return answer;
  };
}

type Selector = (object: Json) => Json;

/** Lists leave out what is deprecated, unless it is asked for. */
function listOf(values: readonly unknown[], withDeprecated: boolean, select: Selector | undefined): unknown[] {
  if (!select) return [...values];
  const shown = withDeprecated ? values : values.filter((each) => !(each as Json).isDeprecated);
  return shown.map((each) => select(each as Json));
}

function given({ arguments: stated }: FieldNode, name: string, variables: Json): unknown {
  const value = stated?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.VARIABLE) return variables[value.name.value];
  return value?.kind === Kind.STRING || value?.kind === Kind.BOOLEAN ? value.value : undefined;
}
