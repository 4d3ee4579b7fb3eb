import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { safeText } from '../ledger/safe-cell.js';
import type { Table } from './cell.js';
import { commentedSheet } from './commented-sheet.js';
import { type Comments, type CommentsColumn, commentOf, commentsColumn } from './comments-column.js';
import type { Opened } from './open-table.js';
import { mostUnpacked } from './read-workbook.js';
import { unzipped, withMember } from './zip.js';

export const checkedFileOf = (file: string): string =>
  `${file.slice(0, -extname(file).length)}.checked${extname(file)}`;

/** Writes the file back with a column of comments, a workbook with all else as it is; answers its path. */
export async function writeChecked(file: string, { table, sheet }: Opened, comments: Comments): Promise<string> {
  const to = checkedFileOf(file);
  const draft = `${to}.part`;
  const column = await commentsColumn(table);
  try {
    if (sheet !== null) {
      const whole = await readFile(file);
      const [part] = unzipped(whole, (name) => name === sheet, mostUnpacked);
      const xml = commentedSheet(part!.bytes.toString('utf8'), table.headings.length, column, comments);
      await writeFile(draft, withMember(whole, sheet, Buffer.from(xml)));
    } else {
      const written = Readable.from(lines(table, column, comments));
      await pipeline(written, stringify(), createWriteStream(draft, { flush: true }));
    }
    await rename(draft, to);
  } finally {
    await rm(draft, { force: true });
  }
  return to;
}

async function* lines(table: Table, { at, heading }: CommentsColumn, comments: Comments): AsyncGenerator<string[]> {
  const withComment = (texts: readonly string[], comment: string) =>
    (at === null ? [...texts, comment] : texts.with(at, comment)).map(safeText);
  yield withComment(table.headings, heading);
  for await (const { row, cells } of table.rows()) {
    yield withComment(
      cells.map(({ text }) => text),
      commentOf(comments, row),
    );
  }
}
