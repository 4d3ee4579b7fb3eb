import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Decision } from './decision.js';
import { DecisionFilter, DecisionOrder, decisionPage } from './decision-listing.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

export const decisions = nounsById(Decision, 'decision');
const decisionsOfMission = nounPagesByParent(Decision, (context) => ({
  sql: `select * from ${context.known('decision')} where mission_id = parent.id`,
  orderBy: ['id'],
}));

@ObjectType({ description: 'A page of decisions.' })
export class DecisionConnection extends connectionOf(Decision) {}

@Resolver(() => Decision)
export class DecisionResolver {
  @Query(() => Decision, { nullable: true, description: 'One decision by its id. Errors: NOT_FOUND.' })
  decision(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(decisions, id);
  }

  @Query(() => DecisionConnection, {
    nullable: true,
    description: 'Decisions of all missions, in the order they were opened unless asked otherwise.',
  })
  decisions(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DecisionFilter, { nullable: true, description: 'Which decisions.' })
    filter: DecisionFilter | null | undefined,
    @Arg('orderBy', () => DecisionOrder, { defaultValue: DecisionOrder.AS_OPENED, description: 'In which order.' })
    orderBy: DecisionOrder,
    @Ctx() context: Context,
  ): Promise<Page<Decision>> {
    return decisionPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission it belongs to.' })
  mission(@Root() decision: Decision, @Ctx() context: Context) {
    return context.load(missions, decision.missionId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation that has to take it.' })
  decider(@Root() decision: Decision, @Ctx() context: Context) {
    return context.load(organisations, decision.deciderId);
  }
}

@Resolver(() => Mission)
export class MissionDecisions {
  @FieldResolver(() => DecisionConnection, { description: 'Its decisions, in the order they were opened.' })
  decisions(@Root() mission: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(decisionsOfMission, { parent: mission.id, args });
  }
}
