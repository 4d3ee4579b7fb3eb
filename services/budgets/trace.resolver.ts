import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { Allocation, allocations } from './allocation.js';
import { Contribution } from './contribution.js';
import { ContributionTrace, TracedAllocation, TracedAllocationConnection, TracedPlace } from './contribution-trace.js';
import { expectations, followedPools } from './follow-pool.js';
import { inAllocations } from './followed-place.js';
import { pageOfList } from './page-of-list.js';
import { budgets, PooledBudget } from './pooled-budget.js';

/** What a share is, for the descriptions of everything that is told by share. */
export const byShare =
  'Pooled money is attributed by share, it is not marked: a share is what a contribution brought into the financial year and control total and was not given back, carried over and switched money included.';

@Resolver(() => Contribution)
export class TraceOfContribution {
  @FieldResolver(() => ContributionTrace, {
    nullable: true,
    description: `Its money followed forward: deposits, and its part of allocations, payments, spending, refunds and returns; now, at a day, or as known at an instant. ${byShare} Null when nothing is expected of it in a pool.`,
  })
  async trace(
    @Root() { id }: Contribution,
    @Arg('effectiveOn', () => Day, {
      nullable: true,
      description: 'Only what had taken effect by the end of this day.',
    })
    effectiveOn: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<ContributionTrace | null> {
    const expected = await context.load(expectations, id);
    if (!expected?.poolId) return null;
    const pool = (await context.load(followedPools, { pool: expected.poolId, effectiveOn: effectiveOn ?? null }))!;
    const places = pool.placesOf(id).map((place) => new TracedPlace(id, place, expected.currency));
    return new ContributionTrace(expected.poolId, places, expected.currency);
  }
}

@Resolver(() => ContributionTrace)
export class ContributionTraceResolver {
  @FieldResolver(() => PooledBudget, { nullable: true, description: 'The pool it is paid into.' })
  budget(@Root() { poolId }: ContributionTrace, @Ctx() context: Context) {
    return context.load(budgets, poolId);
  }
}

@Resolver(() => TracedPlace)
export class TracedPlaceResolver {
  @FieldResolver(() => TracedAllocationConnection, {
    description:
      'Its part of each allocation that holds money here, by id of the allocation; together they are what is set aside.',
  })
  allocations(
    @Root() { contributionId, followed, currency }: TracedPlace,
    @Args(() => PageArgs) args: PageArgs,
  ): Page<TracedAllocation> {
    const money = (minor: bigint) => new Money(minor, currency);
    return pageOfList(followed.allocations, args, (id) => {
      const parts = followed.heldBy(contributionId, id);
      const each = inAllocations.map((kind) => parts.get(kind) ?? 0n) as [bigint, bigint, bigint, bigint];
      const [available, reserved, withRecipient, spent] = each.map(money);
      const amount = money(each.reduce((sum, part) => sum + part, 0n));
      const part = { allocationId: id, amount, available, reserved, withRecipient, spent };
      return Object.assign(new TracedAllocation(), part);
    });
  }
}

@Resolver(() => TracedAllocation)
export class TracedAllocationResolver {
  @FieldResolver(() => Allocation, { nullable: true, description: 'The allocation.' })
  allocation(@Root() { allocationId }: TracedAllocation, @Ctx() context: Context) {
    return context.load(allocations, allocationId);
  }
}
