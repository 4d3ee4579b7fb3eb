import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, perform } from '../kernel/deed.js';
import { Briefing, BriefingState } from './briefing.js';
import { BriefingChangeInput, BriefingPayload, briefingToChange, callOff } from './briefing-to-change.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'Which briefing is called off, and why; expectedVersion is its version.' })
export class CancelBriefingInput extends BriefingChangeInput {
  @Field(() => String, { description: 'Why; it is published.' })
  reason: string;
}

@ObjectType({ description: 'The briefing, CALLED_OFF, or why it was declined.' })
export class CancelBriefingPayload extends BriefingPayload {}

@Resolver()
export class CancelBriefing {
  @Mutation(() => CancelBriefingPayload, {
    description:
      'Calls off a briefing that is SCHEDULED; it stays to be read, with the reason. One that is postponed is called off, and another one scheduled. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_BRIEFING, STALE_VERSION, ILLEGAL_TRANSITION.',
  })
  async cancelBriefing(
    @Arg('input', () => CancelBriefingInput, { description: 'Which, and why.' }) input: CancelBriefingInput,
    @Ctx() context: Context,
  ): Promise<CancelBriefingPayload> {
    const deed = { name: 'cancelBriefing', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      checkSaid({ reason: input.reason });
      const [briefing, steps] = await briefingToChange(em, input, BriefingState.CALLED_OFF);
      return callOff(em, briefing, steps, input.reason);
    });
    return { briefing: noun, ...done };
  }
}
