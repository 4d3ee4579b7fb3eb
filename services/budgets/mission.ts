import { Ctx, Directive, Field, FieldResolver, ID, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { nounsByParent } from '../kernel/loader.js';
import { PooledBudget } from './pooled-budget.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An end that no department can reach alone.' })
export class Mission {
  @Field(() => ID, { description: 'Its readable id.' })
  id: string;
}

export const budgetsOfMission = nounsByParent(PooledBudget, {
  ...{ table: 'pooled_budget', column: 'mission_id', orderBy: 'name' },
  parent: (budget: PooledBudget) => budget.missionId,
});

@Resolver(() => Mission)
export class MissionBudgets {
  @FieldResolver(() => [PooledBudget], { nullable: true, description: 'Its pooled budgets, by name.' })
  budgets(@Root() mission: Mission, @Ctx() context: Context) {
    return context.load(budgetsOfMission, mission.id);
  }
}
