import { setTimeout as pause } from 'node:timers/promises';
import type { Question } from './client.js';
import {
  type DeedAnswer,
  deed,
  eachOf,
  keyFor,
  type RowAnswer,
  sendBatches,
  type UserError,
  type Work,
} from './write-batches.js';
import { writeOffByBoth } from './write-ocha-commitments.js';
import type { Published } from './write-ocha-contributions.js';
import { type Deposit, depositsOf } from './write-ocha-deposits.js';
import { host, hostPublisher, type Pool } from './write-ocha-funds.js';
import type { Known } from './write-ocha-known.js';
import { inOrder, usd } from './write-ocha-terms.js';

// What another vintage of the file says of agreements that the hub has: nothing is overwritten or deleted.

interface StateAnswer extends DeedAnswer {
  rows: { accepted: boolean; unchanged: boolean; userErrors: UserError[] }[];
}

/** One row for statePayments, and where it comes from in the file. */
interface Statement {
  line: number | null;
  code: string;
  contributor: string;
  row: { contribution: string; payments: object[]; goneBecause: string | null; releasedAt: string | null };
}

async function state(work: Work, stage: string, statements: readonly Statement[]): Promise<void> {
  const byDonor = new Map<string, Statement[]>();
  for (const each of statements) byDonor.set(each.contributor, [...(byDonor.get(each.contributor) ?? []), each]);
  work.progress.begin(stage, statements.length);
  await eachOf([...byDonor], 2, ([contributor, rows]) =>
    sendBatches<Statement, StateAnswer>(work, {
      ...{ stage, rows, service: 'contributions', deed: 'statePayments', client: `${contributor}.publisher` },
      selection: 'rows { accepted unchanged userErrors { code message path } }',
      input: (some) => ({ rows: some.map(({ row }) => row) }),
      answers: (payload) =>
        payload.rows.map(({ accepted, unchanged, userErrors: [fault] }): RowAnswer => {
          if (!accepted) return { verdict: 'REFUSED', reason: `${fault?.message} (${fault?.code})` };
          return { verdict: unchanged ? 'UNCHANGED' : 'CHANGED' };
        }),
      place: ({ line, code }) => ({ line, value: code }),
    }),
  );
  work.progress.end();
}

/** Terms that were agreed stay; what the file says was paid under them is stated anew. */
export const restatePayments = (work: Work, settled: readonly Published[], releasedAt: string | null): Promise<void> =>
  state(
    work,
    'payments stated anew',
    settled.map(({ agreement, id, contributor }) => {
      const payments = inOrder(agreement.instalments).map(({ usd: minor, on }) => ({ amount: usd(minor), paidOn: on }));
      const row = { contribution: id, payments, goneBecause: null, releasedAt };
      return { line: agreement.lines[0] ?? null, code: agreement.code, contributor, row };
    }),
  );

export interface Gone extends Known {
  code: string;
}

const reasonOf = (releasedAt: string | null) =>
  releasedAt
    ? `The file released on ${releasedAt.slice(0, 10)} does not list it any more.`
    : 'The file does not list it any more.';

/**
 * What the whole file does not list any more stays in the hub with a tombstone: a pledge is withdrawn; of what binds,
 * the host reverses what arrived, and the donor writes off the rest.
 */
export async function buryGone(work: Work, gone: readonly Gone[], releasedAt: string | null): Promise<void> {
  const goneBecause = reasonOf(releasedAt);
  await state(
    work,
    'gone from the file',
    gone.map(({ code, contributor, id }) => {
      return { line: null, code, contributor, row: { contribution: id, payments: [], goneBecause, releasedAt } };
    }),
  );
  for (const each of gone) {
    const { contribution } = await askOf(work, each.id);
    if (!contribution || !standing.has(contribution.state)) continue;
    const receipts = contribution.receipts.nodes.filter(({ reverses, reversedBy }) => !reverses && !reversedBy);
    let isReversed = true;
    // A match out of suspense goes before the deposit it came from.
    for (const { id, reference } of receipts.reverse())
      isReversed &&= await reverse(work, 'reversals', {
        transfer: id,
        reference: reference ?? each.code,
        reason: goneBecause,
      });
    if (isReversed) await writeOffRest(work, each, goneBecause);
  }
}

