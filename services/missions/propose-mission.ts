import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { Mission, MissionAmbition, MissionMeaning, MissionState } from './mission.js';
import { existingOrganisation } from './organisation.js';

@InputType({ description: 'A mission to be put forward.' })
export class ProposeMissionInput extends DeedInput {
  @Field(() => ID, { description: 'Its readable id: lower-case words joined by hyphens, at most 120 characters.' })
  id: string;

  @Field(() => String, { description: 'Its name.' })
  name: string;

  @Field(() => String, { description: 'What it is for, in plain words.' })
  purpose: string;

  @Field(() => MissionMeaning, { description: 'What is meant by calling it a mission.' })
  meaning: MissionMeaning;

  @Field(() => MissionAmbition, { description: 'How firmly the government is bound to it.' })
  ambition: MissionAmbition;

  @Field(() => Day, { nullable: true, description: 'The day by which it is to be reached.' })
  horizon?: string | null;

  @Field(() => ID, { nullable: true, description: 'The organisation that leads it, where one does.' })
  lead?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The proposed mission, or why it was declined.' })
export class ProposeMissionPayload extends DeedPayload {
  @Field(() => Mission, { nullable: true, description: 'The mission, PROPOSED; null when declined.' })
  mission: Mission | null;
}

@Resolver()
export class ProposeMission {
  @Mutation(() => ProposeMissionPayload, {
    description:
      'Puts a mission forward. Role: mission-unit. Refusals: BAD_USER_INPUT, ALREADY_EXISTS, UNKNOWN_ORGANISATION.',
  })
  async proposeMission(
    @Arg('input', () => ProposeMissionInput, { description: 'The mission.' }) input: ProposeMissionInput,
    @Ctx() context: Context,
  ): Promise<ProposeMissionPayload> {
    const deed = { name: 'proposeMission', input, by: ['mission-unit'], ...byId(Mission) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      if (!isSlug(input.id))
        refuse('BAD_USER_INPUT', 'The id is lower-case words joined by hyphens, such as clean-energy.', ['id']);
      if (input.name.trim() === '') refuse('BAD_USER_INPUT', 'The mission needs a name.', ['name']);
      if (await em.findOne(Mission, input.id))
        refuse('ALREADY_EXISTS', `There is a mission ${input.id} already.`, ['id']);
      if (input.lead) await existingOrganisation(em, input.lead, 'lead');
      const { id, name, purpose, meaning, ambition, illustrative } = input;
      return em.create(Mission, {
        ...{ id, name, purpose, meaning, ambition, illustrative },
        horizon: input.horizon ?? null,
        leadId: input.lead ?? null,
        state: MissionState.PROPOSED,
      });
    });
    return { mission: noun, ...done };
  }
}
