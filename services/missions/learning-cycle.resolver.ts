import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Challenge } from './challenge.js';
import { challenges } from './challenge.resolver.js';
import { LearningCycle } from './learning-cycle.js';
import { Measure } from './measure.js';
import { Mission } from './mission.js';

export const learningCycles = nounsById(LearningCycle, 'learning_cycle');
const latestFirst = { orderBy: ['started_on', 'id'], descending: true };
const cyclesOfChallenge = nounPagesByParent(LearningCycle, (context) => ({
  sql: `select * from ${context.known('learning_cycle')} where challenge_id = parent.id`,
  ...latestFirst,
}));
const cyclesOfMission = nounPagesByParent(LearningCycle, (context) => ({
  sql: `select * from ${context.known('learning_cycle')} where challenge_id in (
    select id from ${context.known('challenge')} where shares @> jsonb_build_array(jsonb_build_object('missionId', parent.id)))`,
  ...latestFirst,
}));

@ObjectType({ description: 'A page of learning cycles, the one that started last first.' })
export class LearningCycleConnection extends connectionOf(LearningCycle) {}

@Resolver(() => LearningCycle)
export class LearningCycleResolver {
  @Query(() => LearningCycle, { nullable: true, description: 'One learning cycle by its id. Errors: NOT_FOUND.' })
  learningCycle(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(learningCycles, id);
  }

  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it is to meet.' })
  challenge(@Root() cycle: LearningCycle, @Ctx() context: Context) {
    return context.load(challenges, cycle.challengeId);
  }

  @FieldResolver(() => Measure, { nullable: true, description: 'The measure it is expected to move.' })
  measure(@Root() cycle: LearningCycle): Measure {
    return Object.assign(new Measure(), { id: cycle.measureId });
  }
}

@Resolver(() => Challenge)
export class ChallengeLearningCycles {
  @FieldResolver(() => LearningCycleConnection, { description: 'What was tried to meet it, the latest first.' })
  learningCycles(@Root() { id }: Challenge, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(cyclesOfChallenge, { parent: id, args });
  }
}

@Resolver(() => Mission)
export class MissionLearningCycles {
  @FieldResolver(() => LearningCycleConnection, {
    description: 'What was tried to meet its challenges, the latest first.',
  })
  learningCycles(@Root() { id }: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(cyclesOfMission, { parent: id, args });
  }
}
