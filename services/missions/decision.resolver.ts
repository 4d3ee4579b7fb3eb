import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { Decision, DecisionState } from './decision.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';

export const decisions = nounsById(Decision, 'decision');
const decisionsOfMission = nounPagesByParent(Decision, (context) => ({
  sql: `select * from ${context.known('decision')} where mission_id = parent.id`,
  orderBy: ['id'],
}));

@ObjectType({ description: 'A page of decisions, in the order they were opened.' })
export class DecisionConnection extends connectionOf(Decision) {}

@InputType({ description: 'Which decisions; every field given must hold.' })
export class DecisionFilter {
  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'To be taken by this organisation.' })
  decider?: string | null;

  @Field(() => [DecisionState], { nullable: true, description: 'In one of these states.' })
  states?: DecisionState[] | null;
}

@Resolver(() => Decision)
export class DecisionResolver {
  @Query(() => Decision, { nullable: true, description: 'One decision by its id. Errors: NOT_FOUND.' })
  decision(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(decisions, id);
  }

  @Query(() => DecisionConnection, {
    nullable: true,
    description: 'Decisions of all missions, in the order they were opened.',
  })
  async decisions(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DecisionFilter, { nullable: true, description: 'Which decisions.' })
    filter: DecisionFilter | null,
    @Ctx() context: Context,
  ): Promise<Page<Decision>> {
    const [page] = await readNounPages(context, Decision, [''], args, {
      sql: `select * from ${context.known('decision')} where (?::text is null or mission_id = ?)
        and (?::text is null or decider_id = ?) and (?::text[] is null or state = any(?))`,
      params: [filter?.mission, filter?.mission, filter?.decider, filter?.decider, filter?.states, filter?.states].map(
        (value) => value ?? null,
      ),
      orderBy: ['id'],
    });
    return page!;
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
