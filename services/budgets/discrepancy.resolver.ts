import { Arg, Args, Ctx, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Allocation, allocations } from './allocation.js';
import { Contribution } from './contribution.js';
import { Discrepancy, type DiscrepancyRow } from './discrepancy.js';
import { DiscrepancyFilter, DiscrepancyOrder, dayOf, discrepancyList } from './discrepancy-listing.js';
import { Transfer } from './ledger/transfer.js';
import { budgets, PooledBudget } from './pooled-budget.js';
import { transfers } from './transfer.resolver.js';

@ObjectType({ description: 'A page of discrepancies.' })
export class DiscrepancyConnection extends connectionOf(Discrepancy) {}

@Resolver(() => Discrepancy)
export class DiscrepancyResolver {
  @Query(() => DiscrepancyConnection, {
    nullable: true,
    description:
      'What does not fit together: approved allocations that no money covers, receipts that nothing explains, and what contributors state to have paid where the ledger received something else. Asks no store of a department: statements are told to the ledger as they are published, so that the list is never shorter while a store is away.',
  })
  async discrepancies(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DiscrepancyFilter, { nullable: true, description: 'Which discrepancies.' })
    filter: DiscrepancyFilter | null | undefined,
    @Arg('orderBy', () => DiscrepancyOrder, { defaultValue: DiscrepancyOrder.BY_KIND, description: 'In which order.' })
    orderBy: DiscrepancyOrder,
    @Ctx() context: Context,
  ): Promise<Page<Discrepancy>> {
    const list = discrepancyList(context, filter ?? {}, orderBy);
    const [slice] = await readPages<DiscrepancyRow>(context, [''], args, list);
    return pageOf(
      slice!,
      (row) => new Discrepancy(row, dayOf(context)),
      async () => null,
    );
  }

  @FieldResolver(() => Contribution, {
    nullable: true,
    description:
      'The contribution it is about; of a deposit, the one its payer named. Its `statements` and `receipts` are the history of both sides.',
  })
  contribution(@Root() { contributionId }: Discrepancy): Contribution | null {
    return contributionId ? Object.assign(new Contribution(), { id: contributionId }) : null;
  }

  @FieldResolver(() => PooledBudget, { nullable: true, description: 'The pool it is in.' })
  budget(@Root() discrepancy: Discrepancy, @Ctx() context: Context) {
    return context.load(budgets, discrepancy.poolId);
  }

  @FieldResolver(() => [Allocation], { description: 'The allocations of this year that are not covered.' })
  async allocations(@Root() discrepancy: Discrepancy, @Ctx() context: Context): Promise<Allocation[]> {
    const found = await Promise.all(discrepancy.allocationIds.map((id) => context.load(allocations, id)));
    return found.filter((allocation) => allocation !== null);
  }

  @FieldResolver(() => Transfer, { nullable: true, description: 'The deposit, where it is about one.' })
  deposit(@Root() { transferId }: Discrepancy, @Ctx() context: Context) {
    return transferId && context.load(transfers, transferId);
  }
}
