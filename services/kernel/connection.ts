import { ArgsType, type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql';
import type { Context } from './context.js';
import type { Row } from './database.js';
import { grouped, type Loader } from './loader.js';
import { nounOfRow } from './noun-of-row.js';
import { BadUserInput } from './refusal.js';

const largestPage = 100;

@Directive('@shareable')
@ObjectType({ description: 'Where a page ends and whether there is more (Relay).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether this page began after a cursor.' })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first node; null when the page is empty.' })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last node, for `after`; null when the page is empty.',
  })
  endCursor: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many, 1 to 100.' })
  first: number;

  @Field(() => String, { nullable: true, description: 'Start after this cursor; it is opaque and stable.' })
  after?: string | null;
}

export interface Edge<Node> {
  node: Node;
  cursor: string;
}

/** One page of a list that can grow. Cursors are written, and `count` runs, only when somebody asks for them. */
export class Page<Node> {
  constructor(
    readonly nodes: Node[],
    private readonly cursorAt: (place: number) => string,
    readonly pageInfo: PageInfo,
    private readonly count: () => Promise<number | null>,
  ) {}

  get edges(): Edge<Node>[] {
    return this.nodes.map((node, place) => ({ node, cursor: this.cursorAt(place) }));
  }

  totalCount(): Promise<number | null> {
    return this.count();
  }
}

/** The Relay connection type of a noun: `MissionConnection` with `MissionEdge`. Extend it to add fields. */
export function connectionOf<Node extends object>(noun: ClassType<Node>) {
  @ObjectType(`${noun.name}Edge`, { description: `One ${noun.name} in a list, with its cursor.` })
  class NounEdge {
    @Field(() => noun, { description: 'The thing itself.' })
    node: Node;

    @Field(() => String, { description: 'Opaque position of this node, for `after`.' })
    cursor: string;
  }

  @ObjectType({ description: `A page of ${noun.name} in a stable order.` })
  abstract class NounConnection extends Page<Node> {
    @Field(() => [NounEdge], { name: 'edges', description: 'The nodes with their cursors.' })
    override get edges(): NounEdge[] {
      return super.edges;
    }

    @Field(() => [noun], { description: 'The nodes of this page.' })
    declare readonly nodes: Node[];

    @Field(() => PageInfo, { description: 'Where this page ends.' })
    declare readonly pageInfo: PageInfo;

    @Field(() => Int, {
      nullable: true,
      description: 'How many there are in all; null where counting would cost too much.',
    })
    override totalCount(): Promise<number | null> {
      return super.totalCount();
    }
  }
  return NounConnection;
}

export interface Listing {
  /** `select ... from ... where ...` of one list; may use `parent.id`. Must select the order columns by their names. */
  sql: string;
  params?: unknown[];
  /** Column names with a unique tie-break last; all ascending, or all descending. */
  orderBy: string[];
  descending?: boolean;
}

/**
 * The same page of several parents' lists in one SQL statement, in the order of the parents. A list without a parent
 * is asked with the single parent ''. Throws BadUserInput for a page size or cursor that is not valid.
 */
export async function readPages<Found extends Row>(
  context: Context,
  parents: readonly string[],
  { first, after }: PageArgs,
  list: Listing,
): Promise<Slice<Found>[]> {
  if (first < 1 || first > largestPage)
    throw new BadUserInput(`"first" is ${first}; it must be from 1 to ${largestPage}.`);
  const keys = after ? readCursor(after, list.orderBy.length) : [];
  const direction = list.descending ? 'desc' : 'asc';
  const order = (prefix: string) => list.orderBy.map((column) => `${prefix}${column} ${direction}`).join(', ');
  const beyond = `(${list.orderBy.join(', ')}) ${list.descending ? '<' : '>'} (${keys.map(() => '?').join(', ')})`;
  const rows = await context.rows<Found & { parent_id: string }>(
    `select parent.id as parent_id, listed.* from unnest(?::text[]) with ordinality as parent(id, place)
     cross join lateral (
       select * from (${list.sql}) as list ${keys.length > 0 ? `where ${beyond}` : ''} order by ${order('')} limit ${first + 1}
     ) as listed order by parent.place, ${order('listed.')}`,
    [parents, ...(list.params ?? []), ...keys],
  );
  return grouped(parents, rows, (row) => row.parent_id).map((found) =>
    sliceOf(found, first, Boolean(after), list.orderBy),
  );
}

/** The same, with each row made into an object of a class that is a table; `count` is asked only for totalCount. */
export async function readNounPages<Node extends object>(
  context: Context,
  noun: new (...args: never[]) => Node,
  parents: readonly string[],
  args: PageArgs,
  list: Listing & { count?: (parent: string) => Promise<number | null> },
): Promise<Page<Node>[]> {
  const slices = await readPages<Row>(context, parents, args, list);
  return slices.map((slice, place) => {
    const count = () => list.count?.(parents[place]!) ?? Promise.resolve(null);
    return pageOf(slice, nounOfRow(context.orm.em, noun), count);
  });
}

/** Finds pages of children for many parents: one statement for all that ask for the same page. */
export const nounPagesByParent = <Node extends object>(
  noun: new (...args: never[]) => Node,
  list: (context: Context) => Listing,
): Loader<{ parent: string; args: PageArgs }, Page<Node>> => ({
  cacheKey: ({ parent, args }) => parent + pageKey(args),
  async batch(keys, context) {
    const pages = new Map<string, Page<Node>>();
    const alike = grouped([...new Set(keys.map(({ args }) => pageKey(args)))], keys, ({ args }) => pageKey(args));
    for (const group of alike) {
      const parents = group.map(({ parent }) => parent);
      const found = await readNounPages(context, noun, parents, group[0]!.args, list(context));
      for (const [place, page] of found.entries()) pages.set(parents[place]! + pageKey(group[0]!.args), page);
    }
    return keys.map(({ parent, args }) => pages.get(parent + pageKey(args)) ?? null);
  },
});

const pageKey = ({ first, after }: PageArgs) => JSON.stringify([first, after ?? null]);

/** A page before its rows have become nouns. */
export interface Slice<Found> {
  rows: Found[];
  cursorAt(place: number): string;
  pageInfo: PageInfo;
}

function sliceOf<Found extends Row>(
  found: Found[],
  first: number,
  hasPreviousPage: boolean,
  orderBy: string[],
): Slice<Found> {
  const rows = found.slice(0, first);
  const cursorAt = (place: number) => writeCursor(orderBy.map((column) => rows[place]![column]));
  const isEmpty = rows.length === 0;
  const pageInfo = {
    hasNextPage: found.length > first,
    hasPreviousPage,
    startCursor: isEmpty ? null : cursorAt(0),
    endCursor: isEmpty ? null : cursorAt(rows.length - 1),
  };
  return { rows, cursorAt, pageInfo };
}

export function pageOf<Found, Node>(
  slice: Slice<Found>,
  toNode: (row: Found) => Node,
  count: () => Promise<number | null>,
): Page<Node> {
  return new Page(slice.rows.map(toNode), slice.cursorAt, slice.pageInfo, count);
}

const writeCursor = (keys: unknown[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');

function readCursor(cursor: string, length: number): string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const valid =
      Array.isArray(keys) &&
      keys.length === length &&
      keys.every((key) => typeof key === 'string' || typeof key === 'number');
    if (valid) return keys.map(String);
  } catch {
    // Falls through to the same answer: whatever is wrong with it, it is not ours.
  }
  throw new BadUserInput('This cursor was not made by this list; start again without "after".');
}
