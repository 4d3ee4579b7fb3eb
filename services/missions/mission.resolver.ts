import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Mission } from './mission.js';
import { MissionFilter, MissionOrder, missionPage } from './mission-listing.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

export const missions = nounsById(Mission, 'mission');

@ObjectType({ description: 'A page of missions.' })
export class MissionConnection extends connectionOf(Mission) {}

@Resolver(() => Mission)
export class MissionResolver {
  @Query(() => Mission, { nullable: true, description: 'One mission by its id. Errors: NOT_FOUND.' })
  mission(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(missions, id);
  }

  @Query(() => MissionConnection, {
    nullable: true,
    description: 'Missions, all or by filter, in the order of their ids unless asked otherwise.',
  })
  missions(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => MissionFilter, { nullable: true, description: 'Which missions.' })
    filter: MissionFilter | null | undefined,
    @Arg('orderBy', () => MissionOrder, { defaultValue: MissionOrder.BY_ID, description: 'In which order.' })
    orderBy: MissionOrder,
    @Ctx() context: Context,
  ): Promise<Page<Mission>> {
    return missionPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation that leads it, where one does.' })
  lead(@Root() mission: Mission, @Ctx() context: Context) {
    return mission.leadId && context.load(organisations, mission.leadId);
  }
}
