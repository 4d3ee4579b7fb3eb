import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refusal, Refused, refuse, type UserError } from '../kernel/refusal.js';
import { compare, findKnown, type Known, keyOf } from './compare-published.js';
import { PublishedContributionInput, type Stated, statedBy } from './published-contribution.js';
import { holdPublishing, refuseDoubles } from './publishing-for.js';
import { tryLater, turnsFor } from './publishing-queue.js';
import { type KeptReceipt, keepBatch, PublishingReceipt, StoreKind } from './publishing-receipt.js';
import { atStoreOf } from './store.js';
import { storesOf } from './stores.js';
import { MustWait } from './turns.js';
import { PublishedContribution, PublishedVerdict, recallRows } from './verdict.js';
import { writePublished } from './write-published.js';

const mostRows = 500;

@InputType({ description: 'Contributions of your own organisation, or of one that it took over from, 1 to 500 rows.' })
export class PublishContributionsInput extends DeedInput {
  @Field(() => [PublishedContributionInput], { description: 'The rows, each contribution once.' })
  rows: PublishedContributionInput[];

  @Field(() => ID, {
    nullable: true,
    description:
      'Whose rows they are: a body that your organisation took over from, to go on with what it published. Left out: your own.',
  })
  organisation?: string | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'True: one refused row and nothing of this call is written; each of its rows says so.',
  })
  allOrNothing: boolean;
}

@ObjectType({ description: 'What became of each row and what is now where, or why all were declined.' })
export class PublishContributionsPayload extends DeedPayload {
  @Field(() => [PublishedContribution], {
    nullable: true,
    description: 'In the order of the input; null when the call was declined before its rows were read.',
  })
  rows: PublishedContribution[] | null;

  @Field(() => PublishingReceipt, {
    nullable: true,
    description: 'The receipt; null when nothing was written because the call was declined.',
  })
  receipt: PublishingReceipt | null;
}

interface Published {
  rows: PublishedContribution[];
  receipt: KeptReceipt;
}

@Resolver()
export class PublishContributions {
  @Mutation(() => PublishContributionsPayload, {
    description:
      'Publishes contributions of your own organisation, or of one that it took over from, from its own system; sending the same again changes nothing, so a call whose answer was lost is sent again. A changed row becomes a new version while the contribution is PLEDGED. Organisations take turns: a call may wait a few seconds for its own, and one that would wait longer gets the error RATE_LIMITED (HTTP 429 with Retry-After), with its position and after how many seconds to send it again (retryAfter). Role: publisher of the contributor, or of the one body that took over from it. Refusals of a row: BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, ILLEGAL_TRANSITION, RELEASED_OUT_OF_ORDER, PUBLISHED_BY_PREDECESSOR, OTHER_ROW_REFUSED. Refusals: BAD_USER_INPUT, SUCCEEDED, SEVERAL_SUCCESSORS, ROWS_REFUSED.',
  })
  async publishContributions(
    @Arg('input', () => PublishContributionsInput, { description: 'The rows.' }) input: PublishContributionsInput,
    @Ctx() context: Context,
  ): Promise<PublishContributionsPayload> {
    const { caller } = context;
    const organisation = input.organisation ?? caller?.organisation;
    const deed = { name: 'publishContributions', input, by: ['publisher'], ...asJson<Published>() } as const;
    let declined: PublishedContribution[] | null = null;
    const run = () =>
      perform(atStoreOf(context, organisation), deed, async (em, publisher) => {
        try {
          return await publish(em, context, { caller: publisher, organisation: organisation! }, input);
        } catch (error) {
          if (error instanceof NothingWritten) declined = error.rows;
          throw error;
        }
      });
    try {
      const isTurn = caller?.roles.has('publisher');
      const { noun, ...done } = await (isTurn
        ? turnsFor(context, organisation!).take(caller!.organisation, input.rows.length, run)
        : run());
      if (!noun) return { rows: declined, receipt: null, ...done };
      const store = storesOf(context.orm).isInItsOwn(organisation!) ? StoreKind.OWN : StoreKind.SHARED;
      return { rows: recallRows(noun.rows), receipt: { ...noun.receipt, store }, ...done };
    } catch (error) {
      throw error instanceof MustWait ? tryLater(error.place) : error;
    }
  }
}

