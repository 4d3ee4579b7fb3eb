import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Mission, MissionState } from './mission.js';

@InputType({ description: 'Which mission to start.' })
export class ActivateMissionInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the mission.' })
  mission: string;
}

@ObjectType({ description: 'The started mission, or why it was declined.' })
export class ActivateMissionPayload extends DeedPayload {
  @Field(() => Mission, { nullable: true, description: 'The mission, ACTIVE; null when declined.' })
  mission: Mission | null;
}

@Resolver()
export class ActivateMission {
  @Mutation(() => ActivateMissionPayload, {
    description:
      'Starts a proposed mission, or a paused one again. Role: mission-unit. Refusals: UNKNOWN_MISSION, ILLEGAL_TRANSITION, STALE_VERSION.',
  })
  async activateMission(
    @Arg('input', () => ActivateMissionInput, { description: 'Which mission to start.' }) input: ActivateMissionInput,
    @Ctx() context: Context,
  ): Promise<ActivateMissionPayload> {
    const deed = { name: 'activateMission', input, by: ['mission-unit'], ...byId(Mission) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const mission = await em.findOne(Mission, input.mission, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!mission) refuse('UNKNOWN_MISSION', `There is no mission ${input.mission}.`, ['mission']);
      expectVersion(input, mission.version);
      mission.become(MissionState.ACTIVE);
      return mission;
    });
    return { mission: noun, ...done };
  }
}
