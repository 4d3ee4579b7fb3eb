import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { answerWith, lastRound, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { takeSteps, writeRound } from './writing.js';

@InputType({ description: 'A contribution that the mission does not take.' })
export class DeclineContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'Why; public.' })
  reason: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class DeclineContributionPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution, DECLINED; null when this was refused.' })
  contribution: Contribution | null;
}

@Resolver()
export class DeclineContribution {
  @Mutation(() => DeclineContributionPayload, {
    description:
      'The mission does not take a contribution that is PLEDGED or NEGOTIATING. Role: mission-unit. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, BAD_USER_INPUT.',
  })
  async declineContribution(
    @Arg('input', () => DeclineContributionInput, { description: 'The contribution and why.' })
    input: DeclineContributionInput,
    @Ctx() context: Context,
  ): Promise<DeclineContributionPayload> {
    const deed = { name: 'declineContribution', input, by: ['mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason } = input;
      const { contribution, side } = await lockFor(em, caller, id, { MISSION: 'mission-unit' });
      expectVersion(input, contribution.version);
      contribution.mayBecome(ContributionState.DECLINED);
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      const { contributorId, number } = contribution;
      const { ordinal } = await lastRound(em, id);
      const round = {
        contributionId: id,
        contributorId,
        ordinal: ordinal + 1,
        side,
        number,
        message: null,
        openQuestions: [],
      };
      await writeRound(em, caller, { ...round, answer: 'DECLINE' });
      const step = { id, contributorId, version: contribution.version + 1, number, effectiveOn: today(), reason };
      await takeSteps(em, caller, [{ ...step, state: ContributionState.DECLINED }]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
