import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { InputPledge, InputPledgeState, isZero } from './input-pledge.js';
import { existingMission } from './mission.js';
import { existingOrganisation } from './organisation.js';
import { checkSaid } from './said.js';

@InputType({ description: 'What an organisation says it will put in.' })
export class PledgeInputInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the mission it is for.' })
  mission: string;

  @Field(() => ID, { description: 'Id of the organisation that is to put it in.' })
  pledger: string;

  @Field(() => String, { description: 'What is to be put in, in plain words; money is pledged as a contribution.' })
  text: string;

  @Field(() => Decimal, { nullable: true, description: 'How much of it, above zero; with a unit.' })
  quantity?: string | null;

  @Field(() => String, { nullable: true, description: 'In what it is counted; with a quantity.' })
  unit?: string | null;

  @Field(() => Day, { description: 'The last day by which it is to be there.' })
  dueOn: string;

  @Field(() => ID, { nullable: true, description: 'Id of the outcome it is meant to help, where there is one.' })
  outcome?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The input pledge, or why it was declined.' })
export class PledgeInputPayload extends DeedPayload {
  @Field(() => InputPledge, { nullable: true, description: 'The pledge, SCHEDULED; null when declined.' })
  inputPledge: InputPledge | null;
}

@Resolver()
export class PledgeInput {
  @Mutation(() => PledgeInputPayload, {
    description:
      'Says what an organisation will put into a mission by a day. Role: publisher of that organisation, or mission-unit. Refusals: UNKNOWN_MISSION, UNKNOWN_ORGANISATION, BAD_USER_INPUT.',
  })
  async pledgeInput(
    @Arg('input', () => PledgeInputInput, { description: 'The pledge.' }) input: PledgeInputInput,
    @Ctx() context: Context,
  ): Promise<PledgeInputPayload> {
    const deed = { name: 'pledgeInput', input, by: ['publisher', 'mission-unit'], ...byId(InputPledge) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      if (!caller.roles.has('mission-unit')) context.demand(deed.by, input.pledger);
      const { text, dueOn, illustrative, mission: missionId, pledger: pledgerId } = input;
      const [quantity, unit, outcomeId] = [input.quantity ?? null, input.unit ?? null, input.outcome ?? null];
      checkSaid({ text, ...(unit !== null && { unit }) });
      if ((quantity === null) !== (unit === null))
        refuse('BAD_USER_INPUT', 'A quantity has a unit, and a unit a quantity.', ['unit']);
      if (quantity !== null && (quantity.startsWith('-') || isZero(quantity)))
        refuse('BAD_USER_INPUT', 'A quantity is above zero.', ['quantity']);
      if (outcomeId !== null && !isSlug(outcomeId))
        refuse('BAD_USER_INPUT', 'An outcome is named by its readable id.', ['outcome']);
      await existingMission(em, missionId);
      await existingOrganisation(em, pledgerId, 'pledger');
      return em.create(InputPledge, {
        ...{ id: `pledge-${uuid()}`, missionId, pledgerId, outcomeId, text, quantity, unit, dueOn, illustrative },
        ...{ state: InputPledgeState.SCHEDULED, delivered: null, evidence: null, settledOn: null },
      });
    });
    return { inputPledge: noun, ...done };
  }
}
