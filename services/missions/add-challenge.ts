import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { Challenge, type MissionShare, MissionShareInput } from './challenge.js';
import { Mission } from './mission.js';

@InputType({ description: 'A challenge to be added.' })
export class AddChallengeInput extends DeedInput {
  @Field(() => ID, { description: 'Its readable id: lower-case words joined by hyphens, at most 120 characters.' })
  id: string;

  @Field(() => String, { description: 'Its name.' })
  name: string;

  @Field(() => String, {
    description: 'What kind of challenge it is, in capitals: COMPLEX_OUTCOME, TECHNOLOGY_BOTTLENECK and others.',
  })
  archetype: string;

  @Field(() => String, { nullable: true, description: 'How it is worked on, in words.' })
  operatingModel?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What its money is spent on, in capitals: PREVENTION, ACUTE and others; left out: not said.',
  })
  spending?: string | null;

  @Field(() => [MissionShareInput], { description: 'The missions it serves, one at least.' })
  missions: MissionShareInput[];
}

@ObjectType({ description: 'The added challenge, or why it was declined.' })
export class AddChallengePayload extends DeedPayload {
  @Field(() => Challenge, { nullable: true, description: 'The challenge; null when declined.' })
  challenge: Challenge | null;
}

@Resolver()
export class AddChallenge {
  @Mutation(() => AddChallengePayload, {
    description:
      'Adds a challenge and says which missions it serves, by how much. Role: mission-unit. Refusals: BAD_USER_INPUT, ALREADY_EXISTS, UNKNOWN_MISSION, WEIGHTS_EXCEED_100.',
  })
  async addChallenge(
    @Arg('input', () => AddChallengeInput, { description: 'A challenge to be added.' }) input: AddChallengeInput,
    @Ctx() context: Context,
  ): Promise<AddChallengePayload> {
    const deed = { name: 'addChallenge', input, by: ['mission-unit'], ...byId(Challenge) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      if (!isSlug(input.id)) refuse('BAD_USER_INPUT', 'The id is lower-case words joined by hyphens.', ['id']);
      if (!/^[A-Z][A-Z_]*$/.test(input.archetype))
        refuse('BAD_USER_INPUT', 'An archetype is written in capitals.', ['archetype']);
      if (input.spending && !/^[A-Z][A-Z_]*$/.test(input.spending))
        refuse('BAD_USER_INPUT', 'What is spent on is written in capitals.', ['spending']);
      if (await em.findOne(Challenge, input.id))
        refuse('ALREADY_EXISTS', `There is a challenge ${input.id} already.`, ['id']);
      const shares = input.missions.map(({ mission, weight }) => ({ missionId: mission, weight }));
      await checkShares(em, shares);
      const { id, name, archetype } = input;
      const [operatingModel, spending] = [input.operatingModel ?? null, input.spending || null];
      return em.create(Challenge, { id, name, archetype, operatingModel, spending, shares });
    });
    return { challenge: noun, ...done };
  }
}

async function checkShares(em: EntityManager, shares: MissionShare[]): Promise<void> {
  const ids = shares.map(({ missionId }) => missionId);
  if (ids.length === 0 || new Set(ids).size < ids.length)
    refuse('BAD_USER_INPUT', 'Name each mission it serves once, one at least.', ['missions']);
  if (shares.some(({ weight }) => weight < 1))
    refuse('BAD_USER_INPUT', 'A weight is a whole percentage from 1 to 100.', ['missions']);
  const sum = shares.reduce((before, { weight }) => before + weight, 0);
  if (sum > 100)
    refuse('WEIGHTS_EXCEED_100', `The weights add up to ${sum}; together they are at most 100.`, ['missions']);
  const known = await em.find(Mission, { id: { $in: ids } });
  const unknown = ids.find((id) => !known.some((mission) => mission.id === id));
  if (unknown) refuse('UNKNOWN_MISSION', `There is no mission ${unknown}.`, ['missions']);
}
