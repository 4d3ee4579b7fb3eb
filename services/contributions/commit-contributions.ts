import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { approve } from './approving.js';
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
      'Approves many commitments at once, with the rule of commitContribution for each row. Role: accounting-officer of the contributor, or mission-finance. Refusals of a row: NOT_FOUND, FORBIDDEN, ILLEGAL_TRANSITION, NOT_LAST_VERSION, SEPARATION_OF_DUTIES, BUDGET_MISSING, BAD_USER_INPUT. Refusals of all: BAD_USER_INPUT.',
  })
  async commitContributions(
    @Arg('input', () => CommitContributionsInput, { description: 'The approvals.' }) input: CommitContributionsInput,
    @Ctx() context: Context,
  ): Promise<CommitContributionsPayload> {
    const by = ['accounting-officer', 'mission-finance'] as const;
    const deed = { name: 'commitContributions', input, by, ...asJson<CommitmentVerdict[]>() };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { rows } = input;
      if (rows.length < 1 || rows.length > mostRows) {
        refuse('BAD_USER_INPUT', `There are ${rows.length} rows; send 1 to ${mostRows} at a time.`, ['rows']);
      }
      const verdicts = await approve(em, caller, rows);
      return verdicts.map(({ refusal, state }, row): CommitmentVerdict => {
        const id = state ? rows[row]!.contribution : null;
        return { row, accepted: refusal === null, id, state, userErrors: refusal ? [refusal] : [] };
      });
    });
    return { rows: noun && recallRows(noun), ...done };
  }
}
