import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Briefing, BriefingState } from './briefing.js';
import { BriefingChangeInput, BriefingPayload, briefingToChange, takeStep } from './briefing-to-change.js';

@InputType({ description: 'Which briefing takes no more questions; expectedVersion is its version.' })
export class CloseQuestionsInput extends BriefingChangeInput {}

@ObjectType({ description: 'The briefing, QUESTIONS_CLOSED, or why it was declined.' })
export class CloseQuestionsPayload extends BriefingPayload {}

@Resolver()
export class CloseQuestions {
  @Mutation(() => CloseQuestionsPayload, {
    description:
      'Ends the questions about a briefing; each must have its answer first, so that none is closed away. Role: mission-unit. Refusals: UNKNOWN_BRIEFING, STALE_VERSION, ILLEGAL_TRANSITION, QUESTIONS_OPEN.',
  })
  async closeQuestions(
    @Arg('input', () => CloseQuestionsInput, { description: 'Which.' }) input: CloseQuestionsInput,
    @Ctx() context: Context,
  ): Promise<CloseQuestionsPayload> {
    const deed = { name: 'closeQuestions', input, by: ['mission-unit'], ...byId(Briefing) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const [briefing, steps] = await briefingToChange(em, input, BriefingState.QUESTIONS_CLOSED);
      const [open] = await query<{ count: number }>(
        em,
        `select count(*)::int as count from briefing_question question where briefing_id = ?
           and not exists (select from briefing_answer where question_id = question.id)`,
        [briefing.id],
      );
      if (open!.count > 0)
        refuse('QUESTIONS_OPEN', `Questions without an answer: ${open!.count}. Answer them first.`, ['briefing']);
      return takeStep(em, briefing, steps);
    });
    return { briefing: noun, ...done };
  }
}
