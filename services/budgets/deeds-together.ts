import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
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

/** What became of one of several: done, or the error that declines it. */
export type Outcome<Noun> = { done: Noun } | { error: Error };

/** A deed of which many small ones come at once. */
export interface DeedTogether<Input extends DeedInput, Noun> extends Omit<Deed<Noun>, 'input' | 'of'> {
  /** Does several in the order given; what declines one undoes nothing of the others. */
  work(em: EntityManager, inputs: Input[], caller: Caller): Promise<Outcome<Noun>[]>;
}

interface Waiting {
  context: Context;
  input: DeedInput;
  resolve(done: Done<unknown>): void;
  reject(error: unknown): void;
}
type AnyDeed = DeedTogether<DeedInput, unknown>;

const mostTogether = 64;
const batchesAtOnce = 2;
const queues = new WeakMap<MikroORM, Map<string, { waiting: Waiting[]; running: number }>>();

/**
 * Does a deed as `perform` does, but together with those of the same caller that arrive while others are being written:
 * one database transaction for all of them. Alone, it goes at once. Its answer comes when that has committed.
 */
export function performTogether<Input extends DeedInput, Noun>(
  context: Context,
  deed: DeedTogether<Input, Noun>,
  input: Input,
): Promise<Done<Noun>> {
  if (input.dryRun) {
    return perform(context, { ...deed, input }, async (em, caller) =>
      nounOf((await deed.work(em, [input], caller))[0]!),
    );
  }
  return answering(context, { ...deed, input }, (caller) => {
    const ofHub = queues.get(context.orm) ?? new Map<string, { waiting: Waiting[]; running: number }>();
    queues.set(context.orm, ofHub);
    const key = JSON.stringify([deed.name, caller.subject, caller.organisation, [...caller.roles]]);
    const queue = ofHub.get(key) ?? { waiting: [], running: 0 };
    ofHub.set(key, queue);
    return new Promise<Done<Noun>>((resolve, reject) => {
      queue.waiting.push({ context, input, resolve: resolve as Waiting['resolve'], reject });
      if (queue.running < batchesAtOnce) void drain(ofHub, key, deed as unknown as AnyDeed, caller);
    });
  });
}

async function drain(
  ofHub: Map<string, { waiting: Waiting[]; running: number }>,
  key: string,
  deed: AnyDeed,
  caller: Caller,
) {
  const queue = ofHub.get(key)!;
  queue.running += 1;
  while (queue.waiting.length > 0) {
    const batch = nextOf(queue.waiting);
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

/** Writes what is not declined. Answers only once that has committed, so that nobody is told what did not happen. */
async function answerAll(batch: Waiting[], deed: AnyDeed, caller: Caller): Promise<void> {
  const answers = new Map<Waiting, Done<unknown> | { error: Error }>();
  const [{ context }] = batch as [Waiting];
  for (let left = batch; ; ) {
    const declined = await retried(() =>
      context
        .writing(async (em) => {
          const outcomes = await writeAll(em, left, deed, caller);
          const errors = new Map(
            [...outcomes].flatMap(([each, outcome]) => ('error' in outcome ? [[each, outcome]] : [])),
          );
          // A declined one leaves its key free, so what was written with it is taken back and written without it.
          if (errors.size > 0) throw new SomeDeclined(errors as never);
          for (const [each, outcome] of outcomes) answers.set(each, outcome);
        })
        .then(() => null)
        .catch((error) => {
          if (error instanceof SomeDeclined) return error;
          throw error;
        }),
    );
    if (!declined) break;
    for (const [each, outcome] of declined.errors) answers.set(each, outcome);
    left = left.filter((each) => !declined.errors.has(each));
    if (left.length === 0) break;
  }
  for (const [each, answer] of answers) {
    if ('error' in answer) each.reject(answer.error);
    else each.resolve(answer);
  }
}

class SomeDeclined extends Error {
  constructor(readonly errors: Map<Waiting, { error: Error }>) {
    super('some were declined');
  }
}

async function writeAll(em: EntityManager, batch: Waiting[], deed: AnyDeed, caller: Caller) {
  const outcomes = new Map<Waiting, Done<unknown> | { error: Error }>();
  const prints = batch.map(({ input }) => fingerprintOf({ name: deed.name, input }));
  const keys = batch.map(({ input }) => input.idempotencyKey);
  // In the order of the keys, so that two batches wait for each other in one direction only.
  const claimed = await query<{ key: string }>(
    em,
    `insert into deed (subject, key, organisation, name, fingerprint)
       select ?, key, ?, ?, fingerprint from unnest(?::text[], ?::text[]) as asked (key, fingerprint) order by key
       on conflict do nothing returning key`,
    [caller.subject, caller.organisation, deed.name, keys, prints],
  );
  const fresh = new Set(claimed.map(({ key }) => key));
  for (const [place, each] of batch.entries()) {
    if (fresh.has(keys[place]!)) continue;
    const found = replay(em, caller, { ...deed, input: each.input }, prints[place]!);
    outcomes.set(each, await found.catch((error: Error) => ({ error })));
  }
  const claimedNow = batch.filter(({ input }) => fresh.has(input.idempotencyKey));
  const done =
    claimedNow.length > 0
      ? await deed.work(
          em,
          claimedNow.map(({ input }) => input),
          caller,
        )
      : [];
  await em.flush();
  const remembered: [key: string, answer: string][] = [];
  for (const [place, each] of claimedNow.entries()) {
    const outcome = done[place]!;
    if ('error' in outcome) outcomes.set(each, outcome);
    else {
      outcomes.set(each, { noun: outcome.done, userErrors: [], replayed: false });
      remembered.push([each.input.idempotencyKey, JSON.stringify(deed.remember(outcome.done))]);
    }
  }
  await query(
    em,
    `update deed set answer = kept.answer from unnest(?::text[], ?::jsonb[]) as kept (key, answer)
      where deed.subject = ? and deed.key = kept.key`,
    [remembered.map(([key]) => key), remembered.map(([, answer]) => answer), caller.subject],
  );
  return outcomes;
}

function nounOf<Noun>(outcome: Outcome<Noun>): Noun {
  if ('error' in outcome) throw outcome.error;
  return outcome.done;
}
