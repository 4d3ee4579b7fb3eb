import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refused, refuse, type UserError } from '../kernel/refusal.js';
import { compare, findKnown, type Known, keyOf } from './compare-published.js';
import { PublishedContributionInput, type Stated, statedBy } from './published-contribution.js';
import { PublishedContribution, PublishedVerdict, recallRows } from './verdict.js';
import { writePublished } from './write-published.js';

const mostRows = 500;

@InputType({ description: 'Contributions of your own organisation, 1 to 500 rows.' })
export class PublishContributionsInput extends DeedInput {
  @Field(() => [PublishedContributionInput], { description: 'The rows, each contribution once.' })
  rows: PublishedContributionInput[];
}

@ObjectType({ description: 'What became of each row, or why all were declined.' })
export class PublishContributionsPayload extends DeedPayload {
  @Field(() => [PublishedContribution], {
    nullable: true,
    description: 'In the order of the input; null when all were declined.',
  })
  rows: PublishedContribution[] | null;
}

@Resolver()
export class PublishContributions {
  @Mutation(() => PublishContributionsPayload, {
    description:
      'Publishes contributions of your own organisation from its own system; sending the same again changes nothing. A changed row becomes a new version while the contribution is PLEDGED. Role: publisher of the contributor. Refusals of a row: BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, ILLEGAL_TRANSITION, RELEASED_OUT_OF_ORDER. Refusals of all: BAD_USER_INPUT.',
  })
  async publishContributions(
    @Arg('input', () => PublishContributionsInput, { description: 'The rows.' }) input: PublishContributionsInput,
    @Ctx() context: Context,
  ): Promise<PublishContributionsPayload> {
    const deed = {
      name: 'publishContributions',
      input,
      by: ['publisher'],
      ...asJson<PublishedContribution[]>(),
    } as const;
    const { noun, ...done } = await perform(context, deed, (em, caller) => publish(em, caller, input.rows));
    return { rows: noun && recallRows(noun), ...done };
  }
}

async function publish(
  em: EntityManager,
  caller: Caller,
  rows: PublishedContributionInput[],
): Promise<PublishedContribution[]> {
  if (rows.length < 1 || rows.length > mostRows) {
    refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
  }
  const verdicts: PublishedContribution[] = [];
  const stated: Stated[] = [];
  const seen = new Set<string>();
  for (const [place, row] of rows.entries()) {
    try {
      const key = keyOf({ system: row.sourceSystem, id: row.sourceRecordId });
      if (seen.has(key))
        refuse('BAD_USER_INPUT', 'The same system and id stand in an earlier row.', ['sourceRecordId']);
      seen.add(key);
      stated.push(statedBy(row, place, caller.organisation));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      verdicts[place] = refusedRow(place, error.userErrors);
    }
  }
  const known = await findKnown(em, caller.organisation, stated);
  const accepted: { row: Stated; before: Known | null }[] = [];
  for (const row of stated) {
    const before = known.get(keyOf(row.source)) ?? null;
    const { verdict, refusal } = compare(row, before);
    if (refusal) verdicts[row.place] = refusedRow(row.place, [refusal], before);
    else if (before && verdict === PublishedVerdict.UNCHANGED)
      verdicts[row.place] = verdictOf(row.place, verdict, before);
    else accepted.push({ row, before });
  }
  const written = await writePublished(em, caller, accepted);
  for (const [index, { row, before }] of accepted.entries()) {
    verdicts[row.place] = verdictOf(
      row.place,
      before ? PublishedVerdict.CHANGED : PublishedVerdict.NEW,
      written[index]!,
    );
  }
  return verdicts;
}

type Shown = Pick<Known, 'id' | 'state' | 'number' | 'hash'>;

function verdictOf(row: number, verdict: PublishedVerdict, { id, state, number, hash }: Shown): PublishedContribution {
  return { row, accepted: true, verdict, id, state, number, versionHash: hash, userErrors: [] };
}

function refusedRow(row: number, userErrors: UserError[], before: Shown | null = null): PublishedContribution {
  const { id = null, state = null, number = null, hash: versionHash = null } = before ?? {};
  return { row, accepted: false, verdict: PublishedVerdict.REFUSED, id, state, number, versionHash, userErrors };
}
