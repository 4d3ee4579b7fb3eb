import { Arg, Args, Ctx, Directive, Field, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { ContributionOrder } from './contribution-order.js';
import { ContributionTotal, totalsByMission, totalsOfAll } from './contribution-total.js';
import { ContributionConnection, ContributionFilter, contributionPages } from './listing.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'An end that no department can reach alone.' })
export class Mission {
  @Field(() => ID, { description: 'Stable readable id.' })
  id: string;
}

@Resolver(() => Mission)
export class MissionResolver {
  @FieldResolver(() => ContributionConnection, {
    nullable: true,
    description: 'What organisations contribute to it, in the order of ids unless asked otherwise.',
  })
  contributions(
    @Root() { id }: Mission,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ContributionFilter, { nullable: true, description: 'Which; all when left out.' })
    filter: ContributionFilter | null,
    @Arg('orderBy', () => ContributionOrder, { defaultValue: ContributionOrder.BY_ID, description: 'In which order.' })
    order: ContributionOrder,
    @Ctx() context: Context,
  ) {
    return context.load(contributionPages, { by: 'mission_id', parent: id, args, filter: filter ?? {}, order });
  }

  @FieldResolver(() => [ContributionTotal], {
    nullable: true,
    description:
      'What is contributed to it, added up per state, pooling, currency, financial year and control total, and never across them; contributions that are not money are counted per state and pooling. Drafts are in none.',
  })
  contributionTotals(@Root() { id }: Mission, @Ctx() context: Context) {
    return context.load(totalsByMission, id);
  }
}

@Resolver()
export class TotalsOfAll {
  @Query(() => [ContributionTotal], {
    nullable: true,
    description:
      'The contributionTotals of all missions together, each contribution once: it names one mission, and nothing is split by weights. Pooled, aligned and in kind stand apart; money that goes through two pools is netted in totalsOverMissions. Null with the error STORE_UNAVAILABLE while a store does not answer.',
  })
  contributionTotals(@Ctx() context: Context) {
    return totalsOfAll(context);
  }
}
