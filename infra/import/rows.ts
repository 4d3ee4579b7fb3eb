import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { Cells, RowRefused } from './read-cells.js';
import { checkedText, DamagedFile } from './read-text.js';

/** A row that could not be interpreted, and why. */
export interface RefusedRow {
  /** The physical line on which the row begins; the header is line 1. */
  row: number;
  column: string | null;
  /** A plain sentence. */
  reason: string;
  /** What stands there, cut at 80 characters. */
  value?: string;
}

/** What a reader found in a file: every row is either read or refused. */
export interface Read<Row> {
  rows: Row[];
  refused: RefusedRow[];
  rowCount: number;
}

/** What a published format looks like. A column that is in neither list stops the import, so that drift is noticed. */
export interface Layout {
  format: string;
  required: readonly string[];
  /** Columns that some vintages of the format have. */
  optional?: readonly string[];
  /** Tab separated formats have no quotes. */
  delimiter?: ',' | '\t';
}

/**
 * Reads a table in one pass. A damaged file throws one DamagedFile with one sentence and yields nothing at all;
 * a row that `interpret` refuses is listed and the others are read.
 */
export async function readTable<Row>(
  path: string,
  layout: Layout,
  interpret: (cells: Cells) => Row,
): Promise<Read<Row>> {
  const table = new Table(path, layout, interpret);
  // The parser's own count of lines counts a line break inside quotes twice where it is CR LF.
  let next = 1;
  const placed = (parsed: unknown) => {
    const { raw, record } = parsed as { raw: string; record: string[] };
    const line = next;
    next += raw.match(/\r\n|\r|\n/g)?.length ?? 0;
    return { line, record };
  };
  const parser = parse({
    bom: true,
    delimiter: layout.delimiter ?? ',',
    max_record_size: 1_000_000,
    on_record: placed as () => never,
    quote: layout.delimiter === '\t' ? null : '"',
    raw: true,
    relax_column_count: true,
  });
  try {
    await pipeline(
      createReadStream(path),
      (source: AsyncIterable<Buffer>) => checkedText(path, source),
      parser,
      async (source: AsyncIterable<ReturnType<typeof placed>>) => {
        for await (const { line, record } of source) table.take(line, record);
      },
    );
  } catch (error) {
    throw explained(error, path, next);
  }
  return table.finished();
}

/** A table while it is read. */
class Table<Row> {
  private readonly read: Read<Row> = { rows: [], refused: [], rowCount: 0 };
  private header: string[] | null = null;
  /** What to say if the row just taken should turn out to be the last one. */
  private cutOff: string | null = null;

  constructor(
    private readonly path: string,
    private readonly layout: Layout,
    private readonly interpret: (cells: Cells) => Row,
  ) {}

  take(line: number, record: string[]): void {
    if (record.length === 1 && record[0]?.trim() === '') return;
    if (this.header) this.takeRow(line, record, this.header);
    else this.header = checkedHeader(this.path, this.layout, record);
  }

  finished(): Read<Row> {
    if (this.cutOff) throw new DamagedFile(this.cutOff);
    if (!this.header) throw new DamagedFile(`${this.path} is empty: get the whole file again.`);
    if (this.read.rowCount === 0) {
      throw new DamagedFile(`${this.path} has a header but no rows: get the whole file again.`);
    }
    return this.read;
  }

  private takeRow(line: number, record: string[], header: string[]): void {
    const counts = `${record.length} of ${header.length} cells`;
    this.cutOff =
      record.length < header.length
        ? `${this.path}, line ${line}: the last row has ${counts}: the file is cut off, get the whole file again.`
        : null;
    this.read.rowCount += 1;
    try {
      if (record.length !== header.length)
        throw new RowRefused(null, `The row has ${record.length} cells where the header has ${header.length}.`);
      const cells = new Map(record.map((cell, at) => [header[at] ?? '', cell]));
      this.read.rows.push(this.interpret(new Cells(line, cells)));
    } catch (error) {
      if (!(error instanceof RowRefused)) throw error;
      this.read.refused.push({ row: line, ...error.details });
    }
  }
}

function checkedHeader(path: string, layout: Layout, cells: string[]): string[] {
  const header = cells.map((cell) => cell.trim());
  const named = (columns: string[]) =>
    `column${columns.length > 1 ? 's' : ''} ${columns.map((column) => `"${column.slice(0, 60)}"`).join(', ')}`;
  const missing = layout.required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new DamagedFile(
      `${path}, line 1: the ${named(missing)} of the format ${layout.format} ${missing.length > 1 ? 'are' : 'is'} missing: check that the format is the right one and the file whole.`,
    );
  }
  const twice = header.filter((column, at) => header.indexOf(column) !== at);
  if (twice.length > 0) {
    throw new DamagedFile(`${path}, line 1: the ${named(twice)} stands there more than once: remove or rename one.`);
  }
  const known = new Set([...layout.required, ...(layout.optional ?? [])]);
  const unknown = header.filter((column) => !known.has(column));
  if (unknown.length > 0) {
    throw new DamagedFile(
      `${path}, line 1: the format ${layout.format} does not know the ${named(unknown)}: remove ${unknown.length > 1 ? 'them' : 'it'} or use the format as published.`,
    );
  }
  return header;
}

/** One sentence for what the file system or the CSV parser says. */
function explained(error: unknown, path: string, line: number): unknown {
  if (error instanceof CsvError) {
    const place = `${path}, line ${line}`;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
      return new DamagedFile(`${place}: a quote that opens in this row is never closed: get the whole file again.`);
    }
    const column = typeof error.column === 'number' ? `, cell ${error.column + 1}` : '';
    return new DamagedFile(`${place}${column}: a quote stands where none may stand: correct it or get the file again.`);
  }
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOENT') return new DamagedFile(`${path} is not there: give the path of a file that exists.`);
  if (code === 'EISDIR') return new DamagedFile(`${path} is a folder: give the path of one file.`);
  if (code === 'EACCES') return new DamagedFile(`${path} may not be read by this user: change its permissions.`);
  return error;
}
