import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { answerWith, lockFor } from './standing.js';
import { atStoreOf } from './store.js';
import { variationOf } from './variation.js';
import { writeRound } from './writing.js';

@InputType({ description: 'A variation that one side does not go on with.' })
export class DeclineVariationInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'Why; shown only to the two sides and auditors.' })
  reason: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class DeclineVariationPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution, on the terms in force as before; null when this was refused.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class DeclineVariation {
  @Mutation(() => DeclineVariationPayload, {
    description:
      'Ends a variation that is offered or agreed but not binding yet; also one’s own, and out of turn. The terms in force stay. Role: publisher of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NO_VARIATION, BAD_USER_INPUT.',
  })
  async declineVariation(
    @Arg('input', () => DeclineVariationInput, { description: 'The contribution and why.' })
    input: DeclineVariationInput,
    @Ctx() context: Context,
  ): Promise<DeclineVariationPayload> {
    const by = ['publisher', 'mission-unit'] as const;
    const deed = { name: 'declineVariation', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason: message } = input;
      const speakers = { CONTRIBUTOR: 'publisher', MISSION: 'mission-unit' } as const;
      const { contribution, side } = await lockFor(em, caller, id, speakers);
      expectVersion(input, contribution.version);
      const open = await variationOf(em, contribution);
      if (!open) return refuse('NO_VARIATION', 'There is no variation of this contribution to decline.');
      if (message.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      const { contributorId } = contribution;
      const about = { contributionId: id, contributorId, ordinal: open.ordinal + 1, number: open.version.number };
      await writeRound(em, caller, { ...about, side, answer: 'DECLINE', message, openQuestions: [] });
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
