import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { Arguments, isMeantFor, listed, type Vocabulary } from './arguments-for-tests.js';
import { shapeOf } from './bundles-for-tests.js';
import { fieldsFrom, fieldsIn, type Way, waysFrom } from './reach-for-tests.js';

// Questions over a whole schema, made by walking it. What is asked for by name stands in them as a variable, so that the
// same question can be put with the id of something hidden and with one that nothing has.

/** One root with all that is asked of it. */
export interface Question {
  text: string;
  asKnownAt?: string;
  /** Its error would take the answers to others with it. */
  alone: boolean;
}

const wrappers = /(Connection|Edge)$|^PageInfo$|^Money$/;
/** How many fields a question by chance may have yet, and how deep each type stands in it. */
interface Budget {
  left: number;
  expanded: Map<string, number>;
}

/** Makes the questions about one schema: that of the gateway, or a subgraph's own. */
export class Questioner {
  private readonly roots: GraphQLField<unknown, unknown>[];
  private readonly entities: string[];
  private readonly selections = new Map<string, string>();
  private readonly shapes = new Set<string>();
  private readonly asked = new Set<string>();

  private readonly given: Arguments;

  constructor(
    readonly schema: GraphQLSchema,
    private readonly words: Vocabulary,
    private readonly next: () => number,
  ) {
    this.given = new Arguments(words, next);
    const all = Object.values(schema.getQueryType()!.getFields());
    this.roots = all.filter(({ name }) => !name.startsWith('_'));
    const entity = schema.getType('_Entity');
    this.entities = entity && isAbstractType(entity) ? schema.getPossibleTypes(entity).map(({ name }) => name) : [];
  }

  /** The shortest way to everything: what is meant for each id, and every list. */
  core(): Question[] {
    const found: Question[] = [];
    for (const root of this.roots) {
      const isById = this.byId(root);
      const meant = this.words.ids.filter((id) => isMeantFor(id, getNamedType(root.type).name));
      for (const id of isById ? meant : []) found.push(this.rooted(root, [`id: $${id}_ID`], 2));
      if (!isById) found.push(this.rooted(root, this.given.required(root.args), 1));
    }
    for (const type of this.entities.filter((each) => !this.hasRoot(each)))
      for (const id of this.words.ids.filter((each) => isMeantFor(each, type)))
        found.push({ text: this.entity(type, id, 'Key', 2), alone: false });
    return found;
  }

  /** Every root with every id, every argument with every value, every entity by every key, each with all it leads to. */
  systematic(): Question[] {
    const found: Question[] = [];
    for (const root of this.roots) {
      const isById = this.byId(root);
      for (const args of this.given.variations(root.args)) found.push(this.rooted(root, args, isById ? 2 : 1));
      if (!isById) found.push(this.rooted(root, this.given.required(root.args), 2));
    }
    for (const { text, type } of this.doors()) {
      for (const field of this.fieldsWithArguments(type))
        for (const args of this.given.variations(field.args)) {
          const asked = `${field.name}${listed(args)} ${this.below(field.type, 1)}`;
          found.push({ text: text(asked), alone: false });
        }
    }
    for (const type of this.entities) {
      for (const id of this.words.ids.filter((each) => isMeantFor(each, type) || this.words.hidden.includes(each)))
        for (const kind of ['Key', 'Forged']) found.push({ text: this.entity(type, id, kind, 2), alone: false });
    }
    found.push(...this.farther([...this.core(), ...found]));
    const asKnown = found
      .filter(({ alone }, place) => !alone && place % 3 === 0)
      .map((each, place) => ({ ...each, asKnownAt: this.words.instants[place % this.words.instants.length] }));
    return [...found, ...asKnown];
  }

  /** So many questions by chance: any root or entity, any arguments, any way down. */
  random(count: number): Question[] {
    return Array.from({ length: count }, (): Question => {
      const asKnownAt = this.next() < 0.3 ? this.given.one(this.words.instants) : undefined;
      const place = Math.floor(this.next() * (this.roots.length + this.entities.length));
      const root = this.roots[place];
      const kind = this.next() < 0.5 ? 'Key' : 'Forged';
      if (!root)
        return {
          text: this.entity(this.entities[place - this.roots.length]!, this.given.one(this.words.ids), kind, 0),
          asKnownAt,
          alone: false,
        };
      return { ...this.rooted(root, this.given.someOf(root.args), 0), asKnownAt };
    });
  }

  /** The shortest way to each type that has fields these questions do not ask for. */
  private farther(questions: readonly Question[]): Question[] {
    const missing = new Set(this.fieldsNotIn(questions).map((field) => field.split('.')[0]!));
    const starts: Way[] = [
      ...this.roots.map((root) => {
        const type = getNamedType(root.type);
        const args = this.byId(root) ? [`id: $${this.idFor(type.name)}_ID`] : this.given.required(root.args);
        return { type, way: (below: string) => `${root.name}${listed(args)} ${below}` };
      }),
      ...this.entities.map((name) => ({
        type: this.schema.getType(name)!,
        way: (below: string) =>
          `_entities(representations: [$${this.idFor(name)}_Key_${name}]) { ... on ${name} ${below} }`,
      })),
    ];
    const ways = waysFrom(starts, ({ name, args }) => `${name}${listed(this.given.required(args))}`);
    return [...missing].flatMap((name) => {
      const text = ways.get(name)?.(this.below(this.schema.getType(name), 1));
      return text ? [{ text, alone: false }] : [];
    });
  }

