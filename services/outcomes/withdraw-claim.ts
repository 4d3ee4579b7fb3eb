import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, perform } from '../kernel/deed.js';
import { ClaimChangeInput, ClaimPayload, claimToChange } from './claim-to-change.js';
import { ClaimStepKind, ContributionClaim } from './contribution-claim.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'Why a claim is withdrawn.' })
export class WithdrawClaimInput extends ClaimChangeInput {}

@ObjectType({ description: 'The claim, or why it was declined.' })
export class WithdrawClaimPayload extends ClaimPayload {}

@Resolver()
export class WithdrawClaim {
  @Mutation(() => WithdrawClaimPayload, {
    description:
      'Withdraws a claim; it stays to be read, with the reason. Role: publisher or mission-unit of the claimant. Refusals: BAD_USER_INPUT, UNKNOWN_CLAIM, ILLEGAL_TRANSITION.',
  })
  async withdrawClaim(
    @Arg('input', () => WithdrawClaimInput, { description: 'Why a claim is withdrawn.' }) input: WithdrawClaimInput,
    @Ctx() context: Context,
  ): Promise<WithdrawClaimPayload> {
    const deed = {
      name: 'withdrawClaim',
      input,
      by: ['publisher', 'mission-unit'],
      ...byId(ContributionClaim),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { reason } = input;
      checkSaid({ reason });
      const { claim, take } = await claimToChange(em, input.claim);
      context.demand(deed.by, claim.claimantId);
      return take(ClaimStepKind.WITHDRAWN, caller.organisation, reason);
    });
    return { claim: noun, ...done };
  }
}
