import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readSheet } from 'read-excel-file/universal';
import { HubFault } from '../gateway.js';
import { type Cell, emptyCell, type Table, type TableRow } from './cell.js';
import { mostMegabytes } from './read-csv.js';
import { archiveOf, unzipped, ZipFault, type ZipMember } from './zip.js';

const mostBytes = 20 * 1024 * 1024;
const mostMerged = 1_000_000;
const mostCells = 5_000_000;
const mostRows = 1_048_576;
export const mostUnpacked = 100 * 1024 * 1024;
const isRead = (member: string) => /\.(xml|rels)$/.test(member);

/** A number as the workbook has it, so that text and number stay apart and no digit is lost. */
class Figure {
  constructor(readonly text: string) {}
}

type Read = string | Figure | boolean | Date | null;

/** A workbook, of which the first sheet is what is published. */
export interface Workbook {
  table: Table;
  /** The name of that sheet's part of the file. */
  sheet: string;
}

/** The first sheet of a workbook as a table. Throws HubFault with a sentence for what is none. */
export async function workbook(file: string): Promise<Workbook> {
  const name = basename(file);
  const { size } = await stat(file);
  if (size === 0) throw new HubFault(`${name} is empty.`);
  const advice = `save it as CSV, of which ${mostMegabytes} MB are taken at a time`;
  if (size > mostBytes) {
    const megabytes = Math.ceil(size / 1024 / 1024);
    throw new HubFault(`${name} has ${megabytes} MB; a workbook may have ${mostBytes / 1024 / 1024} MB: ${advice}.`);
  }
  const bytes = await readFile(file);
  if (bytes.readUInt32BE(0) === 0xd0cf11e0)
    throw new HubFault(`${name} is an old or protected workbook; save it as .xlsx without a password.`);
  if (bytes.toString('latin1', 0, 2) !== 'PK')
    throw new HubFault(`${name} is no workbook, whatever its name says; if it is text, name it .csv.`);
  try {
    const members = unzipped(bytes, isRead, mostUnpacked);
    return await readFirst(members, name);
  } catch (fault) {
    if (fault instanceof ZipFault) throw new HubFault(`${name} ${fault.message}.`, { cause: fault });
    if (fault instanceof HubFault) throw fault;
    throw new HubFault(`${name} is damaged or no workbook.`, { cause: fault });
  }
}

async function readFirst(members: readonly ZipMember[], name: string): Promise<Workbook> {
  const sheet = firstSheet(members);
  const xml = sheet.bytes.toString('utf8');
  expectCompact(xml);
  // Who reads the sheet unpacks whatever an archive holds, pictures too: it gets one of what has been unpacked here.
  const archive = new Uint8Array(archiveOf(members)).buffer;
  const options = { parseNumber: (text: string) => new Figure(text), trim: true };
  const read = (await readSheet(archive, 1, options)) as unknown as Read[][];
  const [first, ...below] = read.map((row) => row.map(cellOf));
  const headings = first?.map(({ text }) => text.trim()) ?? [];
  if (!headings.some((heading) => heading !== '')) {
    throw new HubFault(`The first row of the first sheet of ${name} has no headings.`);
  }
  const faults = faultsIn(xml);
  for (const place of faults.keys()) {
    if (place.startsWith('1:'))
      throw new HubFault(`The headings of ${name} hold merged cells or formulas; write plain headings.`);
  }
  const rows = below.map((cells, index): TableRow => {
    const row = index + 2;
    const whole = headings.map((_, at) => {
      const cell = cells[at] ?? emptyCell;
      const fault = faults.get(`${row}:${at}`);
      return fault ? { ...cell, fault } : cell;
    });
    return { row, cells: whole };
  });
  const filled = rows.filter(({ cells }) => cells.some(({ text, fault }) => text !== '' || fault));
  return { sheet: sheet.name, table: { kind: 'xlsx', headings, rows: () => each(filled) } };
}

async function* each<Thing>(things: readonly Thing[]): AsyncGenerator<Thing> {
  yield* things;
}

