import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query, type Row } from '../kernel/database.js';
import {
  answering,
  type Deed,
  type DeedInput,
  type Done,
  fingerprintOf,
  perform,
  replay,
  retried,
} from '../kernel/deed.js';

/** By id, what has been written. */
type Rows = ReadonlyMap<string, Row>;

/** What became of one of several: the answer once all is written, and what is kept of it; or the error that declines it. */
export type Outcome<Noun> = { remembered: unknown; done(written: Rows): Noun } | { error: Error };

/** A deed of which many small ones come at once. */
export interface DeedTogether<Input extends DeedInput, Noun, Known>
  extends Omit<Deed<Noun>, 'input' | 'of' | 'remember'> {
  /** What several need to know. It is asked for before it is known which of them were done before. */
  read(em: EntityManager, inputs: Input[]): Promise<Known>;

  /**
   * Does several in the order given; what declines one undoes nothing of the others. What it writes last it only sends:
   * `written` comes later, and where it fails nothing of the database transaction stays.
   */
  work(
    em: EntityManager,
    inputs: Input[],
    caller: Caller,
    known: Known,
  ): Promise<{ outcomes: Outcome<Noun>[]; written: Promise<Rows> }>;
}

interface Waiting {
  context: Context;
  input: DeedInput;
  resolve(done: Done<unknown>): void;
  reject(error: unknown): void;
}
type AnyDeed = DeedTogether<DeedInput, unknown, unknown>;

interface Queue {
  waiting: Waiting[];
  /** How many batches are being written. */
  running: number;
  /** When the last of them was begun. */
  begunAt: number;
}

const mostTogether = 64;
// One batch at a time gathers more and takes less in all than two that share the same work. Where one is held up, by what
// others have locked, a second one goes beside it.
const mostAtOnce = 2;
const heldUpAfterMs = 100;
const queues = new WeakMap<MikroORM, Map<string, Queue>>();

/**
 * Does a deed as `perform` does, but together with those of the same caller that arrive while others are being written:
 * one database transaction for all of them. Alone, it goes at once. Its answer comes when that has committed.
 */
export function performTogether<Input extends DeedInput, Noun, Known>(
  context: Context,
  deed: DeedTogether<Input, Noun, Known>,
  input: Input,
): Promise<Done<Noun>> {
  if (input.dryRun) {
    // Nothing of a dry run is kept.
    return perform(context, { ...deed, input, remember: () => null }, async (em, caller) => {
      const { outcomes, written } = await deed.work(em, [input], caller, await deed.read(em, [input]));
      const [outcome] = outcomes as [Outcome<Noun>];
      if ('error' in outcome) throw outcome.error;
      return outcome.done(await written);
    });
  }
  return answering(context, { ...deed, input }, (caller) => {
    const ofHub = queues.get(context.orm) ?? new Map<string, Queue>();
    queues.set(context.orm, ofHub);
    const key = JSON.stringify([deed.name, caller.subject, caller.organisation, [...caller.roles]]);
    const queue = ofHub.get(key) ?? { waiting: [], running: 0, begunAt: 0 };
    ofHub.set(key, queue);
    return new Promise<Done<Noun>>((resolve, reject) => {
      queue.waiting.push({ context, input, resolve: resolve as Waiting['resolve'], reject });
      if (isFree(queue)) void drain(ofHub, key, deed as unknown as AnyDeed, caller);
    });
  });
}

const isFree = ({ running, begunAt }: Queue) =>
  running === 0 || (running < mostAtOnce && performance.now() - begunAt > heldUpAfterMs);

async function drain(ofHub: Map<string, Queue>, key: string, deed: AnyDeed, caller: Caller) {
  const queue = ofHub.get(key)!;
  queue.running += 1;
  while (queue.waiting.length > 0) {
    const batch = nextOf(queue.waiting);
    queue.begunAt = performance.now();
    try {
      await answerAll(batch, deed, caller);
    } catch (error) {
      // One of them may be at fault: alone, only that one fails.
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const each of batch) await answerAll([each], deed, caller).catch(each.reject);
    }
  }
  queue.running -= 1;
  if (queue.running === 0) ofHub.delete(key);
}

/** The next to go together. Of two with one key the second waits, to find the answer of the first. */
function nextOf(waiting: Waiting[]): Waiting[] {
  const batch = new Map<string, Waiting>();
  const later: Waiting[] = [];
  for (const each of waiting.splice(0)) {
    const key = each.input.idempotencyKey;
    if (batch.size < mostTogether && !batch.has(key)) batch.set(key, each);
    else later.push(each);
  }
  waiting.push(...later);
  return [...batch.values()];
}

