import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import writeWorkbook, { type Row } from 'write-excel-file/node';
import { HubFault } from '../gateway.js';
import { safeText } from '../ledger/safe-cell.js';
import type { Pulled } from './pulled-pages.js';

export type PulledAs = 'csv' | 'xlsx' | 'jsonl';

const headings = [
  ...['record', 'system', 'mission', 'challenge', 'lever', 'kind', 'pooling', 'name'],
  ...['financial year', 'control total', 'amount', 'currency', 'quantity', 'unit', 'earmark', 'budget', 'state'],
  ...['valid until', 'reason', 'instrument', 'signed on', 'signatories', 'agreement reference', 'id'],
];
const mostRows = 100_000;

/** Writes what was pulled, one contribution in each line, in its form and in place of what stood there. */
export async function writePulled(from: string, to: string, as: PulledAs): Promise<void> {
  if (as === 'jsonl') return rename(from, to);
  const draft = `${to}.draft`;
  try {
    if (as === 'csv')
      await pipeline(Readable.from(lines(from)), stringify(), createWriteStream(draft, { flush: true }));
    else await writeSheet(from, draft);
    await rename(draft, to);
    await rm(from);
  } finally {
    await rm(draft, { force: true });
  }
}

async function* lines(from: string): AsyncGenerator<string[]> {
  yield headings;
  for await (const cells of rowsIn(from)) yield cells.map(safeText);
}

async function writeSheet(from: string, to: string): Promise<void> {
  const rows: Row[] = [headings.map((value) => ({ value, type: String, fontWeight: 'bold' }))];
  for await (const cells of rowsIn(from)) {
    // Text keeps every digit, and is never a formula.
    rows.push(cells.map((value) => (value === '' ? null : { value, type: String })));
    if (rows.length > mostRows)
      throw new HubFault(`These are more than ${mostRows} rows; pull them as CSV, which has no such limit.`);
  }
  await writeWorkbook(rows).toFile(to);
}

async function* rowsIn(from: string): AsyncGenerator<string[]> {
  for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield* rowsOf(JSON.parse(line) as Pulled);
  }
}

function rowsOf({ current, agreement, ...is }: Pulled): string[][] {
  const amounts = current.amounts.length > 0 ? current.amounts : [null];
  return amounts.map((each) =>
    [
      ...[is.sourceRecordId, is.sourceSystem, is.mission.id, is.challenge?.id, is.lever?.id, is.kind, is.pooling],
      ...[is.publicName, each?.financialYear, each?.controlTotal, each?.amount.amount, each?.amount.currency],
      ...[current.quantity, current.unit, current.earmark, current.budget?.id, is.state, current.validUntil],
      ...[current.reason, agreement?.instrument, agreement?.signedOn],
      ...[agreement?.signatories.map(({ id }) => id).join(';'), agreement?.reference, is.id],
    ].map((cell) => cell ?? ''),
  );
}
