import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Mission } from './mission.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

export const missions = nounsById(Mission, 'mission');

@ObjectType({ description: 'A page of missions, by id.' })
export class MissionConnection extends connectionOf(Mission) {}

@Resolver(() => Mission)
export class MissionResolver {
  @Query(() => Mission, { nullable: true, description: 'One mission by its id. Errors: NOT_FOUND.' })
  mission(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(missions, id);
  }

  @Query(() => MissionConnection, { nullable: true, description: 'All missions, in the order of their ids.' })
  async missions(@Args(() => PageArgs) args: PageArgs, @Ctx() context: Context): Promise<Page<Mission>> {
    const table = context.known('mission');
    const [page] = await readNounPages(context, Mission, [''], args, {
      sql: `select * from ${table}`,
      orderBy: ['id'],
      count: async () =>
        (await context.rows<{ count: number }>(`select count(*)::int as count from ${table}`))[0]!.count,
    });
    return page!;
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation that leads it, where one does.' })
  lead(@Root() mission: Mission, @Ctx() context: Context) {
    return mission.leadId && context.load(organisations, mission.leadId);
  }
}