/** Ends a call of which all rows were to be taken or none. */
class NothingWritten extends Refused {
  constructor(readonly rows: PublishedContribution[]) {
    const count = rows.filter(({ userErrors: [first] }) => first!.code !== otherRefused.code).length;
    const message = `${count} of ${rows.length} rows ${count === 1 ? 'was' : 'were'} refused; nothing of this call was written.`;
    super([new Refusal('ROWS_REFUSED', message, ['rows'])]);
  }
}

const otherRefused = new Refusal('OTHER_ROW_REFUSED', 'Another row was refused, and all or nothing was asked for.');

interface Accepted {
  row: Stated;
  before: Known | null;
}

async function publish(
  em: EntityManager,
  context: Context,
  publisher: { caller: Caller; organisation: string },
  { rows, allOrNothing }: PublishContributionsInput,
): Promise<Published> {
  if (rows.length < 1 || rows.length > mostRows) {
    refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
  }
  const verdicts: PublishedContribution[] = [];
  const { caller, organisation } = publisher;
  const predecessors = await holdPublishing(em, caller, organisation, { isAlone: false });
  const stated = readRows(rows, organisation, verdicts);
  const known = await findKnown(em, organisation, stated);
  const unknown = stated.filter(({ source }) => !known.has(keyOf(source)));
  const doubles = await refuseDoubles(em, context, { predecessors, rows: unknown });
  const accepted: Accepted[] = [];
  for (const row of stated) {
    const before = known.get(keyOf(row.source)) ?? null;
    const { verdict, refusal: fault } = compare(row, before);
    const refusal = fault ?? doubles.get(keyOf(row.source));
    if (refusal) verdicts[row.place] = refusedRow(row.place, [refusal], before);
    else if (before && verdict === PublishedVerdict.UNCHANGED)
      verdicts[row.place] = verdictOf(row.place, verdict, before);
    else accepted.push({ row, before });
  }
  if (allOrNothing && verdicts.some((each) => each && !each.accepted)) {
    const befores = new Map(stated.map(({ place, source }) => [place, known.get(keyOf(source)) ?? null]));
    throw new NothingWritten(rows.map((_, place) => takenBack(verdicts[place], place, befores.get(place) ?? null)));
  }
  const written = await writePublished(em, publisher, accepted);
  for (const [index, { row, before }] of accepted.entries()) {
    const verdict = before ? PublishedVerdict.CHANGED : PublishedVerdict.NEW;
    verdicts[row.place] = verdictOf(row.place, verdict, written[index]!);
  }
  return { rows: verdicts, receipt: await keepBatch(em, publisher, verdicts, stated) };
}

/** The rows that hold together; the verdicts on the others are noted. */
function readRows(
  rows: readonly PublishedContributionInput[],
  organisation: string,
  verdicts: PublishedContribution[],
): Stated[] {
  const stated: Stated[] = [];
  const seen = new Set<string>();
  for (const [place, row] of rows.entries()) {
    try {
      const key = keyOf({ system: row.sourceSystem, id: row.sourceRecordId });
      if (seen.has(key))
        refuse('BAD_USER_INPUT', 'The same system and id stand in an earlier row.', ['sourceRecordId']);
      seen.add(key);
      stated.push(statedBy(row, place, organisation));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdicts[place] = refusedRow(place, error.userErrors);
    }
  }
  return stated;
}

type Shown = Pick<Known, 'id' | 'state' | 'number' | 'hash'>;

/** The verdict on a row of which nothing was written since another one was refused. */
const takenBack = (verdict: PublishedContribution | undefined, place: number, before: Shown | null) =>
  verdict && !verdict.accepted ? verdict : refusedRow(place, [otherRefused], before);

function verdictOf(row: number, verdict: PublishedVerdict, { id, state, number, hash }: Shown): PublishedContribution {
  return { row, accepted: true, verdict, id, state, number, versionHash: hash, userErrors: [] };
}

function refusedRow(row: number, userErrors: UserError[], before: Shown | null = null): PublishedContribution {
  const { id = null, state = null, number = null, hash: versionHash = null } = before ?? {};
  return { row, accepted: false, verdict: PublishedVerdict.REFUSED, id, state, number, versionHash, userErrors };
}
