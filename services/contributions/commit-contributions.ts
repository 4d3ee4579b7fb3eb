import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Refusal, refuse, type UserError } from '../kernel/refusal.js';
import { approve } from './approving.js';
import type { ContributionState } from './states.js';
import { doInEachStore } from './store.js';
import { CommitmentVerdict, recallRows } from './verdict.js';

const mostRows = 500;

@InputType({ description: 'The approval of one commitment in a batch.' })
export class CommitmentApprovalInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'The hash of the agreed version: what is approved is exactly that.' })
  versionHash: string;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it became binding, not in the future; as in commitContribution.',
  })
  effectiveOn?: string | null;

  @Field(() => [FinancialYear], {
    nullable: true,
    description: 'The financial years for which cover is confirmed; as in commitContribution.',
  })
  coverConfirmed?: string[] | null;
}

@InputType({ description: 'Approvals by one side, 1 to 500.' })
export class CommitContributionsInput extends DeedInput {
  @Field(() => [CommitmentApprovalInput], { description: 'The approvals, each contribution once.' })
  rows: CommitmentApprovalInput[];
}

@ObjectType({ description: 'What became of each approval, or why all were declined.' })
export class CommitContributionsPayload extends DeedPayload {
  @Field(() => [CommitmentVerdict], {
    nullable: true,
    description: 'In the order of the input; null when all were declined.',
  })
  rows: CommitmentVerdict[] | null;
}

@Resolver()
export class CommitContributions {
  @Mutation(() => CommitContributionsPayload, {
    description:
      'Approves many commitments at once, with the rule of commitContribution for each row. Role: accounting-officer of the contributor, or mission-finance. Refusals of a row: NOT_FOUND, FORBIDDEN, ILLEGAL_TRANSITION, NOT_LAST_VERSION, SEPARATION_OF_DUTIES, BUDGET_MISSING, CONDITION_UNMET, COVER_NOT_CONFIRMED, LESS_THAN_DEPOSITED, STORE_UNAVAILABLE, BAD_USER_INPUT. Refusals of all: BAD_USER_INPUT.',
  })
  async commitContributions(
    @Arg('input', () => CommitContributionsInput, { description: 'The approvals.' }) input: CommitContributionsInput,
    @Ctx() context: Context,
  ): Promise<CommitContributionsPayload> {
    const by = ['accounting-officer', 'mission-finance'] as const;
    const deed = { name: 'commitContributions', input, by, ...asJson<CommitmentVerdict[]>() };
    const work = (places: number[]) => async (em: EntityManager, caller: Caller) => {
      const { rows } = input;
      if (rows.length < 1 || rows.length > mostRows) {
        refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
      }
      const asked = places.map((place) => rows[place]!);
      const verdicts = await approve(em, caller, asked);
      return verdicts.map(({ refusal, state }, index) => verdictOf(places[index]!, asked[index]!, state, refusal));
    };
    const ids = input.rows.map(({ contribution }) => contribution);
    const { noun, ...done } = await doInEachStore(
      context,
      ids,
      (at, places) => perform(at, deed, work(places)),
      (place) => verdictOf(place, input.rows[place]!, null, awayRefusal),
    );
    return { rows: noun && recallRows(noun), ...done };
  }
}

const awayRefusal = new Refusal(
  'STORE_UNAVAILABLE',
  'The store of its contributor does not answer; send the same request with the same key again shortly.',
);

function verdictOf(
  row: number,
  { contribution }: CommitmentApprovalInput,
  state: ContributionState | null,
  refusal: UserError | null,
): CommitmentVerdict {
  return {
    row,
    accepted: refusal === null,
    id: state ? contribution : null,
    state,
    userErrors: refusal ? [refusal] : [],
  };
}
