import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

// What arguments are given in questions, written as in a document; what is asked for by name is a variable.

/** Which names to ask with. */
export interface Vocabulary {
  ids: string[];
  /** Those of them that are of hidden things. */
  hidden: string[];
  texts: string[];
  /** Of which names cursors are forged, and cursors that other answers had. */
  cursors: string[];
  instants: string[];
}

const plain: Record<string, string[]> = {
  Int: ['1', '2'],
  Boolean: ['true', 'false'],
  FinancialYear: ['"2026-27"', '"2025-26"'],
  Date: ['"2020-01-01"', '"2026-10-01"', '"2099-01-01"'],
  DateTime: ['"2020-01-01T00:00:00Z"', '"2099-01-01T00:00:00Z"'],
  Decimal: ['"1"'],
  CurrencyCode: ['"GBP"'],
};

/** Numbers from 0 to 1, the same ones for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes the arguments of fields. */
export class Arguments {
  constructor(
    private readonly words: Vocabulary,
    private readonly next: () => number,
  ) {}

  required(args: readonly GraphQLArgument[]): string[] {
    return args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${this.values(arg)[0]}`);
  }

  /** The arguments one at a time with each of their values, the required ones always there. */
  variations(args: readonly GraphQLArgument[]): string[][] {
    return args.flatMap((arg) => {
      const others = this.required(args.filter((each) => each !== arg));
      return this.values(arg).map((value) => [...others, `${arg.name}: ${value}`]);
    });
  }

  someOf(args: readonly GraphQLArgument[]): string[] {
    const given = args.filter((arg) => isRequiredArgument(arg) || this.next() < 0.5);
    return given.map((arg) => `${arg.name}: ${this.chosen(arg.type, arg.name)}`);
  }

  private chosen(type: GraphQLInputType, name: string): string {
    const named = getNamedType(type);
    if (!isInputObjectType(named)) return this.one(this.values({ type, name }));
    const fields = Object.values(named.getFields()).filter(
      (each) => isNonNullType(each.type) || this.next() < 2 / Object.keys(named.getFields()).length,
    );
    return asIn(type, `{${fields.map((each) => `${each.name}: ${this.chosen(each.type, each.name)}`).join(', ')}}`);
  }

  /** What an argument or a field of an input can be asked with. */
  private values({ type, name }: { type: GraphQLInputType; name: string }): string[] {
    return this.single(getNamedType(type), name).map((value) => asIn(type, value));
  }

  private single(named: GraphQLNamedInputType, name: string): string[] {
    if (name === 'first') return ['1', '2', '100'];
    if (name === 'after') return this.words.cursors.map((each) => `$${each}_Cursor`);
    if (isEnumType(named)) return named.getValues().map((value) => value.name);
    if (isInputObjectType(named))
      return Object.values(named.getFields()).flatMap((each) => {
        const others = Object.values(named.getFields()).filter(
          (other) => other !== each && isRequiredInputField(other),
        );
        const needed = others.map((other) => `${other.name}: ${this.values(other)[0]}`);
        return this.values(each).map((value) => `{${[...needed, `${each.name}: ${value}`].join(', ')}}`);
      });
    if (named.name === 'ID') {
      const meant = this.words.ids.filter((each) => isMeantFor(each, name === 'contributor' ? 'organisation' : name));
      return (meant.length > 0 ? [...meant, this.words.hidden[0]!] : this.words.ids).map((each) => `$${each}_ID`);
    }
    if (named.name === 'String') return [...this.words.texts.map((each) => `$${each}_String`), '"P01"'];
    const known = plain[named.name];
    if (!known) throw new Error(`Say what to ask a ${named.name} with.`);
    return known;
  }

  one<Each>(some: readonly Each[]): Each {
    return some[Math.floor(this.next() * some.length)]!;
  }
}

/** A variable of one thing may not stand where a list is expected, as a literal may. */
const asIn = (type: GraphQLInputType, value: string) => (isListType(getNullableType(type)) ? `[${value}]` : value);

export const listed = (args: string[]): string => (args.length > 0 ? `(${args.join(', ')})` : '');
/** Whether a name is that of something of a type. */
export const isMeantFor = (name: string, type: string): boolean => name.toLowerCase().includes(type.toLowerCase());
