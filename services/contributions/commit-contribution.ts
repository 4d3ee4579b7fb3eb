import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Forbidden, Refused } from '../kernel/refusal.js';
import { approve } from './approving.js';
import { Contribution } from './contribution.js';
import { answerWith, lockFor } from './standing.js';
import { atStoreOf } from './store.js';

@InputType({ description: 'The approval of a commitment by one side.' })
export class CommitContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, {
    description: 'The hash of the agreed version, or of the agreed variation: what is approved is exactly that.',
  })
  versionHash: string;

  @Field(() => Day, {
    nullable: true,
    description:
      'The day it became binding, not in the future. The second approval decides, else the first, else it is the day of the second in London.',
  })
  effectiveOn?: string | null;

  @Field(() => [FinancialYear], {
    nullable: true,
    description:
      'The financial years for which the accounting officer confirms that the money is there. Left out: all of them, since to approve is to confirm. Means nothing for the mission, or for what is not money.',
  })
  coverConfirmed?: string[] | null;
}

@ObjectType({ description: 'The contribution, or why the approval was declined.' })
export class CommitContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description:
      'The contribution: AGREED after the first approval, COMMITTED after the second; a variation holds after the second. Null when declined.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class CommitContribution {
  @Mutation(() => CommitContributionPayload, {
    description:
      'Approves a commitment, or the agreed variation of one; two people of two organisations do, in any order, and the second makes it binding. Role: accounting-officer of the contributor, or mission-finance. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NOT_LAST_VERSION, SEPARATION_OF_DUTIES, BUDGET_MISSING, CONDITION_UNMET, COVER_NOT_CONFIRMED, LESS_THAN_DEPOSITED, BAD_USER_INPUT.',
  })
  async commitContribution(
    @Arg('input', () => CommitContributionInput, { description: 'The approval.' }) input: CommitContributionInput,
    @Ctx() context: Context,
  ): Promise<CommitContributionPayload> {
    const by = ['accounting-officer', 'mission-finance'] as const;
    const deed = { name: 'commitContribution', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const speakers = { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-finance' } as const;
      const { contribution } = await lockFor(em, caller, input.contribution, speakers);
      expectVersion(input, contribution.version);
      const [verdict] = await approve(em, caller, [input]);
      if (verdict!.refusal?.code === 'FORBIDDEN') throw new Forbidden(verdict!.refusal.message);
      if (verdict!.refusal) throw new Refused([verdict!.refusal]);
      return answerWith(em, contribution.id);
    });
    return { contribution: noun, ...done };
  }
}