type Answers = Map<Waiting, Done<unknown> | { error: Error }>;

/** Writes what is not declined. Answers only once that has committed, so that nobody is told what did not happen. */
async function answerAll(batch: Waiting[], deed: AnyDeed, caller: Caller): Promise<void> {
  const answers: Answers = new Map();
  const [{ context }] = batch as [Waiting];
  for (let left = batch; left.length > 0; ) {
    const asked = left;
    const declined = await retried(() => writeOrDecline(context, asked, deed, caller, answers));
    if (declined.size === 0) break;
    for (const [each, outcome] of declined) answers.set(each, outcome);
    left = left.filter((each) => !declined.has(each));
  }
  for (const [each, answer] of answers) {
    if ('error' in answer) each.reject(answer.error);
    else each.resolve(answer);
  }
}

/** Writes them all and notes their answers, or writes none and answers those that are declined. */
async function writeOrDecline(context: Context, batch: Waiting[], deed: AnyDeed, caller: Caller, answers: Answers) {
  let sent: Promise<Answers> | undefined;
  try {
    // The commit is sent right behind what is written: accounts that many use are locked so much shorter.
    await context.writing(async (em) => {
      const { errors, answered } = await writeAll(em, batch, deed, caller);
      sent = answered;
      sent.catch(() => undefined);
      // A declined one leaves its key free, so what was written with it is taken back and written without it.
      if (errors.size > 0) throw new SomeDeclined(errors);
    });
  } catch (error) {
    // What failed first says why the commit did.
    await sent;
    if (error instanceof SomeDeclined) return error.errors;
    throw error;
  }
  for (const [each, answer] of await sent!) answers.set(each, answer);
  return new Map<Waiting, { error: Error }>();
}

class SomeDeclined extends Error {
  constructor(readonly errors: Map<Waiting, { error: Error }>) {
    super('some were declined');
  }
}

async function writeAll(em: EntityManager, batch: Waiting[], deed: AnyDeed, caller: Caller) {
  const answers: Answers = new Map();
  const errors = new Map<Waiting, { error: Error }>();
  const prints = batch.map(({ input }) => fingerprintOf({ name: deed.name, input }));
  const keys = batch.map(({ input }) => input.idempotencyKey);
  // In the order of the keys, so that two batches wait for each other in one direction only.
  const claiming = query<{ key: string }>(
    em,
    `insert into deed (subject, key, organisation, name, fingerprint)
       select ?, key, ?, ?, fingerprint from unnest(?::text[], ?::text[]) as asked (key, fingerprint) order by key
       on conflict do nothing returning key`,
    [caller.subject, caller.organisation, deed.name, keys, prints],
  );
  const inputs = batch.map(({ input }) => input);
  const [claimed, known] = await Promise.all([claiming, deed.read(em, inputs)]);
  const fresh = new Set(claimed.map(({ key }) => key));
  for (const [place, each] of batch.entries()) {
    if (fresh.has(keys[place]!)) continue;
    const found = replay(em, caller, { ...deed, input: each.input }, prints[place]!);
    await found.then(
      (answer) => answers.set(each, answer),
      (error: Error) => errors.set(each, { error }),
    );
  }
  const claimedNow = batch.filter(({ input }) => fresh.has(input.idempotencyKey));
  if (claimedNow.length === 0) return { errors, answered: Promise.resolve(answers) };
  const toDo = claimedNow.map(({ input }) => input);
  const { outcomes, written } = await deed.work(em, toDo, caller, known);
  await em.flush();
  const done = new Map<Waiting, Exclude<Outcome<unknown>, { error: Error }>>();
  for (const [place, each] of claimedNow.entries()) {
    const outcome = outcomes[place]!;
    if ('error' in outcome) errors.set(each, outcome);
    else done.set(each, outcome);
  }
  const kept = query(
    em,
    `update deed set answer = kept.answer from unnest(?::text[], ?::jsonb[]) as kept (key, answer)
      where deed.subject = ? and deed.key = kept.key`,
    [
      [...done.keys()].map(({ input }) => input.idempotencyKey),
      [...done.values()].map(({ remembered }) => JSON.stringify(remembered)),
      caller.subject,
    ],
  );
  const answered = Promise.all([written, kept]).then(([rows]) => {
    for (const [each, outcome] of done) {
      answers.set(each, { noun: outcome.done(rows), userErrors: [], replayed: false });
    }
    return answers;
  });
  return { errors, answered };
}
