import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { Account } from './ledger/account.js';
import { type AccountLine, AccountLineConnection, accountHistories } from './ledger/account-history.js';
import { ControlTotal } from './ledger/control-total.js';
import { TrialBalanceLine, trialBalances } from './ledger/trial-balance.js';
import { PooledBudget } from './pooled-budget.js';

@Resolver(() => PooledBudget)
export class PooledBudgetAccounts {
  @FieldResolver(() => [TrialBalanceLine], {
    description:
      'Every account with what it holds, as debit or credit; both sides add up to the same. Now, at a day, or as known at an instant.',
  })
  trialBalance(
    @Root() budget: PooledBudget,
    @Arg('effectiveOn', () => Day, {
      nullable: true,
      description: 'Only what had taken effect by the end of this day.',
    })
    effectiveOn: string | null | undefined,
    @Arg('financialYear', () => FinancialYear, {
      nullable: true,
      description: 'Only transfers of this year: what moved in it.',
    })
    financialYear: string | null | undefined,
    @Arg('controlTotal', () => ControlTotal, { nullable: true, description: 'Only accounts of this control total.' })
    controlTotal: ControlTotal | null | undefined,
    @Ctx() context: Context,
  ) {
    const cut = {
      effectiveOn: effectiveOn ?? null,
      financialYear: financialYear ?? null,
      controlTotal: controlTotal ?? null,
    };
    return context.load(trialBalances, { pool: budget, cut });
  }
}

@Resolver(() => Account)
export class AccountHistory {
  @FieldResolver(() => AccountLineConnection, {
    description:
      'Its postings in the order the ledger recorded them, the newest last, each with the balance after it; as known at an instant, without those learnt later.',
  })
  history(
    @Root() account: Account,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<Page<AccountLine> | null> {
    return context.load(accountHistories, { account, args });
  }
}
