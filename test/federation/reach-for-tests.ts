import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

// Where questions can lead to in a schema.

/** How a question goes down to a type. */
export interface Way {
  type: GraphQLNamedType;
  way: (below: string) => string;
}

/** The shortest way to each object type. */
export function waysFrom(starts: Way[], asked: (field: GraphQLField<unknown, unknown>) => string) {
  const ways = new Map<string, Way['way']>();
  for (let next = starts; next.length > 0; ) {
    next = next.flatMap(({ type, way }) => {
      if (!isObjectType(type) || ways.has(type.name)) return [];
      ways.set(type.name, way);
      return Object.values(type.getFields()).map((field) => ({
        type: getNamedType(field.type),
        way: (below: string) => way(`{ ${asked(field)} ${below} }`),
      }));
    });
  }
  return ways;
}

/** What the machinery of federation itself answers. */
const machinery = new Set(['_entities', '_service']);

/** Every field of every object type that can be reached from some. */
export function fieldsFrom(schema: GraphQLSchema, starts: readonly GraphQLNamedType[]): string[] {
  const reached = new Set<GraphQLNamedType>();
  const fields: string[] = [];
  const reach = (type: GraphQLNamedType): void => {
    if (reached.has(type) || !isCompositeType(type)) return;
    reached.add(type);
    if (isAbstractType(type)) {
      for (const part of schema.getPossibleTypes(type)) reach(part);
      return;
    }
    for (const field of Object.values(type.getFields()).filter(({ name }) => !machinery.has(name))) {
      fields.push(`${type.name}.${field.name}`);
      reach(getNamedType(field.type));
    }
  };
  for (const start of starts) reach(start);
  return fields;
}

/** The fields that some selections ask for. */
export function fieldsIn(schema: GraphQLSchema, selections: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  const note = { Field: () => void found.add(`${types.getParentType()?.name}.${types.getFieldDef()?.name}`) };
  for (const text of selections) visit(parse(`{ ${text} }`), visitWithTypeInfo(types, note));
  return found;
}