  private idFor(type: string): string {
    return this.words.ids.find((id) => isMeantFor(id, type)) ?? this.words.ids[0]!;
  }

  /** The fields that questions can reach and neither these nor earlier ones ask for. */
  fieldsNotIn(questions: readonly Question[]): string[] {
    const starts = [this.schema.getQueryType()!, ...this.entities.map((name) => this.schema.getType(name)!)];
    const fresh = new Map(questions.map(({ text }) => [shapeOf(text), text]));
    for (const shape of this.shapes) fresh.delete(shape);
    for (const field of fieldsIn(this.schema, fresh.values())) this.asked.add(field);
    for (const shape of fresh.keys()) this.shapes.add(shape);
    return fieldsFrom(this.schema, starts).filter((field) => !this.asked.has(field));
  }

  private rooted(root: GraphQLField<unknown, unknown>, args: string[], depth: number): Question {
    // A cursor that is none of this list ends the whole answer where the list cannot be null.
    const alone = isNonNullType(root.type) && args.some((each) => each.startsWith('after:'));
    return { text: `${root.name}${listed(args)} ${this.below(root.type, depth)}`, alone };
  }

  private entity(type: string, id: string, kind: string, depth: number): string {
    const selection = this.below(this.schema.getType(type)!, depth);
    return `_entities(representations: [$${id}_${kind}_${type}]) { ... on ${type} ${selection} }`;
  }

  private hasRoot(type: string): boolean {
    return this.roots.some((root) => this.byId(root) && getNamedType(root.type).name === type);
  }

  private isEntity({ name }: GraphQLNamedType): boolean {
    return this.entities.includes(name) || this.hasRoot(name);
  }

  private byId(root: GraphQLField<unknown, unknown>): boolean {
    return root.args.length === 1 && root.args[0]!.name === 'id';
  }

  /** How an object of each type that has fields with arguments is reached by its id. */
  private doors(): { type: GraphQLObjectType; text: (asked: string) => string }[] {
    const byRoot = this.roots
      .filter((root) => this.byId(root))
      .flatMap((root) =>
        this.words.ids.map((id) => ({
          type: getNamedType(root.type) as GraphQLObjectType,
          id,
          text: (asked: string) => `${root.name}(id: $${id}_ID) { ${asked} }`,
        })),
      );
    const byKey = this.entities.flatMap((name) =>
      this.words.ids.map((id) => ({
        type: this.schema.getType(name) as GraphQLObjectType,
        id,
        text: (asked: string) => `_entities(representations: [$${id}_Key_${name}]) { ... on ${name} { ${asked} } }`,
      })),
    );
    // An id of another kind opens nothing: each type with those that are meant for it.
    return [...byRoot, ...byKey].filter(({ type, id }) => isMeantFor(id, type.name));
  }

  private fieldsWithArguments(type: GraphQLObjectType) {
    return Object.values(type.getFields()).filter(({ args }) => args.length > 0);
  }

  /** All fields of a type and of what it leads to; so deep, or by chance (0). */
  below(type: unknown, depth: number): string {
    const named: GraphQLNamedType = getNamedType(type as GraphQLOutputType);
    if (!isCompositeType(named)) return '';
    if (depth === 0)
      return this.selected(named, 4, [], true, { left: 20 + Math.floor(this.next() * 100), expanded: new Map() });
    const key = `${named.name} ${depth}`;
    const known =
      this.selections.get(key) ??
      this.selected(named, depth, [], false, { left: Number.POSITIVE_INFINITY, expanded: new Map() });
    this.selections.set(key, known);
    return known;
  }

  private selected(type: GraphQLNamedType, depth: number, path: string[], byChance: boolean, budget: Budget): string {
    if (isAbstractType(type)) {
      const parts = this.schema.getPossibleTypes(type);
      return `{ __typename ${parts.map((each) => `... on ${each.name} ${this.selected(each, depth, path, byChance, budget)}`).join(' ')} }`;
    }
    const fields: string[] = [];
    for (const field of isObjectType(type) ? Object.values(type.getFields()) : []) {
      const inner = getNamedType(field.type);
      if (!isCompositeType(inner)) {
        fields.push(`${field.name}${listed(this.given.required(field.args))}`);
        budget.left -= 1;
        continue;
      }
      const isWrapper = wrappers.test(inner.name);
      if (byChance && !isWrapper && this.next() < 0.4) continue;
      const onPath = path.filter((name) => name === inner.name).length;
      const goesOn = (isWrapper || depth > 0) && budget.left > 0 && onPath < (byChance ? 2 : 1);
      if (!goesOn) continue;
      // An entity that stands in this question already, as deep as here, is asked for here by its plain fields alone.
      const isRepeated = !byChance && this.isEntity(inner) && (budget.expanded.get(inner.name) ?? -1) >= depth;
      budget.expanded.set(inner.name, Math.max(depth, budget.expanded.get(inner.name) ?? -1));
      const others = field.args.filter(({ name }) => name !== 'first' && name !== 'after');
      const page = field.args.some(({ name }) => name === 'first') ? ['first: 3'] : [];
      const given = [...page, ...(byChance ? this.given.someOf(others) : this.given.required(others))];
      const below = this.selected(
        inner,
        isRepeated ? 0 : isWrapper ? depth : depth - 1,
        [...path, inner.name],
        byChance,
        budget,
      );
      fields.push(`${field.name}${listed(given)} ${below}`);
    }
    return `{ ${fields.join(' ') || '__typename'} }`;
  }
}
