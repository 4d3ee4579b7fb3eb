import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { HubFault } from '../gateway.js';
import { type Cell, emptyCell, type Table, type TableRow } from './cell.js';

export const mostMegabytes = 200;
const mostBytesInRow = 1024 * 1024;
const separators = [',', ';', '\t'];

/** A CSV file, read row by row as often as is asked. */
export async function csvTable(file: string): Promise<Table> {
  const name = basename(file);
  const { size } = await stat(file);
  if (size === 0) throw new HubFault(`${name} is empty.`);
  const megabytes = Math.ceil(size / 1024 / 1024);
  if (megabytes > mostMegabytes)
    throw new HubFault(`${name} has ${megabytes} MB; publish at most ${mostMegabytes} MB at a time.`);
  const separator = separatorIn(await beginningOf(file, name));
  let headings: string[] | undefined;
  for await (const cells of textRows(file, name, separator)) {
    headings = cells.map((cell) => cell.trim());
    break;
  }
  if (!headings?.some((heading) => heading !== '')) throw new HubFault(`The first row of ${name} has no headings.`);
  const { length } = headings;
  return {
    ...{ kind: 'csv', headings },
    async *rows() {
      let row = 0;
      for await (const texts of textRows(file, name, separator)) {
        row++;
        if (row > 1 && texts.some((each) => each.trim() !== '')) yield rowOf(row, texts, length);
      }
    },
  };
}

function rowOf(row: number, texts: string[], width: number): TableRow {
  const cells = texts.map(cellOf);
  while (cells.length < width) cells.push(emptyCell);
  const beyond = cells.slice(width).find(({ text }) => text !== '');
  // Shifted cells would be read as another column.
  const fault = `The row has ${texts.length} cells under ${width} headings; is a separator not in quotes?`;
  return beyond ? { row, cells, fault } : { row, cells };
}

function cellOf(written: string): Cell {
  const text = written.trim();
  // What an export of the hub wrote after an apostrophe, so that no spreadsheet runs it, is read without.
  if (/^'[=+\-@]/.test(text)) return { kind: 'text', text: text.slice(1) };
  if (text.startsWith('=')) return { kind: 'text', text, fault: 'This is a formula; write its value.' };
  return { kind: 'text', text };
}

async function beginningOf(file: string, name: string): Promise<Buffer> {
  const handle = await open(file);
  const begin = Buffer.alloc(65_536);
  const { bytesRead } = await handle.read(begin, 0, begin.length, 0);
  await handle.close();
  if (begin.toString('latin1', 0, 4) === 'PK\u0003\u0004')
    throw new HubFault(`${name} is no CSV file but a workbook or an archive; a workbook is named .xlsx.`);
  return begin.subarray(0, bytesRead);
}

function separatorIn(begin: Buffer): string {
  const [line = ''] = begin
    .toString('utf8')
    .replaceAll(/"[^"]*"/g, '')
    .split(/\r?\n/);
  const counts = separators.map((each) => line.split(each).length);
  return separators[counts.indexOf(Math.max(...counts))]!;
}

/** The file as text; a byte that is not UTF-8 ends it with a sentence. */
async function* texts(file: string, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 1;
  const decoded = (bytes?: Buffer) => {
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new HubFault(`${name} is not UTF-8 (in or after line ${lines}); save it as "CSV UTF-8".`);
    }
    if (text.includes('\0')) throw new HubFault(`${name} is no CSV file: it holds bytes that no text has.`);
    lines += text.split('\n').length - 1;
    return text;
  };
  for await (const bytes of createReadStream(file)) yield decoded(bytes as Buffer);
  yield decoded();
}

async function* textRows(file: string, name: string, delimiter: string): AsyncGenerator<string[]> {
  const options = { delimiter, relax_column_count: true, max_record_size: mostBytesInRow, skip_empty_lines: false };
  // A fault of the texts destroys the parser with it, and who stops reading stops the texts.
  const parser = pipeline(Readable.from(texts(file, name)), parse(options), () => undefined);
  try {
    for await (const record of parser) yield record as string[];
  } catch (fault) {
    if (!(fault instanceof CsvError)) throw fault;
    const { code, lines } = fault as CsvError & { lines?: number };
    const what = code === 'CSV_MAX_RECORD_SIZE' ? 'is longer than 1 MB' : 'has quotes that do not fit together';
    throw new HubFault(`Line ${lines ?? '?'} of ${name} ${what}.`);
  }
}
