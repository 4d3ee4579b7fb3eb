import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { BriefingQuestion, BriefingState } from './briefing.js';
import { briefingWithSteps, demandState } from './briefing-to-change.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'A question about a published briefing.' })
export class AskQuestionInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the briefing.' })
  briefing: string;

  @Field(() => String, { description: 'The question; it is published at once.' })
  text: string;

  @Field(() => String, {
    nullable: true,
    description: 'For whom it is put, such as "a member of the public" or a committee; no name of a person.',
  })
  askedFor?: string | null;
}

@ObjectType({ description: 'The question, or why it was declined.' })
export class AskQuestionPayload extends DeedPayload {
  @Field(() => BriefingQuestion, { nullable: true, description: 'The question; null when declined.' })
  question: BriefingQuestion | null;
}

@Resolver()
export class AskQuestion {
  @Mutation(() => AskQuestionPayload, {
    description:
      'Asks about a published briefing. The public has no role here: the mission unit, or any organisation, puts its questions for it. Role: any but auditor. Refusals: BAD_USER_INPUT, UNKNOWN_BRIEFING, ILLEGAL_TRANSITION.',
  })
  async askQuestion(
    @Arg('input', () => AskQuestionInput, { description: 'The question.' }) input: AskQuestionInput,
    @Ctx() context: Context,
  ): Promise<AskQuestionPayload> {
    const deed = {
      ...{ name: 'askQuestion', input, ...byId(BriefingQuestion) },
      by: ['publisher', 'approver', 'accounting-officer', 'statistician', 'mission-unit', 'mission-finance'],
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { text, askedFor } = input;
      checkSaid({ text, ...(typeof askedFor === 'string' && { askedFor }) });
      const [briefing, steps] = await briefingWithSteps(em, input.briefing);
      demandState(steps, BriefingState.PUBLISHED);
      return em.create(BriefingQuestion, {
        ...{ id: `question-${uuid()}`, briefingId: briefing.id, text, askedFor: askedFor ?? null },
        ...{ organisationId: caller.organisation, statedReleaseAt: null },
      });
    });
    return { question: noun, ...done };
  }
}
