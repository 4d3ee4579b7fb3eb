import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { LearningCycle, NextStep } from './learning-cycle.js';
import { checkSaid, dayNotAhead } from './said.js';

@InputType({ description: 'What came of a learning cycle.' })
export class CloseLearningCycleInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the learning cycle.' })
  learningCycle: string;

  @Field(() => String, { description: 'What was observed; that nothing could be told is an observation too.' })
  observed: string;

  @Field(() => String, { description: 'What was learned from it.' })
  learned: string;

  @Field(() => NextStep, { description: 'What is done next.' })
  next: NextStep;

  @Field(() => Day, { nullable: true, description: 'The day it was closed on, not in the future; left out, today.' })
  closedOn?: string | null;
}

@ObjectType({ description: 'The closed learning cycle, or why it was declined.' })
export class CloseLearningCyclePayload extends DeedPayload {
  @Field(() => LearningCycle, { nullable: true, description: 'The cycle, CLOSED; null when declined.' })
  learningCycle: LearningCycle | null;
}

@Resolver()
export class CloseLearningCycle {
  @Mutation(() => CloseLearningCyclePayload, {
    description:
      'Closes a learning cycle with what was observed, what was learned and what is done next; it never changes again. Role: mission-unit. Refusals: UNKNOWN_CYCLE, ILLEGAL_TRANSITION, STALE_VERSION, BAD_USER_INPUT.',
  })
  async closeLearningCycle(
    @Arg('input', () => CloseLearningCycleInput, { description: 'What came of it.' }) input: CloseLearningCycleInput,
    @Ctx() context: Context,
  ): Promise<CloseLearningCyclePayload> {
    const deed = { name: 'closeLearningCycle', input, by: ['mission-unit'], ...byId(LearningCycle) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const cycle = await em.findOne(LearningCycle, input.learningCycle, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!cycle) refuse('UNKNOWN_CYCLE', `There is no learning cycle ${input.learningCycle}.`, ['learningCycle']);
      expectVersion(input, cycle.version);
      const { observed, learned, next } = input;
      checkSaid({ observed, learned });
      cycle.close(dayNotAhead(input.closedOn, 'closedOn'), { observed, learned, next });
      return cycle;
    });
    return { learningCycle: noun, ...done };
  }
}
