import { Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Money } from '../kernel/money.js';
import { Allocation, allocations } from './allocation.js';
import { Drawdown } from './drawdown.js';
import { holdings } from './holdings.js';
import { AccountKind } from './ledger/account.js';

@ObjectType({ description: 'A page of drawdowns, the latest first.' })
export class DrawdownConnection extends connectionOf(Drawdown) {}

@Resolver(() => Drawdown)
export class DrawdownResolver {
  @FieldResolver(() => Allocation, { nullable: true, description: 'The allocation it draws on.' })
  allocation(@Root() drawdown: Drawdown, @Ctx() context: Context) {
    return context.load(allocations, drawdown.allocationId);
  }

  @FieldResolver(() => Money, { description: 'Paid to the recipient so far, less what came back of it.' })
  paid(@Root() drawdown: Drawdown, @Ctx() context: Context): Promise<Money> {
    return this.held(drawdown, AccountKind.WITH_RECIPIENT, context);
  }

  @FieldResolver(() => Money, { description: 'Reserved for it and not yet paid.' })
  reserved(@Root() drawdown: Drawdown, @Ctx() context: Context): Promise<Money> {
    return this.held(drawdown, AccountKind.ALLOCATION_RESERVED, context);
  }

  private async held({ id, currency }: Drawdown, kind: AccountKind, context: Context): Promise<Money> {
    const holding = await context.load(holdings, id);
    return new Money(holding?.get(kind) ?? 0n, currency);
  }
}
