import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Decision, DecisionState } from './decision.js';
import { existingMission } from './mission.js';
import { existingOrganisation } from './organisation.js';

@InputType({ description: 'A question to be settled.' })
export class OpenDecisionInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the mission it belongs to.' })
  mission: string;

  @Field(() => String, { description: 'The question, in plain words.' })
  question: string;

  @Field(() => [String], { defaultValue: [], description: 'The options on the table.' })
  options: string[];

  @Field(() => ID, { description: 'Id of the organisation that has to settle it.' })
  decider: string;

  @Field(() => Day, { nullable: true, description: 'The day it is due.' })
  dueOn?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can be undone.' })
  reversible?: boolean | null;

  @Field(() => Day, { nullable: true, description: 'When it is to be looked at again.' })
  reviewOn?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The opened decision, or why it was declined.' })
export class OpenDecisionPayload extends DeedPayload {
  @Field(() => Decision, { nullable: true, description: 'The decision, OPEN; null when declined.' })
  decision: Decision | null;
}

@Resolver()
export class OpenDecision {
  @Mutation(() => OpenDecisionPayload, {
    description:
      'Puts a question that an organisation has to settle. Role: mission-unit. Refusals: UNKNOWN_MISSION, UNKNOWN_ORGANISATION.',
  })
  async openDecision(
    @Arg('input', () => OpenDecisionInput, { description: 'A question to be settled.' }) input: OpenDecisionInput,
    @Ctx() context: Context,
  ): Promise<OpenDecisionPayload> {
    const deed = { name: 'openDecision', input, by: ['mission-unit'], ...byId(Decision) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      await existingMission(em, input.mission);
      await existingOrganisation(em, input.decider, 'decider');
      const { mission: missionId, question, options, decider: deciderId, illustrative } = input;
      return em.create(Decision, {
        ...{
          id: `decision-${uuid()}`,
          missionId,
          question,
          options,
          deciderId,
          illustrative,
          state: DecisionState.OPEN,
        },
        ...{ dueOn: input.dueOn ?? null, reversible: input.reversible ?? null, reviewOn: input.reviewOn ?? null },
        ...{ chosen: null, rationale: null, decidedAt: null },
      });
    });
    return { decision: noun, ...done };
  }
}
