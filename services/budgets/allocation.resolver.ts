import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Money } from '../kernel/money.js';
import { Allocation } from './allocation.js';
import { AllocationStage, stagesOfAllocation } from './allocation-stage.js';
import { Challenge } from './challenge.js';
import { Drawdown } from './drawdown.js';
import { DrawdownConnection } from './drawdown.resolver.js';
import { holdings } from './holdings.js';
import { AccountKind } from './ledger/account.js';
import { Organisation, organisation } from './organisation.js';
import { budgets, PooledBudget } from './pooled-budget.js';

const drawdownsOfAllocation = nounPagesByParent(Drawdown, (context) => ({
  sql: `select * from ${context.known('drawdown')} where allocation_id = parent.id`,
  orderBy: ['id'],
  descending: true,
}));

@ObjectType({ description: 'A page of allocations, the latest first.' })
export class AllocationConnection extends connectionOf(Allocation) {}

@Resolver(() => Allocation)
export class AllocationResolver {
  @FieldResolver(() => PooledBudget, { nullable: true, description: 'The pool whose money it is.' })
  budget(@Root() allocation: Allocation, @Ctx() context: Context) {
    return context.load(budgets, allocation.poolId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who is to have it, where that is settled.' })
  recipient(@Root() allocation: Allocation) {
    return organisation(allocation.recipientId);
  }

  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it is for, where stated.' })
  challenge(@Root() { challengeId }: Allocation): Challenge | null {
    return challengeId ? Object.assign(new Challenge(), { id: challengeId }) : null;
  }

  @FieldResolver(() => DrawdownConnection, { description: 'What its recipient asked for, the latest first.' })
  drawdowns(@Root() allocation: Allocation, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(drawdownsOfAllocation, { parent: allocation.id, args });
  }

  @FieldResolver(() => Money, { description: 'Set aside and not yet asked for; zero unless approved.' })
  available(@Root() allocation: Allocation, @Ctx() context: Context): Promise<Money> {
    return this.held(allocation, AccountKind.ALLOCATION_AVAILABLE, context);
  }

  @FieldResolver(() => Money, { description: 'In drawdowns approved and not yet paid.' })
  reserved(@Root() allocation: Allocation, @Ctx() context: Context): Promise<Money> {
    return this.held(allocation, AccountKind.ALLOCATION_RESERVED, context);
  }

  @FieldResolver(() => Money, { description: 'Paid to the recipient, expenditure not yet shown.' })
  withRecipient(@Root() allocation: Allocation, @Ctx() context: Context): Promise<Money> {
    return this.held(allocation, AccountKind.WITH_RECIPIENT, context);
  }

  @FieldResolver(() => Money, { description: 'Expenditure that the recipient has shown.' })
  spent(@Root() allocation: Allocation, @Ctx() context: Context): Promise<Money> {
    return this.held(allocation, AccountKind.SPENT, context);
  }

  @FieldResolver(() => [AllocationStage], {
    description: 'The parts in which it is released, in order; empty where it is released whole.',
  })
  stages(@Root() { id }: Allocation, @Ctx() context: Context) {
    return context.load(stagesOfAllocation, id);
  }

  @FieldResolver(() => Money, {
    description: 'How much of it drawdowns may reach: its stages released so far; all of it where it has none.',
  })
  async released(@Root() allocation: Allocation, @Ctx() context: Context): Promise<Money> {
    const stages = (await context.load(stagesOfAllocation, allocation.id)) ?? [];
    if (stages.length === 0) return allocation.amount;
    const released = stages.filter(({ releasedOn }) => releasedOn !== null);
    return new Money(
      released.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      allocation.currency,
    );
  }

  private async held({ id, currency }: Allocation, kind: AccountKind, context: Context): Promise<Money> {
    const holding = await context.load(holdings, id);
    return new Money(holding?.get(kind) ?? 0n, currency);
  }
}
