import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import type { Loader } from '../kernel/loader.js';
import { Outcome } from './outcome.js';
import { known } from './released.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An end that no department can reach alone.' })
export class Mission {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

export const outcomesOfMission: Loader<string, Outcome[]> = {
  async batch(missions, context) {
    const sql = `select * from outcome where mission_ids && ?::text[] and ${known(context, 'outcome')} order by id`;
    const found = await context.nouns(Outcome, sql, [missions]);
    const byMission = new Map<string, Outcome[]>(missions.map((mission) => [mission, []]));
    for (const outcome of found) for (const mission of outcome.missionIds) byMission.get(mission)?.push(outcome);
    return missions.map((mission) => byMission.get(mission)!);
  },
};

@Resolver(() => Mission)
export class MissionResolver {
  @FieldResolver(() => [Outcome], {
    nullable: true,
    description: 'What it is to change and must not harm, in the order of ids. Empty when nothing is defined yet.',
  })
  outcomes(@Root() mission: Mission, @Ctx() context: Context): Promise<Outcome[] | null> {
    return context.load(outcomesOfMission, mission.id);
  }
}
