import { createHash, randomUUID } from 'node:crypto';
import { type Hub, QuestionRefused, type ServiceName } from './client.js';
import type { Progress } from './progress.js';
import type { Report, Verdict } from './report.js';

/** What an import works with. */
export interface Work {
  hub: Hub;
  report: Report;
  progress: Progress;
  dryRun: boolean;
}

/** What the hub answers about one row that was sent. */
export interface RowAnswer {
  verdict: Verdict;
  reason?: string | null;
}

export interface UserError {
  code: string;
  message: string;
  path: string[];
}

/** What every deed answers, beside its noun or its rows. */
export interface DeedAnswer {
  userErrors: UserError[];
  replayed: boolean;
}

/** One kind of rows, sent by many to one deed. */
export interface Batches<Row, Payload extends DeedAnswer> {
  stage: string;
  service: ServiceName;
  /** The mutation; its input type is named after it. */
  deed: string;
  /** The client that does it. */
  client: string;
  /** What to ask of the payload, beside userErrors and replayed. */
  selection: string;
  rows: readonly Row[];
  /** The input for some rows, without key and dryRun. */
  input(rows: readonly Row[]): object;
  answers(payload: Payload, rows: readonly Row[]): RowAnswer[];
  /** Where the row stands in the file, and its money where it has any. */
  place(row: Row): { line: number | null; column?: string | null; value?: string };
  money?(row: Row): { currency: string; minor: bigint } | null;
  /** Told of each row with what became of it, and where in the payload its answer stands. */
  done?(row: Row, answer: RowAnswer, payload: Payload, at: number): void;
}

const mostRows = 500;
// The gateway takes 256 kB; the document, the key and JSON's own marks need some of it.
const mostBytes = 200_000;

/** Sends rows that may have been decided before: only those that would now be decided otherwise. */
export async function sendAgain<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
): Promise<Set<Row>> {
  const later = new Set<Row>();
  for (const rows of chunks(batches.rows, (some) => batches.input(some))) {
    for (const row of await tryAgain(work, batches, rows)) later.add(row);
  }
  if (later.size > 0 && !work.dryRun) await sendBatches(work, { ...batches, rows: [...later] });
  return later;
}

/**
 * Sends rows in batches, in their order, and counts what became of each. The key of a batch is made from what it says,
 * so that the same batch again, in this run or in a later one, is answered and not done again.
 */
export async function sendBatches<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
): Promise<void> {
  for (const rows of chunks(batches.rows, (some) => batches.input(some))) await sendSome(work, batches, rows);
}

async function sendSome<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
  rows: readonly Row[],
  key = keyOf(batches, rows),
): Promise<void> {
  const outcome = await sendOnce(work, batches, rows, key);
  if ('refused' in outcome) {
    const [first, second] = [rows.slice(0, rows.length >> 1), rows.slice(rows.length >> 1)];
    if (first.length === 0) return refuseRow(work, batches, rows[0]!, outcome.refused);
    // The whole input was declined; halves of it show which row is to blame.
    await sendSome(work, batches, first);
    return sendSome(work, batches, second);
  }
  const { payload } = outcome;
  const answers = batches.answers(payload, rows);
  const isOpen = (at: number) => answers[at]?.verdict === 'REFUSED' || answers[at]?.verdict === 'UNCOVERED';
  const open = payload.replayed ? rows.filter((_, at) => isOpen(at)) : [];
  const later = await tryAgain(work, batches, open);
  for (const [at, row] of rows.entries()) {
    if (!later.has(row)) takeRow(work, batches, row, remembered(answers[at], payload.replayed), payload, at);
  }
  if (later.size > 0) await sendSome(work, batches, [...later], randomUUID());
}

/**
 * A remembered answer is that of the first time: what was refused then may be right now. A dry run tells which rows
 * are, so that the others are not touched again.
 */
