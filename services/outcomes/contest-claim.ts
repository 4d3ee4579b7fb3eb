import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { ClaimChangeInput, ClaimPayload, claimToChange } from './claim-to-change.js';
import { ClaimStepKind, ContributionClaim } from './contribution-claim.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'Why a claim is doubted.' })
export class ContestClaimInput extends ClaimChangeInput {}

@ObjectType({ description: 'The claim, or why it was declined.' })
export class ContestClaimPayload extends ClaimPayload {}

@Resolver()
export class ContestClaim {
  @Mutation(() => ContestClaimPayload, {
    description:
      'Contests another organisation’s claim; the claim stays, with the reason beside it. Role: publisher or mission-unit, of any organisation but the claimant. Refusals: BAD_USER_INPUT, UNKNOWN_CLAIM, OWN_CLAIM, ILLEGAL_TRANSITION.',
  })
  async contestClaim(
    @Arg('input', () => ContestClaimInput, { description: 'Why a claim is doubted.' }) input: ContestClaimInput,
    @Ctx() context: Context,
  ): Promise<ContestClaimPayload> {
    const deed = {
      name: 'contestClaim',
      input,
      by: ['publisher', 'mission-unit'],
      ...byId(ContributionClaim),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { reason } = input;
      checkSaid({ reason });
      const { claim, take } = await claimToChange(em, input.claim);
      if (caller.organisation === claim.claimantId)
        refuse('OWN_CLAIM', 'This is your own claim; withdraw it if you doubt it.', ['claim']);
      return take(ClaimStepKind.CONTESTED, caller.organisation, reason);
    });
    return { claim: noun, ...done };
  }
}