// From COMMITTED on money may have come, and the rest is expected.
const standing = new Set(['COMMITTED', 'PART_DEPOSITED', 'DEPOSITED']);

async function writeOffRest(work: Work, { id, code, contributor }: Gone, reason: string): Promise<void> {
  // The ledger tells the contributions side by event that nothing is there any more.
  const until = Date.now() + 30_000;
  let { contribution } = await askOf(work, id);
  while (contribution?.state !== 'COMMITTED' && Date.now() < until) {
    await pause(100);
    ({ contribution } = await askOf(work, id));
  }
  const content = { contribution: id, amount: contribution?.outstanding, reason };
  count(work, 'write-offs of what is gone', code, await writeOffByBoth(work, contributor, content));
}

/**
 * Receipts that the file states otherwise than the books: those that it does not have are reversed. Answers those that
 * the books do not have, to be entered beside them.
 */
export async function correctReceipts(
  work: Work,
  settled: readonly Published[],
  { pools, releasedAt }: { pools: ReadonlyMap<string, Pool>; releasedAt: string | null },
): Promise<Deposit[]> {
  const stage = 'receipts reversed';
  const missing: Deposit[] = [];
  for (const each of settled) {
    const { contribution } = await askOf(work, each.id);
    const receipts = contribution?.receipts.nodes.filter(({ kind, reverses }) => kind === 'DEPOSIT' && !reverses) ?? [];
    const lacking = depositsOf(each, pools);
    const surplus = receipts.filter(({ reversedBy, effectiveOn, amount }) => {
      if (reversedBy) return false;
      const place = lacking.findIndex(
        ({ instalment }) => instalment.on === effectiveOn && usd(instalment.usd).amount === amount.amount,
      );
      if (place >= 0) lacking.splice(place, 1);
      return place < 0;
    });
    const reason = `The file${releasedAt ? ` released on ${releasedAt.slice(0, 10)}` : ''} states it otherwise.`;
    for (const { id, reference } of surplus)
      await reverse(work, stage, { transfer: id, reference: reference ?? each.id, reason });
    const isUsed = (wanted: string) => receipts.some(({ reference }) => reference === wanted);
    for (const deposit of lacking) {
      const { reference } = deposit;
      missing.push({
        ...deposit,
        reference: isUsed(reference) ? `${reference} (${(releasedAt ?? 'anew').slice(0, 10)})` : reference,
      });
    }
  }
  return missing;
}

async function reverse(
  work: Work,
  stage: string,
  { transfer, reference, reason }: { transfer: string; reference: string; reason: string },
): Promise<boolean> {
  const content = { transfer, reason };
  const input = { ...content, dryRun: work.dryRun, idempotencyKey: keyFor('reverseTransfer', content) };
  const client = `${host.id}.accounting-officer`;
  const what = { service: 'budgets', deed: 'reverseTransfer', client, selection: 'transfer { id }' } as const;
  const answer = await deed<DeedAnswer>(work.hub, what, input);
  count(work, stage, reference, answer);
  return answer.userErrors.length === 0;
}

function count({ report }: Work, stage: string, value: string, { userErrors: [fault], replayed }: DeedAnswer): void {
  if (!fault) {
    report.stage(stage).count(replayed ? 'UNCHANGED' : 'CHANGED');
    return;
  }
  report.refuse(stage, { row: null, column: null, reason: `${fault.message} (${fault.code})`, value });
}

interface Told {
  contribution: {
    state: string;
    outstanding: { amount: string; currency: string } | null;
    receipts: {
      nodes: {
        id: string;
        kind: string;
        reference: string | null;
        effectiveOn: string;
        amount: { amount: string };
        reverses: object | null;
        reversedBy: object | null;
      }[];
    };
  } | null;
}

const document = `query Receipts($id: ID!) { contribution(id: $id) { state outstanding { amount currency }
  receipts(first: 100) { nodes { id kind reference effectiveOn amount { amount } reverses { id } reversedBy { id } } } } }`;

function askOf({ hub }: Work, id: string): Promise<Told> {
  const question: Question = { service: 'contributions', client: hostPublisher, document, variables: { id } };
  return hub.ask<Told>(question);
}
