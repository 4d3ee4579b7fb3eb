import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query, type Row } from '../kernel/database.js';
import { Money } from '../kernel/money.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { refuse, type UserError } from '../kernel/refusal.js';
import type { DepositInput } from './deposit-input.js';
import {
  contentOfDraft,
  contentOfRecorded,
  type DepositDraft,
  depositDraft,
  movedTo,
  type Recorded,
  splitOf,
} from './deposit-rules.js';
import { lockExpected, type Room } from './expected.js';
import { AccountKind } from './ledger/account.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import type { Posting } from './ledger/posting.js';
import { PooledBudget } from './pooled-budget.js';
import { attempt } from './verdict.js';

/** What became of one deposit: recorded now, found recorded already, or refused (then it has no id). */
export interface DepositOutcome {
  id: string | null;
  alreadyRecorded: boolean;
  matched: Money | null;
  suspense: Money | null;
  /** Its lines, when they are written now. */
  postings?: Posting[];
  userErrors: UserError[];
}

export interface Deposits {
  /** In the order of what was asked for. */
  outcomes: DepositOutcome[];
  /** By id, of those that are written now: sent, and there once it is known that nothing stands against them. */
  rows: Promise<ReadonlyMap<string, Row>>;
}

/** A deposit that is new, and the rows that state it: more than one when the input repeats itself. */
interface Fresh {
  places: number[];
  draft: Draft;
}

/** What there is of what deposits name. */
export interface Named {
  pools: ReadonlyMap<string, PooledBudget>;
  before: ReadonlyMap<string, Recorded>;
}

interface Known {
  before: Named['before'];
  rooms: ReadonlyMap<string, Room>;
  fresh: Map<string, Fresh>;
}

/** Reads the pools that deposits name, and which of their references are recorded already, both asked for at once. */
export async function readNamed(em: EntityManager, rows: readonly DepositInput[]): Promise<Named> {
  const [pools, before] = await Promise.all([poolsOf(em, rows), recordedBefore(em, rows)]);
  return { pools, before };
}

/**
 * Records deposits in a few statements, however many. What a payer names and its contribution has room for is matched;
 * what exceeds the commitment, and what names none that is known, goes to suspense.
 */
export async function recordAll(
  em: EntityManager,
  rows: readonly DepositInput[],
  caller: Caller,
  { pools, before }: Named,
): Promise<Deposits> {
  const read = rows.map((row) => attempt(() => depositDraft(row, pools, caller)));
  const drafts = read.flatMap((each) => ('done' in each ? each.done : []));
  const rooms = await lockExpected(em, [...new Set(drafts.flatMap(({ contributionId }) => contributionId ?? []))]);
  const known: Known = { rooms, before, fresh: new Map() };
  const outcomes = new Map<number, DepositOutcome>();
  for (const [place, each] of read.entries()) {
    const decided = 'done' in each ? attempt(() => decide(each.done, place, known)) : each;
    if ('userErrors' in decided) outcomes.set(place, refused(decided.userErrors));
    else if (decided.done) outcomes.set(place, decided.done);
  }
  const sent = await send(em, [...known.fresh.values()]);
  for (const [place, outcome] of sent.outcomes) outcomes.set(place, outcome);
  return { outcomes: rows.map((_, place) => outcomes.get(place)!), rows: sent.rows };
}

// Read by hand: of a deed that is done hundreds of times a second, finding was the dearest part.
async function poolsOf(em: EntityManager, rows: readonly DepositInput[]): Promise<Map<string, PooledBudget>> {
  const ids = new Set(rows.map(({ budget }) => budget));
  const found = await query(em, `select * from pooled_budget where id = any(?::text[])`, [[...ids]]);
  return new Map(found.map(nounOfRow(em, PooledBudget)).map((pool) => [pool.id, pool]));
}

