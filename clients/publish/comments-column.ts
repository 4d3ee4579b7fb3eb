import type { RowFault, Table } from './cell.js';

/** The faults of a file by their row. */
export type Comments = ReadonlyMap<number, readonly RowFault[]>;

/** What the column of comments is called: the second where people write comments of their own under the first. */
export const commentsHeadings: readonly string[] = ['Comments', 'Hub comments'];

/** Where the comments of a check go. */
export interface CommentsColumn {
  heading: string;
  /** Its place, from 0, where an earlier check has written it; null where it is new. */
  at: number | null;
}

const ofTheRow = 'This row';

/** What a check says of a row; it begins with a heading of the file, by which the next check knows it again. */
export const commentOf = (comments: Comments, row: number): string =>
  (comments.get(row) ?? []).map(({ column, reason }) => `${column ?? ofTheRow}: ${reason}`).join(' ');

/** The column of an earlier check where there is one, else a new one; never one in which people have written. */
export async function commentsColumn(table: Table): Promise<CommentsColumn> {
  const [usual, other] = commentsHeadings as [string, string];
  const at = table.headings.indexOf(usual);
  if (at < 0) return { heading: usual, at: null };
  if (await isOfHub(table, at)) return { heading: usual, at };
  const place = table.headings.indexOf(other);
  return { heading: other, at: place < 0 ? null : place };
}

async function isOfHub(table: Table, at: number): Promise<boolean> {
  const beginnings = [...table.headings, ofTheRow].filter((each) => each !== '').map((each) => `${each}: `);
  for await (const { cells } of table.rows()) {
    const { text, fault } = cells[at]!;
    if (fault || (text !== '' && !beginnings.some((beginning) => text.startsWith(beginning)))) return false;
  }
  return true;
}
