import DataLoader from 'dataloader';
import type { Context } from './context.js';

/** Reads many keys of one kind at once. Declared once per noun; each request has its own cache of it. */
export interface Loader<Key, Value> {
  /** Answers in the order of the keys; null where there is nothing, an error where it could not be read. */
  batch(keys: readonly Key[], context: Context): Promise<(Value | null | Error)[]>;
  /** Tells equal keys apart from different ones when they are objects. */
  cacheKey?(key: Key): string;
}

export type Loaders = Map<object, DataLoader<unknown, unknown, unknown>>;

export function load<Key, Value>(loaders: Loaders, loader: Loader<Key, Value>, key: Key, context: Context) {
  let dataLoader = loaders.get(loader) as DataLoader<Key, Value | null, unknown> | undefined;
  if (!dataLoader) {
    dataLoader = new DataLoader<Key, Value | null, unknown>((keys) => loader.batch(keys, context), {
      cacheKeyFn: loader.cacheKey,
    });
    loaders.set(loader, dataLoader as DataLoader<unknown, unknown, unknown>);
  }
  return dataLoader.load(key);
}

/** Finds a table's nouns by their ids, as known at the request's instant. */
export const nounsById = <Noun extends { id: string }>(
  noun: new (...args: never[]) => Noun,
  table: string,
): Loader<string, Noun> => ({
  async batch(ids, context) {
    const found = await context.nouns(noun, `select * from ${context.known(table)} where id = any(?)`, [ids]);
    return inOrder(ids, found, (each) => each.id);
  },
});

export interface Children<Noun> {
  table: string;
  parent: (noun: Noun) => string;
  /** The column of the parent's id. */
  column: string;
  orderBy: string;
  where?: string;
}

/** Finds each parent's short list in a table, in one statement for all parents, as known at the request's instant. */
export const nounsByParent = <Noun extends object>(
  noun: new (...args: never[]) => Noun,
  list: Children<Noun>,
): Loader<string, Noun[]> => ({
  async batch(ids, context) {
    const where = list.where ? `and ${list.where}` : '';
    const sql = `select * from ${context.known(list.table)} where ${list.column} = any(?) ${where} order by ${list.orderBy}`;
    return grouped(ids, await context.nouns(noun, sql, [ids]), list.parent);
  },
});

/** Puts rows into the order of the keys, null where a key has none. */
export function inOrder<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (Row | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}

/** Gathers rows under their key, in the order of the keys and of the rows; an empty list where a key has none. */
export function grouped<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const byKey = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = byKey.get(key);
    if (group) group.push(row);
    else byKey.set(key, [row]);
  }
  return keys.map((key) => byKey.get(key) ?? []);
}
