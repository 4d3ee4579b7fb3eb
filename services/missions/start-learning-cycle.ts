import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { existingChallenge } from './challenge.js';
import { checkLength, LearningCycle, LearningCycleState, longAboveDays, mostDays } from './learning-cycle.js';
import { checkSaid, dayNotAhead } from './said.js';

@InputType({ description: 'A change that is made in order to learn.' })
export class StartLearningCycleInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the challenge it is to meet.' })
  challenge: string;

  @Field(() => String, { description: 'What is held to be so: if we do this, then that.' })
  hypothesis: string;

  @Field(() => String, { description: 'What is done otherwise than before.' })
  change: string;

  @Field(() => Day, { nullable: true, description: 'The day the change was made, not in the future; left out, today.' })
  startedOn?: string | null;

  @Field(() => Day, {
    description: `Its last day: at most ${mostDays} days, with a warning above ${longAboveDays}.`,
  })
  endsOn: string;

  @Field(() => ID, { description: 'Id of the measure it is expected to move.' })
  measure: string;

  @Field(() => String, { description: 'The effect that is expected on the measure, in words.' })
  expected: string;

  @Field(() => Decimal, {
    nullable: true,
    description: 'By how much the measure is expected to move, in its unit; below zero: downwards. Not zero.',
  })
  expectedChange?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The started learning cycle, or why it was declined.' })
export class StartLearningCyclePayload extends DeedPayload {
  @Field(() => LearningCycle, {
    nullable: true,
    description: 'The cycle, RUNNING, with a warning where it is long; null when declined.',
  })
  learningCycle: LearningCycle | null;
}

@Resolver()
export class StartLearningCycle {
  @Mutation(() => StartLearningCyclePayload, {
    description: `Starts a learning cycle: a change, and what is expected of it. Longer than ${longAboveDays} days it carries a warning. Role: mission-unit. Refusals: UNKNOWN_CHALLENGE, CYCLE_TOO_LONG, BAD_USER_INPUT.`,
  })
  async startLearningCycle(
    @Arg('input', () => StartLearningCycleInput, { description: 'The change.' }) input: StartLearningCycleInput,
    @Ctx() context: Context,
  ): Promise<StartLearningCyclePayload> {
    const deed = { name: 'startLearningCycle', input, by: ['mission-unit'], ...byId(LearningCycle) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { hypothesis, change, expected, endsOn, illustrative, measure: measureId } = input;
      checkSaid({ hypothesis, change, expected });
      if (!isSlug(measureId)) refuse('BAD_USER_INPUT', 'A measure is named by its readable id.', ['measure']);
      const expectedChange = input.expectedChange ?? null;
      if (expectedChange !== null && !/[1-9]/.test(expectedChange))
        refuse('BAD_USER_INPUT', 'Where nothing is expected to move there is nothing to learn.', ['expectedChange']);
      const startedOn = dayNotAhead(input.startedOn, 'startedOn');
      checkLength(startedOn, endsOn);
      const { id: challengeId } = await existingChallenge(em, input.challenge);
      return em.create(LearningCycle, {
        ...{ id: `cycle-${uuid()}`, challengeId, hypothesis, change, startedOn, endsOn, measureId, expected },
        ...{ expectedChange, illustrative, state: LearningCycleState.RUNNING },
        ...{ closedOn: null, observed: null, learned: null, next: null },
      });
    });
    return { learningCycle: noun, ...done };
  }
}
