import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { HubFault } from '../gateway.js';
import { type Cell, CellFault } from './cell.js';
import { columnCalled, columns, guess } from './columns.js';
import { commentsHeadings } from './comments-column.js';
import type { Ways } from './read-value.js';

/** How the columns of a file are read; kept beside it, for people to change. */
export interface Mapping extends Ways {
  /** Each heading with the column it is; null where it is left out, "?" where nobody has said yet. */
  columns: Record<string, string | null>;
  /** What holds for every row, by column. */
  always: Record<string, string>;
}

const shape = z.strictObject({
  columns: z.record(z.string(), z.string().nullable()),
  always: z.record(z.string(), z.string()).default({}),
  days: z.enum(['day-first', 'month-first']).optional(),
  thousands: z.enum([',', '.', ' ', "'"]).optional(),
});

export const mappingFileOf = (file: string): string => `${file}.mapping.json`;

/** The mapping that is kept beside a file; null where there is none. */
export function keptMapping(file: string): Mapping | null {
  const path = mappingFileOf(file);
  if (!existsSync(path)) return null;
  const wrong = (what: string): never => {
    throw new HubFault(`${basename(path)} ${what}; correct it, or delete it to have the columns guessed again.`);
  };
  let said: unknown;
  try {
    said = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return wrong('is not JSON');
  }
  const { data, error } = shape.safeParse(said);
  if (!data) return wrong(`is not a mapping (${error.issues[0]!.path.join('.')}: ${error.issues[0]!.message})`);
  for (const name of [...Object.values(data.columns), ...Object.keys(data.always)]) {
    if (name !== null && name !== '?' && !columnCalled(name)) wrong(`names a column "${name}" that does not exist`);
  }
  return data;
}

export function keepMapping(file: string, mapping: Mapping): void {
  const path = mappingFileOf(file);
  writeFileSync(`${path}.part`, `${JSON.stringify(mapping, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

/** What the hub itself adds: the id of a pulled contribution, beside its record, and its comments on a checked file. */
const isOfHub = (heading: string) => heading === 'id' || commentsHeadings.includes(heading);

/** A mapping by what the headings say; "?" beside those that say nothing. */
export function guessMapping(headings: readonly string[]): Mapping {
  const mapping: Mapping = { columns: {}, always: {} };
  for (const heading of headings.filter((each) => each !== '')) {
    const guessed = guess(heading);
    const isTaken = guessed && Object.values(mapping.columns).includes(guessed.column);
    mapping.columns[heading] = guessed && !isTaken ? guessed.column : isOfHub(heading) ? null : '?';
    if (guessed?.currency && !isTaken) mapping.always.currency = guessed.currency;
  }
  // The heading of an amount tells its currency only where no column does.
  if (Object.values(mapping.columns).includes('currency')) delete mapping.always.currency;
  // Said in the mapping, so that a file of another system is not taken for this one.
  if (!Object.values(mapping.columns).includes('system')) mapping.always.system = 'spreadsheet';
  return mapping;
}

/** Each column that is read, with its place in a row or what it always is. */
export type Places = Map<string, { at: number; heading: string } | { always: Cell }>;

const needed = ['record', 'mission', 'kind', 'pooling', 'name'];

/** Where each column stands; throws HubFault with a sentence when headings and mapping do not fit each other. */
export function placesOf(headings: readonly string[], mapping: Mapping, file: string): Places {
  const name = basename(file);
  const beside = basename(mappingFileOf(file));
  const fault = (sentence: string): never => {
    throw new HubFault(sentence);
  };
  const twice = headings.find((heading, at) => heading !== '' && headings.indexOf(heading) !== at);
  if (twice !== undefined) fault(`Two columns of ${name} are called "${twice}"; give each a name of its own.`);
  for (const heading of Object.keys(mapping.columns)) {
    if (!headings.includes(heading))
      fault(`${name} has no column "${heading}" any more, which ${beside} names; correct one of the two.`);
  }
  const places: Places = new Map();
  for (const [column, said] of Object.entries(mapping.always)) {
    places.set(column, { always: checked(column, said, mapping) });
  }
  for (const [at, heading] of headings.entries()) {
    if (heading === '') continue;
    const column = heading in mapping.columns || !commentsHeadings.includes(heading) ? mapping.columns[heading] : null;
    if (column === undefined || column === '?')
      fault(
        `The column "${heading}" of ${name} is not known: say in ${beside} what it is (${columns.map((each) => each.name).join(', ')}), or null to leave it out.`,
      );
    if (typeof column !== 'string') continue;
    const before = places.get(column);
    if (before && 'heading' in before)
      fault(`"${before.heading}" and "${heading}" are both mapped to ${column} in ${beside}; choose one.`);
    places.set(column, { at, heading });
  }
  for (const column of needed) {
    if (!places.has(column))
      fault(
        `No column of ${name} is the ${column}: ${columnCalled(column)!.about}. Name it in ${beside}${
          column === 'record' ? '' : `, or give --set ${column}=... for all rows`
        }.`,
      );
  }
  return places;
}

function checked(column: string, said: string, ways: Ways): Cell {
  const cell: Cell = { kind: 'text', text: said.trim() };
  try {
    columnCalled(column)!.read(cell, ways);
  } catch (fault) {
    if (fault instanceof CellFault)
      throw new HubFault(`What is always the ${column} cannot be taken: ${fault.message}`);
    throw fault;
  }
  return cell;
}
