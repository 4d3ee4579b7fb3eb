import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader, nounsById, nounsByParent } from '../kernel/loader.js';
import { Challenge } from './challenge.js';
import { Lever } from './lever.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

export const challenges = nounsById(Challenge, 'challenge');
export const levers = nounsById(Lever, 'lever');
const leversOfChallenge = nounsByParent(Lever, {
  ...{ table: 'lever', column: 'challenge_id', orderBy: 'leverage desc, id' },
  parent: (lever: Lever) => lever.challengeId,
});

const challengesOfMission: Loader<string, Challenge[]> = {
  async batch(ids, context) {
    const found = await context.nouns(
      Challenge,
      `select * from ${context.known('challenge')} where exists (
         select from jsonb_array_elements(shares) as share where share->>'missionId' = any(?)) order by id`,
      [ids],
    );
    const pairs = found.flatMap((challenge) => challenge.shares.map(({ missionId }) => ({ missionId, challenge })));
    return grouped(ids, pairs, ({ missionId }) => missionId).map((group) => group.map(({ challenge }) => challenge));
  },
};

@ObjectType({ description: 'How much of a challenge serves one mission.' })
export class ChallengeShare {
  @Field(() => Mission, { nullable: true, description: 'The mission.' })
  mission: Mission | null;

  @Field(() => Int, { description: 'Its share in whole percent.' })
  weight: number;
}

@Resolver(() => Challenge)
export class ChallengeResolver {
  @Query(() => Challenge, { nullable: true, description: 'One challenge by its id. Errors: NOT_FOUND.' })
  challenge(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(challenges, id);
  }

  @FieldResolver(() => [ChallengeShare], {
    description: 'The missions it serves, with stated weights that add up to at most 100.',
  })
  missions(@Root() challenge: Challenge, @Ctx() context: Context): Promise<ChallengeShare[]> {
    return Promise.all(
      challenge.shares.map(async ({ missionId, weight }) => ({
        mission: await context.load(missions, missionId),
        weight,
      })),
    );
  }

  @FieldResolver(() => [Lever], { description: 'What can be pulled to meet it, the most decisive first.' })
  levers(@Root() challenge: Challenge, @Ctx() context: Context) {
    return context.load(leversOfChallenge, challenge.id);
  }
}

@Resolver(() => Lever)
export class LeverResolver {
  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it belongs to.' })
  challenge(@Root() lever: Lever, @Ctx() context: Context) {
    return context.load(challenges, lever.challengeId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who controls it; null when that is not known.' })
  controller(@Root() lever: Lever, @Ctx() context: Context) {
    return lever.controllerId && context.load(organisations, lever.controllerId);
  }
}

@Resolver(() => Mission)
export class MissionChallenges {
  @FieldResolver(() => [Challenge], { description: 'What stands in its way.' })
  challenges(@Root() mission: Mission, @Ctx() context: Context) {
    return context.load(challengesOfMission, mission.id);
  }
}
