import type { Client } from 'pg';

/** A table of which an organisation's rows move with it. */
export interface MovingTable {
  name: string;
  /** The columns that are copied: not those that the database makes by itself. */
  columns: string[];
  /** What rows are read in the order of, and known again by. */
  key: string[];
  /** `where` of the organisation's rows; the organisation is $1. */
  mine: string;
  /** Whether a row may change after it was written, so that a later copy of it counts. */
  changes: boolean;
  /**
   * Where rows are numbered by the database itself, the number is another one elsewhere: rows of one contribution are
   * then known again by their place, and only added to.
   */
  numbered: boolean;
  /** How many rows go in one piece: fewer where one may hold a whole batch. */
  atOnce: number;
}

const [many, few] = [2_000, 500];

/** The totals go with the organisation, in the moment it moves: they are kept by triggers on the rows. */
export const totalTables = ['contribution_total', 'contribution_count'];

/** What every store has whole, with what tells whether it has the rows of one thing already. */
export const sharedTables = [
  { name: 'measure_figure', by: 'observation_id' },
  { name: 'succession', by: 'contributor_id' },
];
const isShared = (name: string) => sharedTables.some((table) => table.name === name);

const asked = `
  select c.relname as name,
    (select json_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
      and not a.attisdropped and a.attgenerated = '' and a.attidentity = '') as columns,
    (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)) from pg_index i
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) where i.indrelid = c.oid and i.indisprimary) as key,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '') as numbered,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'contribution_id') as of_contribution,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.atttypid = 'jsonb'::regtype) as has_json,
    (select json_agg(pg_get_constraintdef(k.oid)) from pg_constraint k where k.conrelid = c.oid and k.contype = 'c') as checks
  from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'contributor_id' and not a.attisdropped)
  order by c.relname`;

interface Found {
  name: string;
  columns: string[];
  key: string[];
  numbered: boolean;
  of_contribution: boolean;
  has_json: boolean;
  checks: string[] | null;
}

/** Every table that says whose a row is, as the database itself lists them, with the deeds and the events taken in. */
export async function movingTables(client: Client, changing: ReadonlySet<string>): Promise<MovingTable[]> {
  const { rows } = await client.query<Found>(asked);
  const owned = rows
    .filter(({ name }) => !totalTables.includes(name) && !isShared(name))
    .map(({ name, columns, key, numbered, of_contribution, has_json, checks }): MovingTable => {
      const first = of_contribution ? 'contribution_id' : key[0]!;
      // Where ids begin with the organisation its rows lie side by side in the index.
      const begins = (checks ?? []).some((check) => check.includes(`starts_with(${first}, (contributor_id`));
      const range = begins ? `${first} > $1 || ':' and ${first} < $1 || ';' and ` : '';
      return {
        ...{ name, columns, numbered, changes: changing.has(name), key: [...new Set([first, ...key])] },
        ...{ mine: `${range}contributor_id = $1`, atOnce: has_json ? few : many },
      };
    });
  return [...owned, deeds, events];
}

/** Its own deeds, and those of the central unit that answered with a contribution of it. */
const deeds: MovingTable = {
  name: 'deed',
  columns: ['subject', 'key', 'organisation', 'name', 'fingerprint', 'answer', 'done_at'],
  key: ['subject', 'key'],
  mine: `(organisation = $1 or answer::text like '%"' || $1 || ':%')`,
  changes: false,
  numbered: false,
  atOnce: few,
};

/** The events of which its part has been taken in. */
const events: MovingTable = {
  name: 'received_event',
  columns: ['id', 'type', 'received_at'],
  key: ['id'],
  mine: `id like '% ' || $1`,
  changes: false,
  numbered: false,
  atOnce: many,
};

/** The deeds that no other organisation has a part in: in the old place they would be doubles. */
export const onlyMine = `(organisation = $1 or (jsonb_typeof(answer) = 'string' and answer #>> '{}' like $1 || ':%'))`;
