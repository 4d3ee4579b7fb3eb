import { Page, type PageArgs, pageOf } from '../kernel/connection.js';
import { BadUserInput } from '../kernel/refusal.js';

const largestPage = 100;

/** A page of a list that is reckoned, not read: in the order of its keys, which are unique. */
export function pageOfList<Each, Node>(
  list: ReadonlyMap<string, Each>,
  { first, after }: PageArgs,
  toNode: (key: string, each: Each) => Node,
): Page<Node> {
  if (first < 1 || first > largestPage)
    throw new BadUserInput(`"first" is ${first}; it must be from 1 to ${largestPage}.`);
  const last = after ? keyIn(after) : null;
  const ahead = [...list]
    .filter(([key]) => last === null || key > last)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const rows = ahead.slice(0, first);
  const cursorAt = (place: number) => cursorOf(rows[place]![0]);
  const isEmpty = rows.length === 0;
  const pageInfo = {
    ...{ hasNextPage: ahead.length > first, hasPreviousPage: last !== null },
    ...{ startCursor: isEmpty ? null : cursorAt(0), endCursor: isEmpty ? null : cursorAt(rows.length - 1) },
  };
  return pageOf(
    { rows, cursorAt, pageInfo },
    ([key, each]) => toNode(key, each),
    async () => list.size,
  );
}

const cursorOf = (key: string) => Buffer.from(JSON.stringify([key])).toString('base64url');

function keyIn(cursor: string): string {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(keys) && keys.length === 1 && typeof keys[0] === 'string') return keys[0];
  } catch {
    // Falls through to the same answer: whatever is wrong with it, it is not ours.
  }
  throw new BadUserInput('This cursor was not made by this list; start again without "after".');
}
