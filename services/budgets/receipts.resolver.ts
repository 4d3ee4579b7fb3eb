import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Contribution } from './contribution.js';
import { Transfer } from './ledger/transfer.js';
import { TransferConnection } from './transfer.resolver.js';

const receiptsOf = nounPagesByParent(Transfer, ({ knownAt }) => ({
  sql: `select * from transfer where contribution_id = parent.id and kind in ('DEPOSIT', 'MATCH') and recorded_at <= ?`,
  params: [knownAt?.toISOString() ?? 'infinity'],
  orderBy: ['id'],
}));

@Resolver(() => Contribution)
export class ContributionReceipts {
  @FieldResolver(() => TransferConnection, {
    nullable: true,
    description:
      "The ledger's side: what came in under its name, what was matched to it from suspense, and reversals of either, in the order they were recorded.",
  })
  receipts(@Root() { id }: Contribution, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(receiptsOf, { parent: id, args });
  }
}