/** The outcome of a deposit that is recorded already; null for one that is new, or stated in an earlier row. */
function decide(draft: DepositDraft, place: number, { before, rooms, fresh }: Known): DepositOutcome | null {
  const key = keyOf(draft.pool.id, draft.reference!);
  const recorded = before.get(key);
  const twin = fresh.get(key);
  const content = recorded ? contentOfRecorded(recorded) : twin && contentOfDraft(twin.draft);
  if (content !== undefined && content !== contentOfDraft(draft)) {
    const message = `A deposit with the reference ${draft.reference} and another content is recorded already.`;
    refuse('REFERENCE_REUSED', message, ['reference']);
  }
  if (recorded) {
    const split = partsOf(BigInt(recorded.credited), BigInt(recorded.suspense), draft.pool.currency);
    return { id: recorded.id, alreadyRecorded: true, ...split, userErrors: [] };
  }
  if (twin) twin.places.push(place);
  else fresh.set(key, { places: [place], draft: splitOf(draft, rooms) });
  return null;
}

async function send(em: EntityManager, fresh: readonly Fresh[]) {
  if (fresh.length === 0) return { outcomes: [], rows: Promise.resolve(new Map<string, Row>()) };
  const ledger = await Ledger.lock(
    em,
    fresh.map(({ draft }) => draft),
  );
  const tried = fresh.map((each) => ({ ...each, added: attempt(() => ledger.add(each.draft)) }));
  const accepted = tried.filter(({ added }) => 'done' in added);
  await adopt(
    em,
    accepted.map(({ draft }) => draft),
  );
  const { written, rows } = await ledger.send();
  const outcomes = [
    ...tried.flatMap(({ places, added }) =>
      'done' in added ? [] : places.map((place): [number, DepositOutcome] => [place, refused(added.userErrors)]),
    ),
    ...accepted.flatMap(({ places, draft }, index) => {
      const { id, postings } = written[index]!;
      const suspense = movedTo(draft, AccountKind.SUSPENSE);
      const split = partsOf(movedTo(draft, AccountKind.UNALLOCATED) + suspense, suspense, draft.pool.currency);
      return places.map((place, repeat): [number, DepositOutcome] => [
        place,
        { id, alreadyRecorded: repeat > 0, ...split, postings, userErrors: [] },
      ]);
    }),
  ];
  return { outcomes, rows };
}

/** A contribution without a pool, because its mission has several or had none, belongs to the one it is paid into. */
async function adopt(em: EntityManager, drafts: readonly Draft[]): Promise<void> {
  const matched = drafts.filter(({ moves }) => moves.some(({ to }) => to === AccountKind.UNALLOCATED));
  if (matched.length === 0) return;
  await query(
    em,
    `update expected set pool_id = paid.pool_id from unnest(?::text[], ?::text[]) as paid (id, pool_id)
      where expected.id = paid.id and expected.pool_id is null`,
    [matched.map(({ contributionId }) => contributionId), matched.map(({ pool }) => pool.id)],
  );
}

async function recordedBefore(em: EntityManager, rows: readonly DepositInput[]): Promise<Map<string, Recorded>> {
  const found = await query<Recorded>(
    em,
    `select transfer.*, lines.credited::text, lines.suspense::text
       from unnest(?::text[], ?::text[]) as asked (pool_id, reference)
       cross join lateral (select * from transfer where pool_id = asked.pool_id and reference = asked.reference
         and kind = 'DEPOSIT' and reverses_id is null limit 1) as transfer
       cross join lateral (select sum(posting.amount) as credited,
           coalesce(sum(posting.amount) filter (where account.kind = 'SUSPENSE'), 0) as suspense
         from posting join account on account.id = posting.account_id
        where transfer_id = transfer.id and account.kind in ('SUSPENSE', 'UNALLOCATED')) as lines`,
    [rows.map(({ budget }) => budget), rows.map(({ reference }) => reference.trim())],
  );
  return new Map(found.map((row) => [keyOf(row.pool_id, row.reference), row]));
}

const keyOf = (poolId: string, reference: string) => `${poolId} ${reference}`;

const partsOf = (whole: bigint, suspense: bigint, currency: string) => ({
  matched: new Money(whole - suspense, currency),
  suspense: new Money(suspense, currency),
});

const refused = (userErrors: UserError[]): DepositOutcome => ({
  ...{ id: null, alreadyRecorded: false, matched: null, suspense: null, userErrors },
});
