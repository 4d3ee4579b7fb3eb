import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { BriefingAnswer, BriefingQuestion, BriefingState } from './briefing.js';
import { briefingWithSteps, demandState } from './briefing-to-change.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'The answer to a question about a briefing.' })
export class AnswerQuestionInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the question.' })
  question: string;

  @Field(() => String, { description: 'The answer; it is published at once.' })
  text: string;
}

@ObjectType({ description: 'The question with its answer, or why it was declined.' })
export class AnswerQuestionPayload extends DeedPayload {
  @Field(() => BriefingQuestion, { nullable: true, description: 'The question; null when declined.' })
  question: BriefingQuestion | null;
}

@Resolver()
export class AnswerQuestion {
  @Mutation(() => AnswerQuestionPayload, {
    description:
      'Answers a question about a briefing, once. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_QUESTION, ALREADY_ANSWERED, ILLEGAL_TRANSITION.',
  })
  async answerQuestion(
    @Arg('input', () => AnswerQuestionInput, { description: 'The answer.' }) input: AnswerQuestionInput,
    @Ctx() context: Context,
  ): Promise<AnswerQuestionPayload> {
    const deed = { name: 'answerQuestion', input, by: ['mission-unit'], ...byId(BriefingQuestion) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { text } = input;
      checkSaid({ text });
      const question = await em.findOne(BriefingQuestion, { id: input.question });
      if (!question) refuse('UNKNOWN_QUESTION', 'There is no question with this id.', ['question']);
      const [briefing, steps] = await briefingWithSteps(em, question.briefingId);
      if (await em.findOne(BriefingAnswer, { questionId: question.id }))
        refuse('ALREADY_ANSWERED', 'This question has its answer; ask another one.', ['question']);
      demandState(steps, BriefingState.PUBLISHED);
      question.madeWith = em.create(BriefingAnswer, {
        ...{ questionId: question.id, briefingId: briefing.id, text, statedReleaseAt: null },
      });
      return question;
    });
    return { question: noun, ...done };
  }
}
