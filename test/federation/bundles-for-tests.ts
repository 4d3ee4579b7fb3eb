import { type GraphQLSchema, parse, visit } from 'graphql';
import { costOf } from '../../gateway/cost.js';
import { limits } from '../../gateway/limits.js';
import type { ServiceName } from '../world.js';
import type { Question } from './questions-for-tests.js';

// Questions put into documents, with variables for all that is asked for by name.

/** Values by name: ids, texts, instants. */
export type Names = Record<string, string>;

/** Several questions in one document, each under an alias of its own. */
export interface Bundle {
  /** The subgraph that is asked itself; left out, the gateway. */
  service?: ServiceName;
  document: string;
  /** The variables of the document: `<name>_<kind>`. */
  variables: string[];
  /** The name of the instant to ask as known at. */
  asKnownAt?: string;
  count: number;
}

interface Size {
  fields: number;
  cost: number;
}

// Below the limits of the gateway: 60 aliases, 50,000 fields in the largest answer.
const most = { questions: 40, fields: limits.fields - 300, cost: 40_000 };
const sizes = new WeakMap<GraphQLSchema, Map<string, Size>>();

/** As few documents as the limits of the gateway allow. */
export function bundled(
  questions: readonly Question[],
  schema: GraphQLSchema,
  service: ServiceName | undefined,
): Bundle[] {
  const parts: { questions: Question[]; size: Size }[] = [];
  const open = new Map<string, (typeof parts)[number]>();
  for (const question of questions) {
    const { fields, cost } = sizeOf(question.text, schema);
    const key = question.asKnownAt ?? '';
    let part = question.alone ? undefined : open.get(key);
    const isFull =
      part &&
      (part.questions.length >= most.questions ||
        part.size.fields + fields > most.fields ||
        part.size.cost + cost > most.cost);
    if (!part || isFull) {
      part = { questions: [], size: { fields: 0, cost: 0 } };
      parts.push(part);
      if (!question.alone) open.set(key, part);
    }
    part.questions.push(question);
    part.size.fields += fields;
    part.size.cost += cost;
  }
  return parts.map((part) => documentOf(part.questions, service));
}

function documentOf(questions: Question[], service: ServiceName | undefined): Bundle {
  const text = questions.map((question, place) => `q${place}: ${question.text}`).join('\n');
  const variables = [...new Set([...text.matchAll(/\$(\w+)/g)].map(([, name]) => name!))];
  const head = variables.length > 0 ? `(${variables.map((each) => `$${each}: ${typeOf(each)}`).join(', ')})` : '';
  const { asKnownAt } = questions[0]!;
  return { service, document: `query ${head} { ${text} }`, variables, asKnownAt, count: questions.length };
}

/** What two questions have in common that differ in what they ask for, but not in what they ask of it. */
export const shapeOf = (text: string): string =>
  text.replace(/(?<!first): ("[^"]*"|\$\w+|[A-Z_]+)(?=[,)}])/g, '').replace(/\[\$[^\]]*\]/g, '');

function sizeOf(text: string, schema: GraphQLSchema): Size {
  const known = sizes.get(schema) ?? new Map<string, Size>();
  sizes.set(schema, known);
  const shape = shapeOf(text);
  if (!known.has(shape)) {
    const document = parse(`{ ${text} }`);
    let fields = 0;
    visit(document, { Field: () => void fields++ });
    known.set(shape, { fields, cost: costOf(document.definitions[0] as never, schema, new Map())({}) });
  }
  return known.get(shape)!;
}

function typeOf(variable: string): string {
  const [, kind] = variable.split('_');
  if (kind === 'ID') return 'ID!';
  return kind === 'Key' || kind === 'Forged' ? '_Any!' : 'String!';
}

const cursorOf = (id: string): string => Buffer.from(JSON.stringify([id])).toString('base64url');

/** What a forged representation says beside its key, as if it came from the gateway. */
const forged = {
  ...{ contributorId: 'department-for-transport', missionId: 'clean-energy', state: 'PLEDGED', isDraft: false },
  ...{ number: 1, version: 1, visibility: 'PUBLIC', publicName: 'forged', kind: 'MONEY', pooling: 'POOLED' },
  contributor: { __typename: 'Organisation', id: 'department-for-transport' },
  organisation: 'department-for-transport',
};

/** The values of a bundle's variables. A cursor is forged of an id, or is what another answer had. */
export function variablesOf({ variables }: Pick<Bundle, 'variables'>, names: Names): Record<string, unknown> {
  return Object.fromEntries(
    variables.map((variable) => {
      const [name, kind, type] = variable.split('_') as [string, string, string?];
      const value = names[name];
      if (value === undefined) throw new Error(`Nothing is called ${name}.`);
      if (kind === 'Cursor') return [variable, name.startsWith('cursor') ? value : cursorOf(value)];
      if (kind === 'Key') return [variable, { __typename: type, id: value }];
      if (kind === 'Forged') return [variable, { ...forged, __typename: type, id: value }];
      return [variable, value];
    }),
  );
}
