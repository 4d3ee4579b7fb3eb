import { Args, Ctx, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { SealRoot } from './ledger/seal/seal-root.js';
import { latestRoot, rootsOfPool, sealOfTransfer } from './ledger/seal/seals.js';
import { Transfer } from './ledger/transfer.js';
import { PooledBudget } from './pooled-budget.js';

@ObjectType({ description: 'A page of the signed roots of a pool, the first one first.' })
export class SealRootConnection extends connectionOf(SealRoot) {}

@Resolver(() => Transfer)
export class TransferSeal {
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Its hash in the chain of its pool: SHA-256, hexadecimal, of the hash before it and that of its content. Null until it is sealed, normally within a second. How to compute it: services/budgets/README.md.',
  })
  async hash(@Root() transfer: Transfer, @Ctx() context: Context): Promise<string | null> {
    return (await context.load(sealOfTransfer, transfer.id))?.hash ?? null;
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description: 'Its number in the chain of its pool, from 1 without a gap. Null until it is sealed.',
  })
  async number(@Root() transfer: Transfer, @Ctx() context: Context): Promise<number | null> {
    return (await context.load(sealOfTransfer, transfer.id))?.number ?? null;
  }
}

@Resolver(() => PooledBudget)
export class PooledBudgetSeals {
  @FieldResolver(() => SealRoot, {
    nullable: true,
    description: 'The latest signed root of its hash chain; null as long as nothing was sealed.',
  })
  seal(@Root() budget: PooledBudget, @Ctx() context: Context) {
    return context.load(latestRoot, budget.id);
  }

  @FieldResolver(() => SealRootConnection, { description: 'All signed roots of its hash chain, the first one first.' })
  seals(@Root() budget: PooledBudget, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(rootsOfPool, { parent: budget.id, args });
  }
}
