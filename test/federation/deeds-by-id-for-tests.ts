import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';
import type { Questioner } from './questions-for-tests.js';

/** One place of one mutation's input where an id stands. */
export interface PlaceOfId {
  mutation: string;
  path: string[];
  document: string;
  /** The input with this id there, and in all other places what holds together well enough to be read. */
  inputWith(id: string, known: Record<string, string>): object;
}

type Input = Record<string, unknown>;
const plain: Record<string, unknown> = {
  ...{ Int: 1, Boolean: true, FinancialYear: '2026-27', Date: '2026-05-01', DateTime: '2026-05-01T00:00:00Z' },
  ...{ Decimal: '1.00', CurrencyCode: 'GBP', String: 'words' },
};

/** Every place of every mutation where something is named by its id. */
export function placesOfIds(questioner: Questioner): PlaceOfId[] {
  const mutations = Object.values(questioner.schema.getMutationType()!.getFields());
  return mutations.flatMap((mutation) => {
    const input = mutation.args[0]!.type;
    const document = `mutation ($input: ${getNamedType(input).name}!) { done: ${mutation.name}(input: $input) ${questioner.below(mutation.type, 2)} }`;
    return pathsToIds(input).map((path) => placeOf(mutation, path, document));
  });
}

function placeOf(mutation: GraphQLField<unknown, unknown>, path: string[], document: string): PlaceOfId {
  const inputWith = (id: string, known: Record<string, string>) =>
    least(mutation.args[0]!.type, 'input', known, { path, id }) as Input;
  return { mutation: mutation.name, path, document, inputWith };
}

/** Keys and ids that are made anew name nothing that is there. */
const isNew = (name: string) => name === 'idempotencyKey' || name === 'id';

function pathsToIds(type: GraphQLInputType): string[][] {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return [];
  return Object.values(named.getFields()).flatMap((field) => {
    if (getNamedType(field.type).name === 'ID') return isNew(field.name) ? [] : [[field.name]];
    return pathsToIds(field.type).map((path) => [field.name, ...path]);
  });
}

/** The least value that a type takes, with an id where the path leads to. */
function least(
  type: GraphQLInputType,
  name: string,
  known: Record<string, string>,
  at: { path: string[]; id: string } | null,
): unknown {
  if (isNonNullType(type)) return least(type.ofType, name, known, at);
  if (isListType(type)) return [least(type.ofType, name, known, at)];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => field.name === at?.path[0] || (isRequiredInputField(field) && field.name !== 'idempotencyKey'),
    );
    return Object.fromEntries(
      fields.map((field) => {
        const below = at && field.name === at.path[0] ? { path: at.path.slice(1), id: at.id } : null;
        return [field.name, least(field.type, field.name, known, below)];
      }),
    );
  }
  if (at && at.path.length === 0) return at.id;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (type.name === 'ID') return known[name] ?? 'nothing';
  // A name is new each time, so that what one deed has done does not stand in the way of the next.
  return name === 'name' ? known.id : plain[type.name];
}
