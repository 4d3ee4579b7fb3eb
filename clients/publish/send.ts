import { createHash } from 'node:crypto';
import { type Gateway, HubFault } from '../gateway.js';
import type { Progress } from '../progress.js';
import type { RowFault } from './cell.js';
import type { ContributionsIn, Found } from './contributions-in.js';
import { blamed, type PublishedRow } from './published-row.js';
import { noteBatch, type Receipt, refuseRow, type Store, type Verdict } from './receipt.js';

const document = `mutation Publish($input: PublishContributionsInput!) { publishContributions(input: $input) {
  rows { verdict userErrors { code message path } } receipt { batch store } userErrors { code message path } } }`;

// The gateway takes 256 kB; the document, the key and JSON's own marks need some of it.
const mostBytes = 200_000;
/** While one batch is being written the next ones are on their way. */
const atOnce = 4;

interface UserError {
  code: string;
  message: string;
  path: string[];
}

interface RowAnswer {
  verdict: Verdict;
  userErrors: UserError[];
}

interface PublishingReceipt {
  batch: string;
  store: Store;
}

interface Answer {
  publishContributions: { rows: RowAnswer[] | null; receipt: PublishingReceipt | null; userErrors: UserError[] };
}

/** What became of some rows, and in which batches. */
interface Published {
  rows: RowAnswer[];
  batches: PublishingReceipt[];
}

export interface Sending {
  hub: Gateway;
  contributions: ContributionsIn;
  receipt: Receipt;
  /** Rows in one request at most. */
  batch: number;
  /** The body it is published for; left out, the publisher's own. */
  organisation?: string | undefined;
  progress: Progress;
  /** Told of each contribution that was refused. */
  refused(faults: readonly RowFault[]): void;
  /** Called when some more contributions have their verdict. */
  went(): void;
}

/** Sends what was found, from where the receipt says; the same contributions in the same batches each time. */
export async function send(found: AsyncIterable<Found>, sending: Sending): Promise<void> {
  const { receipt } = sending;
  const under: { batch: Found[]; answers: Promise<Published> }[] = [];
  const settle = async () => {
    const { batch, answers } = under.shift()!;
    take(batch, await answers, sending);
  };
  for await (const batch of inBatches(found, receipt.done, sending.batch)) {
    const answers = answersTo(batch, sending);
    // Its fault is thrown where its turn comes.
    answers.catch(() => undefined);
    under.push({ batch, answers });
    if (under.length === atOnce) await settle();
  }
  while (under.length > 0) await settle();
}

async function* inBatches(found: AsyncIterable<Found>, after: number, most: number): AsyncGenerator<Found[]> {
  let batch: Found[] = [];
  let bytes = 0;
  let place = 0;
  for await (const each of found) {
    if (place++ < after) continue;
    const size = each.input ? Buffer.byteLength(JSON.stringify(each.input)) : 0;
    if (batch.length > 0 && (batch.length === most || bytes + size > mostBytes)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(each);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function answersTo(batch: readonly Found[], sending: Sending): Promise<Published> {
  const rows = batch.flatMap(({ input }) => (input ? [input] : []));
  return rows.length > 0 ? ask(rows, sending) : { rows: [], batches: [] };
}

async function ask(rows: readonly PublishedRow[], sending: Sending): Promise<Published> {
  const { hub, organisation } = sending;
  const { run, dryRun } = sending.receipt;
  // One publishing has its own keys: what a batch said in an earlier one is said anew when the file goes back to it.
  const idempotencyKey = `publish-${run}-${createHash('sha256').update(JSON.stringify(rows)).digest('base64url')}`;
  const answer = await hub
    .ask<Answer>({ document, variables: { input: { rows, organisation, idempotencyKey, dryRun } } })
    .catch((fault: HubFault) => {
      if (fault.of === 'answer') return fault.message;
      throw fault;
    });
  const refused = typeof answer === 'string' ? answer : answer.publishContributions.userErrors[0]?.message;
  if (refused === undefined) {
    const { rows: verdicts, receipt } = (answer as Answer).publishContributions;
    if (verdicts?.length === rows.length) return { rows: verdicts, batches: receipt ? [receipt] : [] };
    throw new HubFault('The hub does not say of every row what became of it; try again later.', { of: 'away' });
  }
  if (rows.length === 1) {
    const declined: RowAnswer = { verdict: 'REFUSED', userErrors: [{ code: '', message: refused, path: [] }] };
    return { rows: [declined], batches: [] };
  }
  // All were declined; halves of them show which row is to blame.
  const half = rows.length >> 1;
  const [one, other] = [await ask(rows.slice(0, half), sending), await ask(rows.slice(half), sending)];
  return { rows: [...one.rows, ...other.rows], batches: [...one.batches, ...other.batches] };
}

function take(batch: readonly Found[], { rows: answers, batches }: Published, sending: Sending): void {
  const { receipt, contributions, progress } = sending;
  for (const each of batches) noteBatch(receipt, each);
  let place = 0;
  for (const { rows, input, faults } of batch) {
    const answer = input ? answers[place++]! : null;
    receipt.done++;
    if (input && !receipt.missions.includes(input.mission) && receipt.missions.length < 100)
      receipt.missions.push(input.mission);
    if (answer && answer.verdict !== 'REFUSED') {
      receipt.counts[answer.verdict]++;
      continue;
    }
    const found = answer ? answer.userErrors.map((error) => faultOf(error, rows, contributions)) : faults;
    refuseRow(receipt, found);
    sending.refused(found);
  }
  progress.advance(batch.length);
  sending.went();
}

function faultOf({ message, path }: UserError, rows: readonly number[], contributions: ContributionsIn): RowFault {
  const { column, amount } = blamed(path);
  const row = rows[amount ?? 0] ?? rows[0]!;
  return column ? contributions.fault(row, column, message) : { row, column: null, reason: message };
}
