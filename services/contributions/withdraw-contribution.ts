import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { answerWith, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { takeSteps } from './writing.js';

@InputType({ description: 'A contribution that its contributor takes back.' })
export class WithdrawContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'Why; public.' })
  reason: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class WithdrawContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution, WITHDRAWN; null when this was refused.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class WithdrawContribution {
  @Mutation(() => WithdrawContributionPayload, {
    description:
      'Takes back a contribution that is PLEDGED, NEGOTIATING or AGREED; after commitment it is too late. Role: publisher of the contributor. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, BAD_USER_INPUT.',
  })
  async withdrawContribution(
    @Arg('input', () => WithdrawContributionInput, { description: 'The contribution and why.' })
    input: WithdrawContributionInput,
    @Ctx() context: Context,
  ): Promise<WithdrawContributionPayload> {
    const deed = { name: 'withdrawContribution', input, by: ['publisher'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason } = input;
      const { contribution } = await lockFor(em, caller, id, { CONTRIBUTOR: 'publisher' });
      expectVersion(input, contribution.version);
      contribution.mayBecome(ContributionState.WITHDRAWN);
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      const { contributorId, number } = contribution;
      const step = { id, contributorId, version: contribution.version + 1, number, effectiveOn: today(), reason };
      await takeSteps(em, caller, [{ ...step, state: ContributionState.WITHDRAWN }]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