function cellOf(value: Read): Cell {
  if (value === null || value === undefined) return emptyCell;
  if (value instanceof Figure) return { kind: 'number', text: value.text };
  if (typeof value === 'boolean') return { kind: 'flag', text: String(value).toUpperCase() };
  // A moment of a day is the day: spreadsheets keep both in one number, without an offset.
  if (typeof value === 'object') return { kind: 'date', text: dayOf(value) };
  return { kind: 'text', text: value.trim() };
}

const dayOf = (date: Date) => (Number.isNaN(date.getTime()) ? '0000-00-00' : date.toISOString().slice(0, 10));

/** The sheet that stands first in the workbook. */
function firstSheet(members: readonly ZipMember[]): ZipMember {
  const part = (name: string) => members.find((member) => member.name === name);
  const xml = (name: string) => part(name)?.bytes.toString('utf8') ?? '';
  const id = /<(?:\w+:)?sheet\s[^>]*?\br:id="([^"]+)"/.exec(xml('xl/workbook.xml'))?.[1];
  const relations = xml('xl/_rels/workbook.xml.rels').match(/<(?:\w+:)?Relationship\s[^>]*>/g) ?? [];
  const relation = relations.find((each) => each.includes(`Id="${id}"`));
  const target = /Target="([^"]+)"/.exec(relation ?? '')?.[1] ?? '';
  const sheet = part(target.startsWith('/') ? target.slice(1) : `xl/${target}`);
  if (!sheet || sheet.bytes.length === 0) throw new ZipFault('is damaged or no workbook');
  return sheet;
}

/** Refuses a sheet that a cell or two far from its table make too large: all between them would be read as blank cells. */
function expectCompact(sheet: string): void {
  let lowest = { cell: 'A1', row: 1, at: 0 };
  let rightmost = lowest;
  for (const [, cell] of sheet.matchAll(/<(?:\w+:)?c\s(?=[^>]*?\br="([A-Z]+\d+)")[^>]*(?<!\/)>/g)) {
    const place = { cell: cell!, ...placeOf(cell!) };
    if (place.row > lowest.row) lowest = place;
    if (place.at > rightmost.at) rightmost = place;
  }
  const ends = [...new Set([lowest.cell, rightmost.cell])].join(' and to ');
  if (lowest.row * (rightmost.at + 1) > mostCells)
    throw new ZipFault(`reaches to ${ends}; delete what stands far from its table, be it only a space`);
  for (const [, row] of sheet.matchAll(/<(?:\w+:)?row\s[^>]*?\br="(\d+)"/g))
    if (Number(row) > mostRows) throw new ZipFault('is damaged or no workbook');
}

/** What a reader of values does not see: formulas, errors, and cells that are one with others. By row (from 1) and place (from 0). */
function faultsIn(sheet: string): Map<string, string> {
  const faults = new Map<string, string>();
  for (const [, cell] of sheet.matchAll(/<(?:\w+:)?c\s[^>]*?\br="([A-Z]+\d+)"[^>]*>\s*<(?:\w+:)?f[\s>/]/g)) {
    const { row, at } = placeOf(cell!);
    faults.set(`${row}:${at}`, `${cell} holds a formula; paste its value.`);
  }
  for (const [, cell] of sheet.matchAll(/<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+\d+)"/g)) {
    const { row, at } = placeOf(cell!);
    faults.set(`${row}:${at}`, `${cell} shows an error of the spreadsheet; correct it.`);
  }
  let merged = 0;
  for (const [, area] of sheet.matchAll(/<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]+\d+:[A-Z]+\d+)"/g)) {
    const [from, to] = area!.split(':').map(placeOf) as [Place, Place];
    merged += (to.row - from.row + 1) * (to.at - from.at + 1);
    if (merged > mostMerged) throw new ZipFault(`merges a million cells (${area}); split them`);
    for (let row = from.row; row <= to.row; row++) {
      for (let at = from.at; at <= to.at; at++) {
        faults.set(`${row}:${at}`, `${area} is merged into one cell; split it and fill in each row.`);
      }
    }
  }
  return faults;
}

/** A cell by its row (from 1) and its place in it (from 0). */
export interface Place {
  row: number;
  at: number;
}

export function placeOf(cell: string): Place {
  const [, letters, row] = /^([A-Z]+)(\d+)$/.exec(cell)!;
  const at = [...letters!].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { row: Number(row), at };
}
