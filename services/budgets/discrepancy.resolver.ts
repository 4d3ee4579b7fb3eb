import { Arg, Args, Ctx, Field, FieldResolver, ID, InputType, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, type Page, PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Allocation, allocations } from './allocation.js';
import { Discrepancy, DiscrepancyKind, type DiscrepancyRow } from './discrepancy.js';
import { Transfer } from './ledger/transfer.js';
import { budgets, PooledBudget } from './pooled-budget.js';
import { transfers } from './transfer.resolver.js';

@ObjectType({ description: 'A page of discrepancies, by kind, pool and year.' })
export class DiscrepancyConnection extends connectionOf(Discrepancy) {}

@InputType({ description: 'Which discrepancies; every field given must hold.' })
export class DiscrepancyFilter {
  @Field(() => ID, { nullable: true, description: 'In this pool.' })
  budget?: string | null;

  @Field(() => DiscrepancyKind, { nullable: true, description: 'Of this kind.' })
  kind?: DiscrepancyKind | null;
}

/**
 * Where authority does not expire, what counts is all that was asked for and paid in to the end of a year; in an annual
 * pool each year stands by itself. Listed from the first year on that something is not covered.
 */
const notCovered = (context: Context) => `
  with asked as (
    select allocation.*, annual, case when annual then allocation.financial_year
        else financial_year_of(effective_on, calendar_years) end as year
      from ${context.known('allocation')} join ${context.known('pooled_budget')} on pooled_budget.id = pool_id
     where allocation.state in ('APPROVED', 'UNCOVERED') and pool_id = coalesce(?, pool_id)
       and pool_id in (select pool_id from ${context.known('allocation')} where state = 'UNCOVERED')),
  paid as (
    select transfer.pool_id, transfer.control_total, transfer.financial_year, effective_on, sum(posting.amount) as amount
      from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
     where transfer.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED' and recorded_at <= ?
       and transfer.pool_id in (select pool_id from asked)
     group by 1, 2, 3, 4),
  year as (
    select pool_id, control_total, currency, annual, year, financial_year_end(year) as until,
           coalesce(sum(amount_minor) filter (where state = 'UNCOVERED'), 0) as uncovered,
           coalesce(array_agg(id order by id) filter (where state = 'UNCOVERED'), '{}') as allocation_ids
      from asked group by 1, 2, 3, 4, 5)
  select concat_ws(':', 'not-covered', pool_id, control_total, year) as id, 'ALLOCATION_NOT_COVERED' as kind,
         pool_id, currency, control_total, year as financial_year, until,
         asked_for::text, paid_in::text, uncovered::text, allocation_ids, null as transfer_id, null as suspense
    from year
    cross join lateral (select sum(amount_minor) as asked_for from asked
      where asked.pool_id = year.pool_id and asked.control_total = year.control_total
        and case when annual then asked.year = year.year else asked.effective_on <= until end) as asking
    cross join lateral (select coalesce(sum(amount), 0) as paid_in from paid
      where paid.pool_id = year.pool_id and paid.control_total = year.control_total
        and case when annual then paid.financial_year = year.year else paid.effective_on <= until end) as paying
   where cardinality(allocation_ids) > 0 or asked_for > paid_in`;

const inSuspense = (context: Context) => `
  select 'suspense:' || transfer.id, 'DEPOSIT_IN_SUSPENSE', transfer.pool_id, currency, control_total, financial_year,
         effective_on, null, null, null, '{}'::text[], transfer.id, waiting.suspense::text
    from transfer join (${
      context.knownAt
        ? `select deposit_id as holder_id, sum(posting.amount) as suspense from transfer
             join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
            where account.kind = 'SUSPENSE' and recorded_at <= ? group by 1 having sum(posting.amount) > 0`
        : `select holder_id, balance as suspense from holding
            where account_kind = 'SUSPENSE' and balance > 0 and ?::text is not null`
    }) as waiting on waiting.holder_id = transfer.id
   where transfer.pool_id = coalesce(?, transfer.pool_id)`;

@Resolver(() => Discrepancy)
export class DiscrepancyResolver {
  @Query(() => DiscrepancyConnection, {
    description:
      'What does not fit together: approved allocations that no money covers, receipts that nothing explains.',
  })
  async discrepancies(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => DiscrepancyFilter, { nullable: true, description: 'Which discrepancies.' })
    filter: DiscrepancyFilter | null | undefined,
    @Ctx() context: Context,
  ): Promise<Page<Discrepancy>> {
    const knownAt = context.knownAt?.toISOString() ?? 'infinity';
    const { budget = null, kind = null } = filter ?? {};
    const [slice] = await readPages<DiscrepancyRow>(context, [''], args, {
      sql: `select * from (${notCovered(context)} union all ${inSuspense(context)}) as found where kind = coalesce(?, kind)`,
      params: [budget, knownAt, knownAt, budget, kind],
      orderBy: ['id'],
    });
    return pageOf(
      slice!,
      (row) => new Discrepancy(row),
      async () => null,
    );
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
