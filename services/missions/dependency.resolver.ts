import { Arg, Args, Ctx, FieldResolver, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsByParent } from '../kernel/loader.js';
import { Decision } from './decision.js';
import { decisions } from './decision.resolver.js';
import { Dependency } from './dependency.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';
import { stillWaiting, WaitingOnFilter, WaitingOnOrder, waitingPage } from './waiting-listing.js';

const waitingOfMission = nounsByParent(Dependency, {
  ...{ table: 'dependency', column: 'mission_id', orderBy: 'since, id', where: stillWaiting },
  parent: (dependency: Dependency) => dependency.missionId,
});

@ObjectType({ description: 'A page of what is waited for.' })
export class DependencyConnection extends connectionOf(Dependency) {}

@Resolver(() => Dependency)
export class DependencyResolver {
  @Query(() => DependencyConnection, {
    nullable: true,
    description: 'What is waited for now, over all missions, the longest wait first unless asked otherwise.',
  })
  waitingOn(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => WaitingOnFilter, { nullable: true, description: 'Which waitings.' })
    filter: WaitingOnFilter | null | undefined,
    @Arg('orderBy', () => WaitingOnOrder, {
      defaultValue: WaitingOnOrder.LONGEST_FIRST,
      description: 'In which order.',
    })
    orderBy: WaitingOnOrder,
    @Ctx() context: Context,
  ): Promise<Page<Dependency>> {
    return waitingPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => Int, {
    description: 'Whole days since they began to wait, up to today or to the instant the answer is cut at.',
  })
  daysWaited(@Root() dependency: Dependency, @Ctx() context: Context): number {
    return dependency.daysWaited(context.knownAt ?? new Date());
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission that is held up.' })
  mission(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(missions, dependency.missionId);
  }

  @FieldResolver(() => Decision, { nullable: true, description: 'The decision that is waited for.' })
  decision(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(decisions, dependency.decisionId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who waits.' })
  waiter(@Root() dependency: Dependency, @Ctx() context: Context) {
    return context.load(organisations, dependency.waiterId);
  }
}

@Resolver(() => Mission)
export class MissionWaiting {
  @FieldResolver(() => [Dependency], { description: 'What holds it up now, the longest wait first.' })
  waitingOn(@Root() mission: Mission, @Ctx() context: Context) {
    return context.load(waitingOfMission, mission.id);
  }
}
