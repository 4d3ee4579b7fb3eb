import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { badRequest, faultsInDocument, tooComplex } from './errors.js';

/** What a document may take up. The mission view and a batch of 60 deeds are well inside. */
export const limits = {
  bodyBytes: 256 * 1024,
  tokens: 5_000,
  depth: 15,
  /** Brackets of any kind inside each other. */
  nesting: 60,
  /** Fields, counting those of a fragment again wherever it is spread. */
  fields: 1_500,
  aliases: 60,
  directives: 50,
  operations: 10,
  fragments: 100,
  /** Pairs of fields with the same name at the same place, which validation compares one by one. */
  pairs: 10_000,
};

/** Parses a document and refuses it when it is beyond the limits; takes time in proportion to its length. */
export function parseWithinLimits(text: string): DocumentNode {
  const document = parsed(text);
  new Measure(document).check();
  return document;
}

// Strings and comments are passed over whole; what is left are the brackets that nest.
const stringsAndBrackets = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|[{}()[\]]/g;

/** The parser calls itself for each level, so depth is counted before it starts. */
function demandShallow(text: string): void {
  let depth = 0;
  for (const [found] of text.matchAll(stringsAndBrackets)) {
    if ('{(['.includes(found)) depth++;
    else if ('})]'.includes(found)) depth--;
    if (depth > limits.nesting) throw tooComplex('The document is nested too deeply.');
  }
}

function parsed(text: string): DocumentNode {
  demandShallow(text);
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (error.message.includes('tokens. Parsing aborted'))
      throw tooComplex(`The document has more than ${limits.tokens} tokens.`);
    throw faultsInDocument('GRAPHQL_PARSE_FAILED', [error]);
  }
}

interface Size {
  fields: number;
  aliases: number;
  directives: number;
  depth: number;
}

/** Sizes a document up, each fragment once, however often and wherever it is spread. */
class Measure {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly sizes = new Map<string, Size>();
  private readonly atPath = new Map<string, number>();
  private readonly inOperations = new Map<string, number>();
  private readonly inFragments = new Map<string, number>();

  constructor(private readonly document: DocumentNode) {
    for (const each of document.definitions)
      if (each.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(each.name.value, each);
  }

  check(): void {
    const { definitions } = this.document;
    const operations = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
    if (operations.length > limits.operations)
      throw tooComplex(`The document has more than ${limits.operations} operations.`);
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    if (fragments.length > limits.fragments)
      throw tooComplex(`The document has more than ${limits.fragments} fragments.`);
    for (const each of fragments) this.count(each.selectionSet, undefined, this.inFragments);
    for (const each of operations) this.count(each.selectionSet, '', this.inOperations);
    this.checkPairs();
    const sum: Size = { fields: 0, aliases: 0, directives: 0, depth: 0 };
    for (const each of definitions)
      if (each.kind !== Kind.FRAGMENT_DEFINITION) this.add(sum, this.sizeOfDefinition(each), 0);
    // Fragments that nothing spreads are refused by validation; until then they count as well.
    for (const each of fragments)
      if (!this.sizes.has(each.name.value)) this.add(sum, this.sizeOfFragment(each.name.value, []), 0);
  }

  /** Adds the size of a part; throws when the sum is beyond a limit. */
  private add(sum: Size, part: Size, below: number): void {
    sum.fields += part.fields;
    sum.aliases += part.aliases;
    sum.directives += part.directives;
    sum.depth = Math.max(sum.depth, part.depth + below);
    for (const limit of ['fields', 'aliases', 'directives', 'depth'] as const) {
      if (sum[limit] > limits[limit]) throw tooComplex(beyond[limit]);
    }
  }

  private sizeOfDefinition(definition: DefinitionNode): Size {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return { fields: 0, aliases: 0, directives: 0, depth: 0 };
    const size = this.sizeOf(definition.selectionSet, []);
    const onVariables =
      definition.variableDefinitions?.reduce((sum, { directives }) => sum + (directives?.length ?? 0), 0) ?? 0;
    return { ...size, directives: size.directives + (definition.directives?.length ?? 0) + onVariables };
  }

  private sizeOfFragment(name: string, above: string[]): Size {
    const known = this.sizes.get(name);
    if (known) return known;
    const fragment = this.fragments.get(name);
    // Unknown fragments and circles are for validation to refuse; they add nothing.
    if (!fragment || above.includes(name)) return { fields: 0, aliases: 0, directives: 0, depth: 0 };
    const size = this.sizeOf(fragment.selectionSet, [...above, name]);
    this.sizes.set(name, size);
    return size;
  }

  private sizeOf(set: SelectionSetNode, above: string[]): Size {
    const sum: Size = { fields: 0, aliases: 0, directives: 0, depth: 0 };
    for (const selection of set.selections) {
      const directives = selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        const aliases = selection.alias && selection.alias.value !== selection.name.value ? 1 : 0;
        this.add(sum, { fields: 1, aliases, directives, depth: 1 }, 0);
        if (selection.selectionSet) this.add(sum, this.sizeOf(selection.selectionSet, above), 1);
        continue;
      }
      this.add(sum, { fields: 0, aliases: 0, directives, depth: 0 }, 0);
      const inner = selection.kind === Kind.INLINE_FRAGMENT;
      this.add(
        sum,
        inner ? this.sizeOf(selection.selectionSet, above) : this.sizeOfFragment(selection.name.value, above),
        0,
      );
    }
    return sum;
  }

  /** Counts fields by place and by name as they are written; a fragment's have no place of their own. */
  private count(set: SelectionSetNode, path: string | undefined, byName: Map<string, number>): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.count(selection.selectionSet, path, byName);
        continue;
      }
      const key = keyOf(selection);
      byName.set(key, (byName.get(key) ?? 0) + 1);
      const place = path === undefined ? undefined : `${path}/${key}`;
      if (place !== undefined) this.atPath.set(place, (this.atPath.get(place) ?? 0) + 1);
      if (selection.selectionSet) this.count(selection.selectionSet, place, byName);
    }
  }

  private checkPairs(): void {
    let pairs = 0;
    for (const count of this.atPath.values()) pairs += (count * (count - 1)) / 2;
    for (const [name, count] of this.inFragments) {
      pairs += (count * (count - 1)) / 2 + count * (this.inOperations.get(name) ?? 0);
    }
    if (pairs > limits.pairs) throw tooComplex('The document repeats the same field too often.');
  }
}

const beyond = {
  fields: `The document asks for more than ${limits.fields} fields.`,
  aliases: `The document has more than ${limits.aliases} aliases.`,
  directives: `The document has more than ${limits.directives} directives.`,
  depth: `The document is more than ${limits.depth} levels deep.`,
};

function keyOf({ alias, name }: FieldNode): string {
  // GraphQL keeps these names for itself, and some of them mean something else in JavaScript.
  if (alias?.value.startsWith('__'))
    throw badRequest('A field cannot be given a name that begins with two underscores.');
  return alias?.value ?? name.value;
}
