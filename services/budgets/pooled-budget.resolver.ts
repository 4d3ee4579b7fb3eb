import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { Allocation } from './allocation.js';
import { AllocationConnection } from './allocation.resolver.js';
import { Contribution } from './contribution.js';
import { Expected, expectedAsKnown } from './expected.js';
import { Account } from './ledger/account.js';
import { accountsOfPool } from './ledger/accounts.js';
import { BudgetStatement } from './ledger/budget-statement.js';
import { ControlTotal } from './ledger/control-total.js';
import { statements } from './ledger/statement.js';
import { Mission } from './mission.js';
import { Organisation, organisation } from './organisation.js';
import { budgets, PooledBudget } from './pooled-budget.js';
import { PooledBudgetFilter, PooledBudgetOrder, pooledBudgetPage } from './pooled-budget-listing.js';
import { TransferConnection } from './transfer.resolver.js';
import { TransferArgs, transferLists } from './transfer-list.js';

const allocationsOfBudget = nounPagesByParent(Allocation, (context) => ({
  sql: `select * from ${context.known('allocation')} where pool_id = parent.id`,
  orderBy: ['id'],
  descending: true,
}));

const expectedOfBudget = nounPagesByParent(Expected, (context) => {
  const which = context.knownAt
    ? 'expected.id in (select contribution_id from expected_change where pool_id = parent.id)'
    : 'pool_id = parent.id';
  return { sql: `select * from ${expectedAsKnown(context, which)} where pool_id = parent.id`, orderBy: ['id'] };
});

@ObjectType({ description: 'A page of pooled budgets.' })
export class PooledBudgetConnection extends connectionOf(PooledBudget) {}

@ObjectType({ description: 'A page of what contributors are bound to pay in.' })
export class ExpectedConnection extends connectionOf(Expected) {}

@Resolver(() => PooledBudget)
export class PooledBudgetResolver {
  @Query(() => PooledBudget, { nullable: true, description: 'One pooled budget by its id. Errors: NOT_FOUND.' })
  pooledBudget(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(budgets, id);
  }

  @Query(() => PooledBudgetConnection, {
    nullable: true,
    description: 'Pooled budgets, all or by filter, in the order they were opened unless asked otherwise.',
  })
  pooledBudgets(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => PooledBudgetFilter, { nullable: true, description: 'Which pooled budgets.' })
    filter: PooledBudgetFilter | null | undefined,
    @Arg('orderBy', () => PooledBudgetOrder, {
      defaultValue: PooledBudgetOrder.AS_OPENED,
      description: 'In which order.',
    })
    orderBy: PooledBudgetOrder,
    @Ctx() context: Context,
  ): Promise<Page<PooledBudget>> {
    return pooledBudgetPage(context, args, filter ?? {}, orderBy);
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission it is for.' })
  mission(@Root() budget: PooledBudget): Mission {
    return Object.assign(new Mission(), { id: budget.missionId });
  }

  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'The organisation whose accounting officer answers for it.',
  })
  host(@Root() budget: PooledBudget) {
    return organisation(budget.hostId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who runs it day by day, where not the host.' })
  poolManager(@Root() budget: PooledBudget) {
    return organisation(budget.poolManagerId);
  }

  @FieldResolver(() => BudgetStatement, {
    description: 'What came in, what became of it and what is left: now, at a day, or as known at an instant.',
  })
  statement(
    @Root() budget: PooledBudget,
    @Arg('effectiveOn', () => Day, {
      nullable: true,
      description: 'Only what had taken effect by the end of this day.',
    })
    effectiveOn: string | null | undefined,
    @Arg('financialYear', () => FinancialYear, {
      nullable: true,
      description: 'Only transfers of this year. Where authority does not expire, that is what moved in it.',
    })
    financialYear: string | null | undefined,
    @Arg('controlTotal', () => ControlTotal, { nullable: true, description: 'Only this control total.' })
    controlTotal: ControlTotal | null | undefined,
    @Ctx() context: Context,
  ) {
    const cut = {
      effectiveOn: effectiveOn ?? null,
      financialYear: financialYear ?? null,
      controlTotal: controlTotal ?? null,
    };
    return context.load(statements, { pool: budget, cut });
  }

  @FieldResolver(() => [Account], { description: 'Its accounts, by financial year, control total and kind.' })
  accounts(@Root() budget: PooledBudget, @Ctx() context: Context) {
    return context.load(accountsOfPool, budget.id);
  }

  @FieldResolver(() => TransferConnection, {
    description: 'What was moved in it, all or by filter, the latest recorded first unless asked otherwise.',
  })
  transfers(@Root() budget: PooledBudget, @Args(() => TransferArgs) args: TransferArgs, @Ctx() context: Context) {
    return context.load(transferLists, { pool: budget, args });
  }

  @FieldResolver(() => AllocationConnection, { description: 'What was proposed and set aside, the latest first.' })
  allocations(@Root() budget: PooledBudget, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(allocationsOfBudget, { parent: budget.id, args });
  }

  @FieldResolver(() => ExpectedConnection, {
    description: 'What contributors are bound to pay in, by contribution.',
  })
  expected(@Root() budget: PooledBudget, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(expectedOfBudget, { parent: budget.id, args });
  }
}

@Resolver(() => Expected)
export class ExpectedResolver {
  @FieldResolver(() => Contribution, { nullable: true, description: 'The contribution it was committed as.' })
  contribution(@Root() expected: Expected): Contribution {
    return Object.assign(new Contribution(), { id: expected.id });
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who is bound to pay it.' })
  contributor(@Root() expected: Expected) {
    return organisation(expected.contributorId);
  }
}

@Resolver(() => Account)
export class AccountResolver {
  @FieldResolver(() => Money, { description: 'The sum of its postings, now or as known at the instant asked for.' })
  async balance(@Root() account: Account, @Ctx() context: Context): Promise<Money> {
    if (!context.knownAt) return account.balance;
    const known = await context.load(accountsOfPool, account.poolId);
    return known?.find(({ id }) => id === account.id)?.balance ?? new Money(0n, account.currency);
  }
}
