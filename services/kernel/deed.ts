import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { GraphQLError } from 'graphql';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Caller, Role } from './caller.js';
import type { Context } from './context.js';
import { query } from './database.js';
import { Refused, refuse, StaleVersion, UserError } from './refusal.js';

@InputType({ description: 'What every deed takes.' })
export abstract class DeedInput {
  @Field(() => ID, {
    description:
      'Made by the client, 1 to 200 characters. The same key and input again gets the same answer, done once.',
  })
  idempotencyKey: string;

  @Field(() => Boolean, { defaultValue: false, description: 'True: answer as if it were done, but change nothing.' })
  dryRun: boolean;
}

@InputType({ description: 'What every deed takes that changes something which can change again.' })
export abstract class ChangeInput extends DeedInput {
  @Field(() => Int, {
    nullable: true,
    description: 'The version you decided on; STALE_VERSION when it has changed since.',
  })
  expectedVersion?: number | null;
}

@ObjectType()
export abstract class DeedPayload {
  @Field(() => [UserError], { description: 'Why it was declined; empty when it was done.' })
  userErrors: UserError[];

  @Field(() => Boolean, {
    description: 'True when this key had been used before: the answer is that of the first time.',
  })
  replayed: boolean;
}

export interface Done<Noun> {
  noun: Noun | null;
  userErrors: UserError[];
  replayed: boolean;
}

export interface Deed<Noun> {
  name: string;
  input: DeedInput;
  /** The roles that may do it; one of them is enough. */
  by: readonly Role[];
  /** The organisation it is done for, where only its own people may. */
  of?: string;
  /** What to keep of the answer, as JSON, so that a repeated request finds it again. */
  remember(noun: Noun): unknown;
  recall(em: EntityManager, remembered: never): Promise<Noun>;
}

/** How a deed remembers an answer that is one row of a table. */
export const byId = <Noun extends { id: string }>(noun: new (...args: never[]) => Noun) => ({
  remember: (done: Noun) => done.id,
  recall: (em: EntityManager, id: never) => em.findOneOrFail(noun, { id } as never) as Promise<Noun>,
});

/** How a deed remembers an answer that is plain data, such as a verdict per row. */
export const asJson = <Answer>() => ({
  remember: (answer: Answer) => answer,
  recall: async (_em: EntityManager, answer: never) => answer as Answer,
});

const attempts = 6;

/**
 * Does one deed: in one database transaction, once per idempotency key, retried when the database found it in conflict
 * with another, rolled back when it is a dry run or refused. A refusal leaves the key free and one line in the trail.
 */
export async function perform<Noun>(
  context: Context,
  deed: Deed<Noun>,
  work: (em: EntityManager, caller: Caller) => Promise<Noun>,
): Promise<Done<Noun>> {
  return answering(context, deed, (caller) => retried(() => context.writing((em) => once(em, caller, deed, work))));
}

/** Checks what is the same for every deed, runs it, and makes an answer of what ends it; notes what was declined. */
export async function answering<Noun>(
  context: Context,
  deed: Pick<Deed<Noun>, 'name' | 'by' | 'of' | 'input'>,
  run: (caller: Caller) => Promise<Done<Noun>>,
): Promise<Done<Noun>> {
  const caller = context.signedIn();
  const asked = { name: deed.name, key: deed.input.idempotencyKey };
  try {
    context.demand(deed.by, deed.of);
    checkKey(deed.input.idempotencyKey);
    checkTexts(deed.input);
    return await run(caller);
  } catch (error) {
    if (error instanceof DryRun) return { noun: error.noun as Noun, userErrors: [], replayed: false };
    if (error instanceof Refused) {
      for (const { code, message } of error.userErrors)
        await noteDeclined(context, caller, { ...asked, code, message });
      return { noun: null, userErrors: error.userErrors, replayed: false };
    }
    const code = error instanceof GraphQLError ? error.extensions.code : undefined;
    if (typeof code === 'string' && !/UNAVAILABLE$/.test(code))
      await noteDeclined(context, caller, { ...asked, code, message: (error as Error).message });
    throw error;
  }
}

/** Throws StaleVersion when the client decided on another version than there is now. */
export function expectVersion(input: ChangeInput, current: number): void {
  const expected = input.expectedVersion;
  if (expected !== undefined && expected !== null && expected !== current)
    throw new Refused([new StaleVersion(expected, current)]);
}

class DryRun extends Error {
  constructor(readonly noun: unknown) {
    super('dry run');
  }
}

function checkKey(key: string): void {
  if (key.length < 1 || key.length > 200)
    refuse('BAD_USER_INPUT', 'The idempotency key has 1 to 200 characters.', ['idempotencyKey']);
}

