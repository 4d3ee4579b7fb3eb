import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { dayInLondon, FinancialYear } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { expectClosable } from './ledger/period.js';
import { BudgetState, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A period to be closed.' })
export class ClosePeriodInput extends ChangeInput {
  @Field(() => ID, { description: 'The pool.' })
  budget: string;

  @Field(() => FinancialYear, { description: 'The financial year, of the kind the pool counts in.' })
  financialYear: string;

  @Field(() => String, { description: 'The period of that year: P01, its first month, to P12.' })
  period: string;
}

@ObjectType({ description: 'The pool with the period closed, or why it was declined.' })
export class ClosePeriodPayload extends DeedPayload {
  @Field(() => PooledBudget, { nullable: true, description: 'The pool; null when declined.' })
  budget: PooledBudget | null;
}

@Resolver()
export class ClosePeriod {
  @Mutation(() => ClosePeriodPayload, {
    description:
      'Closes a period for ever: nothing more is recorded in it. What is found later is recorded in the first open period after it, with its true effective day. Periods of a year close in order, each once it is over in London. Role: accounting-officer of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, PERIOD_CLOSED, PERIOD_NOT_NEXT, PERIOD_NOT_OVER, STALE_VERSION, BAD_USER_INPUT.',
  })
  async closePeriod(
    @Arg('input', () => ClosePeriodInput, { description: 'What to close.' }) input: ClosePeriodInput,
    @Ctx() context: Context,
  ): Promise<ClosePeriodPayload> {
    const deed = { name: 'closePeriod', input, by: ['accounting-officer'], ...byId(PooledBudget) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const pool = await PooledBudget.lock(em, input.budget);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, pool.version);
      pool.expectState(BudgetState.OPEN, BudgetState.FROZEN, BudgetState.CLOSING);
      const today = dayInLondon(new Date());
      const year = pool.yearOf(today, input.financialYear);
      pool.closedPeriods = [...pool.closedPeriods, expectClosable(pool, year, input.period, today)].sort();
      return pool;
    });
    return { budget: noun, ...done };
  }
}
