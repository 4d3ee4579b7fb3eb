import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Briefing, BriefingState } from './briefing.js';
import { BriefingChangeInput, BriefingPayload, briefingToChange, takeStep } from './briefing-to-change.js';
import { now } from './released.js';

@InputType({ description: 'Which briefing was held; expectedVersion is its version.' })
export class HoldBriefingInput extends BriefingChangeInput {}

@ObjectType({ description: 'The briefing, HELD, or why it was declined.' })
export class HoldBriefingPayload extends BriefingPayload {}

@Resolver()
export class HoldBriefing {
  @Mutation(() => HoldBriefingPayload, {
    description:
      'Says that a briefing was held. Role: mission-unit. Refusals: UNKNOWN_BRIEFING, STALE_VERSION, ILLEGAL_TRANSITION, TOO_EARLY.',
  })
  async holdBriefing(
    @Arg('input', () => HoldBriefingInput, { description: 'Which.' }) input: HoldBriefingInput,
    @Ctx() context: Context,
  ): Promise<HoldBriefingPayload> {
    const deed = { name: 'holdBriefing', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const [briefing, steps] = await briefingToChange(em, input, BriefingState.HELD);
      const { heldAt } = briefing;
      if (heldAt > (await now(em)))
        refuse('TOO_EARLY', `It is to be held at ${heldAt.toISOString()}; say so then.`, ['briefing']);
      return takeStep(em, briefing, steps);
    });
    return { briefing: noun, ...done };
  }
}