const longestText = 10_000;
// Control characters and marks that turn the direction of text can make a name read as another one.
const deceptive = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u;
// Most texts, told without a look into the tables of Unicode.
const plain = /^[ -~]*$/;

/** Every text of an input is checked here, so that no deed can forget to. */
function checkTexts(input: object): void {
  const found = faultOfTexts(input);
  if (found) refuse('BAD_USER_INPUT', found.message, found.path);
}

/** The first text at fault and where it stands; the path is made only once there is one, since nearly all are sound. */
function faultOfTexts(value: unknown): { message: string; path: string[] } | null {
  if (typeof value === 'string') {
    if (value.length > longestText) return { message: `This text is longer than ${longestText} characters.`, path: [] };
    if (plain.test(value) || !deceptive.test(value)) return null;
    return { message: 'This text has control characters in it; remove them.', path: [] };
  }
  if (value === null || typeof value !== 'object' || value instanceof Date) return null;
  for (const key in value) {
    const found = faultOfTexts((value as Record<string, unknown>)[key]);
    if (found) return { ...found, path: [key, ...found.path] };
  }
  return null;
}

async function once<Noun>(
  em: EntityManager,
  caller: Caller,
  deed: Deed<Noun>,
  work: (em: EntityManager, caller: Caller) => Promise<Noun>,
) {
  const { idempotencyKey: key, dryRun } = deed.input;
  if (dryRun) {
    const noun = await work(em, caller);
    await em.flush();
    throw new DryRun(noun);
  }
  const fingerprint = fingerprintOf(deed);
  // A second request with the same key waits here until the first has committed or rolled back.
  const claimed = await query(
    em,
    `insert into deed (subject, key, organisation, name, fingerprint) values (?, ?, ?, ?, ?) on conflict do nothing returning 1`,
    [caller.subject, key, caller.organisation, deed.name, fingerprint],
  );
  if (claimed.length === 0) return replay(em, caller, deed, fingerprint);
  const noun = await work(em, caller);
  await em.flush();
  const answer = JSON.stringify(deed.remember(noun));
  await query(em, `update deed set answer = ?::jsonb where subject = ? and key = ?`, [answer, caller.subject, key]);
  return { noun, userErrors: [], replayed: false };
}

/** Of all that was asked for but the key, so that the same key with another input is noticed. */
export function fingerprintOf({ name, input }: Pick<Deed<unknown>, 'name' | 'input'>): string {
  const { idempotencyKey: _, dryRun: __, ...asked } = input;
  return createHash('sha256')
    .update(JSON.stringify([name, asked]))
    .digest('base64url');
}

/** The answer of the first time; refuses a key that was used with another input. */
export async function replay<Noun>(
  em: EntityManager,
  caller: Caller,
  deed: Pick<Deed<Noun>, 'input' | 'recall'>,
  fingerprint: string,
): Promise<Done<Noun>> {
  const [earlier] = await query<{ fingerprint: string; answer: never }>(
    em,
    `select fingerprint, answer from deed where subject = ? and key = ?`,
    [caller.subject, deed.input.idempotencyKey],
  );
  if (earlier?.fingerprint !== fingerprint) {
    const message = 'This idempotency key was used with another input; make a new key.';
    refuse('IDEMPOTENCY_KEY_REUSED', message, ['idempotencyKey']);
  }
  return { noun: await deed.recall(em, earlier!.answer), userErrors: [], replayed: true };
}

// Serialization failure, deadlock, lock not available: the database asks to try the whole of it again. Unique violation:
// another has just made the same, and whoever tries again finds it there.
const conflicts = new Set(['40001', '40P01', '55P03', '23505']);
/** No connection was free for a second. A query is told so at once; a deed waits for its turn some more. */
const isCrowded = ({ name }: Error) => name === 'KnexTimeoutError';

/** Tries again while the database finds it in conflict with another or has no connection free, a few times. */
export async function retried<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isPassing = conflicts.has((error as { code?: string }).code ?? '') || isCrowded(error as Error);
      if (attempt === attempts || !isPassing) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
    }
  }
}

/** Leaves one line in the audit trail of what was declined. `key` is null where none could be read. */
export function noteDeclined(
  context: Context,
  caller: Caller,
  declined: { name: string; key: string | null; code: string; message: string },
): Promise<unknown> {
  const { name, key, code, message } = declined;
  // PostgreSQL takes no NUL in a text, and what is noted may be just what is wrong with the request.
  const kept = (text: string, most: number) => text.replaceAll('\0', '').slice(0, most);
  return context.writing((em) =>
    query(em, `insert into declined_deed (subject, organisation, name, key, code, message) values (?, ?, ?, ?, ?, ?)`, [
      ...[caller.subject, caller.organisation, kept(name, 200), key === null ? null : kept(key, 200)],
      ...[code, kept(message, 1000)],
    ]),
  );
}
