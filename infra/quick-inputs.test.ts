import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  parseType,
  typeFromAST,
} from 'graphql';
import inputs from './quick-inputs.cjs';

const schema = buildSchema(`
  scalar Any
  enum Colour { RED BLUE }
  input One @oneOf { a: Int b: String }
  input Inner { id: ID! colour: Colour = BLUE any: Any }
  input Outer { text: String! count: Int ratio: Float flag: Boolean = true
    inner: Inner inners: [Inner!]! = [] grid: [[Int]!] outer: Outer one: One }
  type Query { ask(outer: Outer): Int }`);

const types = [
  'Outer',
  'Outer!',
  '[Outer!]!',
  'Inner',
  '[Inner]',
  '[[Int!]]',
  'One',
  'Int!',
  'Colour',
  'String',
  'Any!',
];
const named = (text: string) => typeFromAST(schema, parseType(text) as never) as unknown as GraphQLInputType;

const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, 1, 1.5, 2 ** 40, Number.NaN, '', 'text', 'RED', 'GREEN', '__proto__'),
  fc.constantFrom<unknown>([], {}, [1, null], [[1]], new Date(0), new Set([1])),
);

/** Mostly sound, with a leaf of any kind here and there, a field too many or one too few. */
const oneOf = <Value>(sound: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 12, arbitrary: sound }, { arbitrary: leaf, weight: 1 });
const { outer } = fc.letrec<{ outer: unknown }>((tie) => {
  const inner = oneOf(
    fc.record(
      {
        id: oneOf(fc.oneof(fc.string(), fc.integer())),
        colour: oneOf(fc.constantFrom('RED', 'BLUE')),
        any: leaf,
        more: leaf,
      },
      { requiredKeys: ['id'] },
    ),
  );
  return {
    outer: fc.record(
      {
        ...{ text: oneOf(fc.string()), count: oneOf(fc.integer({ min: -9, max: 9 })), ratio: oneOf(fc.double()) },
        ...{ flag: oneOf(fc.boolean()), inner, inners: oneOf(fc.array(inner, { maxLength: 3 })), constructor: leaf },
        ...{ grid: oneOf(fc.array(oneOf(fc.array(oneOf(fc.integer()), { maxLength: 2 })), { maxLength: 2 })) },
        ...{ outer: tie('outer'), one: oneOf(fc.record({ a: fc.integer() })) },
      },
      { requiredKeys: ['text'], noNullPrototype: true },
    ),
  };
});
const anyInput = fc.oneof(outer, fc.array(outer, { maxLength: 2 }), leaf);

function said(read: typeof coerceInputValue, value: unknown, type: GraphQLInputType) {
  const faults: unknown[] = [];
  const note = (path: readonly (string | number)[], wrong: unknown, { message }: GraphQLError) =>
    faults.push([path, wrong, message]);
  return { read: read(value, type, note), faults };
}

describe('what a client sends as input', () => {
  it('is read quickly to just what graphql makes of it, and refused in its very words', () => {
    let sound = 0;
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...types), (value, text) => {
        const plainly = said(inputs.plainly, value, named(text));
        expect(said(inputs.quickly, value, named(text))).toEqual(plainly);
        if (plainly.faults.length === 0) sound++;
      }),
      { numRuns: 2_000 },
    );
    expect(sound).toBeGreaterThan(200);
  });

  it('is read quickly wherever graphql reads it', () => {
    expect(coerceInputValue).toBe(inputs.quickly);
  });
});
