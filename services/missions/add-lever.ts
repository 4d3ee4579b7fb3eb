import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { existingChallenge } from './challenge.js';
import { EvidenceStrength, Lever } from './lever.js';
import { existingOrganisation } from './organisation.js';

@InputType({ description: 'A lever to be added.' })
export class AddLeverInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the challenge it belongs to.' })
  challenge: string;

  @Field(() => String, { description: 'Its name.' })
  name: string;

  @Field(() => ID, { nullable: true, description: 'The organisation that controls it, where known.' })
  controller?: string | null;

  @Field(() => Int, { description: 'How much it would move, 1 (little) to 5 (decisive).' })
  leverage: number;

  @Field(() => String, { description: 'Why this leverage.' })
  rationale: string;

  @Field(() => EvidenceStrength, { description: 'How well it is known that it works.' })
  evidence: EvidenceStrength;
}

@ObjectType({ description: 'The added lever, or why it was declined.' })
export class AddLeverPayload extends DeedPayload {
  @Field(() => Lever, { nullable: true, description: 'The lever; null when declined.' })
  lever: Lever | null;
}

@Resolver()
export class AddLever {
  @Mutation(() => AddLeverPayload, {
    description:
      'Adds a lever to a challenge. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_CHALLENGE, UNKNOWN_ORGANISATION.',
  })
  async addLever(
    @Arg('input', () => AddLeverInput, { description: 'A lever to be added.' }) input: AddLeverInput,
    @Ctx() context: Context,
  ): Promise<AddLeverPayload> {
    const deed = { name: 'addLever', input, by: ['mission-unit'], ...byId(Lever) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      if (input.leverage < 1 || input.leverage > 5)
        refuse('BAD_USER_INPUT', 'Leverage is a whole number from 1 to 5.', ['leverage']);
      await existingChallenge(em, input.challenge);
      if (input.controller) await existingOrganisation(em, input.controller, 'controller');
      const { challenge: challengeId, name, leverage, rationale, evidence } = input;
      return em.create(Lever, {
        ...{ id: `lever-${uuid()}`, challengeId, name, leverage, rationale, evidence },
        controllerId: input.controller ?? null,
      });
    });
    return { lever: noun, ...done };
  }
}
