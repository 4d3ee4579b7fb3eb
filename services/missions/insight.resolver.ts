import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Decision } from './decision.js';
import { decisions } from './decision.resolver.js';
import { Insight } from './insight.js';
import { Mission } from './mission.js';

// Which insights a caller may see is decided by the table's row-level security.
const insightsOfMission = nounPagesByParent(Insight, (context) => ({
  sql: `select * from ${context.known('insight')} where mission_id = parent.id`,
  orderBy: ['id'],
  descending: true,
}));

@ObjectType({ description: 'A page of insights, the latest first.' })
export class InsightConnection extends connectionOf(Insight) {}

@Resolver(() => Mission)
export class MissionInsights {
  @FieldResolver(() => InsightConnection, { description: 'What people at the front line say, the latest first.' })
  insights(@Root() mission: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(insightsOfMission, { parent: mission.id, args });
  }
}

@Resolver(() => Insight)
export class InsightResolver {
  @FieldResolver(() => [Decision], { description: 'The decisions it led to or changed.' })
  async decisions(@Root() insight: Insight, @Ctx() context: Context): Promise<Decision[]> {
    const found = await Promise.all(insight.decisionIds.map((id) => context.load(decisions, id)));
    return found.filter((decision) => decision !== null);
  }
}
