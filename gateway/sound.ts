import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { ErrorPath } from './errors.js';
import { isObject, type Json } from './json.js';
import { type Fragments, fieldsOf, type Switches } from './selected-fields.js';

/** Where a walk through an answer is, and whom it tells what it finds there. */
export interface Walk {
  /** The way to the value looked at; what is beyond its depth is left from elsewhere. */
  path: ErrorPath;
  wrongType(path: ErrorPath): void;
  nullRefused(path: ErrorPath): void;
}

/** Looks at a value so many steps down and answers what is to stand in its place: itself, null, or `refused`. */
export type Look = (value: unknown, walk: Walk, depth: number) => unknown;

/** Answered for null where the schema has none, so that the place above becomes null. */
export const refused = Symbol('null is not allowed here');

export interface LookFor {
  schema: GraphQLSchema;
  fragments: Fragments;
  /** Values of the variables in @skip and @include; left out, everything is taken to be asked for. */
  switches?: Switches;
  /** `types`: whether a service's answer has the types it promised. `nulls`: whether null stands only where it may. */
  what: 'types' | 'nulls';
}

type Parents = readonly Pick<FieldNode, 'selectionSet'>[];

/** The look at objects of one type, with what was asked of them; null when there is nothing to look for in them. */
export function lookAtObject(type: GraphQLCompositeType, parents: Parents, lookFor: LookFor): Look | null {
  const looks: { key: string; look: Look }[] = [];
  for (const [key, nodes] of fieldsOf(type, parents, lookFor)) {
    const field = 'getFields' in type ? type.getFields()[nodes[0]!.name.value] : undefined;
    const look = field ? lookAt(field.type, nodes, lookFor) : null;
    if (look) looks.push({ key, look });
  }
  if (looks.length === 0) return null;
  return (value, walk, depth) => {
    const object = value as Json;
    for (let index = 0; index < looks.length; index++) {
      const { key, look } = looks[index]!;
      walk.path[depth] = key;
      const found = object[key];
      const stays = look(found, walk, depth + 1);
      if (stays === refused) return null;
      if (stays !== found) object[key] = stays;
    }
    return object;
  };
}

export function lookAt(type: GraphQLOutputType, nodes: readonly FieldNode[], lookFor: LookFor): Look | null {
  if (!isNonNullType(type)) return lookAtNullable(type, nodes, lookFor);
  const inner = lookAtNullable(type.ofType, nodes, lookFor);
  if (lookFor.what === 'types') return inner;
  return (value, walk, depth) => {
    const stays = inner ? inner(value, walk, depth) : (value ?? null);
    if (stays !== null) return stays;
    walk.nullRefused(walk.path.slice(0, depth));
    return refused;
  };
}

function lookAtNullable(type: GraphQLOutputType, nodes: readonly FieldNode[], lookFor: LookFor): Look | null {
  if (isLeafType(type)) return lookFor.what === 'types' ? lookAtLeaf(type) : null;
  if (isListType(type)) {
    const each = lookAt(type.ofType, nodes, lookFor);
    return each || lookFor.what === 'types' ? lookAtList(each) : null;
  }
  const named = type as GraphQLCompositeType;
  const inner = isAbstractType(named) ? lookAtAbstract(named, nodes, lookFor) : lookAtObject(named, nodes, lookFor);
  if (!inner && lookFor.what === 'nulls') return null;
  return (value, walk, depth) => {
    if (isObject(value)) return inner ? inner(value, walk, depth) : value;
    return value === null || value === undefined ? null : wrong(value, walk, depth);
  };
}

function lookAtList(each: Look | null): Look {
  return (value, walk, depth) => {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) return wrong(value, walk, depth);
    if (!each) return value;
    for (let index = 0; index < value.length; index++) {
      walk.path[depth] = index;
      const stays = each(value[index], walk, depth + 1);
      if (stays === refused) return null;
      if (stays !== value[index]) value[index] = stays;
    }
    return value;
  };
}

/** What is asked of an interface or union depends on the type that the object says it has. */
function lookAtAbstract(type: GraphQLCompositeType, nodes: readonly FieldNode[], lookFor: LookFor): Look {
  const made = new Map<string, Look | null>();
  // Looking for nulls, the type stands in every object because the gateway asked for it; the client may not have.
  const hidden = lookFor.what === 'nulls' && !fieldsOf(type, nodes, lookFor).has('__typename');
  return (value, walk, depth) => {
    const object = value as Json;
    const { __typename: typename } = object;
    if (typename === undefined) return object;
    if (!made.has(String(typename))) {
      const actual = lookFor.schema.getType(String(typename));
      const fits = isObjectType(actual) && isAbstractType(type) && lookFor.schema.isSubType(type, actual);
      if (!fits) return wrong(value, walk, depth);
      made.set(actual.name, lookAtObject(actual, nodes, lookFor));
    }
    if (hidden) delete object.__typename;
    const look = made.get(String(typename));
    return look ? look(object, walk, depth) : object;
  };
}

function wrong(value: unknown, walk: Walk, depth: number): null {
  // Names that every JavaScript object has, such as `constructor`, look like methods where nothing was answered.
  if (typeof value !== 'function') walk.wrongType(walk.path.slice(0, depth));
  return null;
}

function lookAtLeaf(type: GraphQLLeafType): Look {
  const fits = isEnumType(type) ? nameIn(type.getValues()) : (builtIn[type.name] ?? isPlain);
  return (value, walk, depth) => {
    if (value === null || value === undefined) return value;
    return fits(value) ? value : wrong(value, walk, depth);
  };
}

const nameIn = (values: readonly { name: string }[]) => {
  const names = new Set<unknown>(values.map(({ name }) => name));
  return (value: unknown) => names.has(value);
};

/** The hub's own scalars are never objects or lists. */
const isPlain = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const builtIn: Record<string, (value: unknown) => boolean> = {
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
  Int: (value) => Number.isInteger(value) && value === ((value as number) | 0),
  Float: (value) => typeof value === 'number',
  Boolean: (value) => typeof value === 'boolean',
};
