import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { FinancialYear } from '../kernel/dates.js';
import { PooledBudget } from './pooled-budget.js';
import { YearEndLine, yearEnds } from './year-end.js';

@Resolver(() => PooledBudget)
export class BudgetYearEnd {
  @FieldResolver(() => [YearEndLine], {
    description:
      'What is left of a financial year, what may be carried over, what will lapse and whose share returns: a line for each control total. Empty where authority does not expire, and for a year of the kind the pool does not count in.',
  })
  async yearEnd(
    @Root() pool: PooledBudget,
    @Arg('financialYear', () => FinancialYear, {
      description: 'The year: 2025-26, or 2025-25 for a pool that counts in calendar years.',
    })
    financialYear: string,
    @Ctx() context: Context,
  ): Promise<YearEndLine[]> {
    return (await context.load(yearEnds, { pool, financialYear }))!;
  }
}