async function tryAgain<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
  rows: readonly Row[],
): Promise<Set<Row>> {
  if (rows.length === 0) return new Set();
  const outcome = await sendOnce({ ...work, dryRun: true }, batches, rows, randomUUID());
  if ('refused' in outcome) return new Set();
  const answers = batches.answers(outcome.payload, rows);
  return new Set(rows.filter((_, at) => answers[at] && !['REFUSED', 'UNCOVERED'].includes(answers[at].verdict)));
}

function remembered(answer: RowAnswer | undefined, replayed: boolean): RowAnswer {
  if (!answer) return { verdict: 'REFUSED', reason: 'The hub said nothing about this row.' };
  return replayed && (answer.verdict === 'NEW' || answer.verdict === 'CHANGED') ? { verdict: 'UNCHANGED' } : answer;
}

async function sendOnce<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
  rows: readonly Row[],
  idempotencyKey: string,
): Promise<{ payload: Payload } | { refused: string }> {
  const input = { ...batches.input(rows), idempotencyKey, dryRun: work.dryRun };
  try {
    const payload = await deed<Payload>(work.hub, batches, input);
    const [first] = payload.userErrors;
    return first ? { refused: `${first.message} (${first.code})` } : { payload };
  } catch (error) {
    if (error instanceof QuestionRefused) return { refused: error.message };
    throw error;
  }
}

/** Does one deed and gives its payload. */
export async function deed<Payload extends DeedAnswer>(
  hub: Hub,
  {
    service,
    deed: name,
    client,
    selection,
  }: Pick<Batches<never, Payload>, 'service' | 'deed' | 'client' | 'selection'>,
  input: object,
): Promise<Payload> {
  const inputType = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation Import($input: ${inputType}!) {
    ${name}(input: $input) { ${selection} replayed userErrors { code message path } }
  }`;
  const data = await hub.ask<Record<string, Payload>>({ service, client, document, variables: { input } });
  return data[name]!;
}

function takeRow<Row, Payload extends DeedAnswer>(
  work: Work,
  batches: Batches<Row, Payload>,
  row: Row,
  answer: RowAnswer,
  payload: Payload,
  at: number,
): void {
  if (answer.verdict === 'REFUSED') {
    refuseRow(work, batches, row, answer.reason ?? 'The hub refused the row.');
  } else {
    const stage = work.report.stage(batches.stage);
    const money = batches.money?.(row);
    stage.count(answer.verdict);
    if (money && answer.verdict !== 'UNCOVERED') stage.addMoney(money.currency, money.minor);
    work.progress.advance(1);
  }
  batches.done?.(row, answer, payload, at);
}

function refuseRow<Row, Payload extends DeedAnswer>(
  { report, progress }: Work,
  { stage, place }: Batches<Row, Payload>,
  row: Row,
  reason: string,
): void {
  const { line, column = null, value } = place(row);
  report.refuse(stage, { row: line, column, reason, ...(value === undefined ? {} : { value }) });
  progress.advance(1);
}

/** A key made from what is said: the same words have the same key, in this run and in every later one. */
export const keyFor = (deedName: string, content: unknown): string =>
  `import-${createHash('sha256')
    .update(JSON.stringify([deedName, content]))
    .digest('base64url')}`;

const keyOf = <Row, Payload extends DeedAnswer>({ deed: name, input }: Batches<Row, Payload>, rows: readonly Row[]) =>
  keyFor(name, input(rows));

/** Rows in their order, at most 500 and at most 200 kB of input at a time. */
export function* chunks<Row>(rows: readonly Row[], inputOf: (rows: readonly Row[]) => object): Generator<Row[]> {
  let some: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(inputOf([row])));
    if (some.length > 0 && (some.length === mostRows || bytes + size > mostBytes)) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(row);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

/** Does the same with each of many things, at most so many at once, in the order of the list. */
export async function eachOf<Thing>(
  things: readonly Thing[],
  atOnce: number,
  work: (thing: Thing) => Promise<void>,
): Promise<void> {
  const rest = things.values();
  const workers = Array.from({ length: Math.min(atOnce, things.length) }, async () => {
    for (const thing of rest) await work(thing);
  });
  await Promise.all(workers);
}
