import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Allocation, allocations } from './allocation.js';
import { Transfer } from './ledger/transfer.js';
import { budgets, PooledBudget } from './pooled-budget.js';
import { Virement, virements } from './virement.js';

const virementsOfBudget = nounPagesByParent(Virement, (context) => ({
  sql: `select * from ${context.known('virement')} where pool_id = parent.id`,
  orderBy: ['id'],
  descending: true,
}));

/** Transfers never change; one that was recorded later than the request's instant is not there yet. */
const transfersOfVirement: Loader<string, Transfer[]> = {
  async batch(ids, context) {
    const sql = `select * from transfer where virement_id = any(?::text[]) and recorded_at <= ? order by id`;
    const found = await context.nouns(Transfer, sql, [ids, context.knownAt?.toISOString() ?? 'infinity']);
    return grouped(ids, found, ({ virementId }) => virementId!);
  },
};

@ObjectType({ description: 'A page of virements, the latest first.' })
export class VirementConnection extends connectionOf(Virement) {}

@Resolver(() => Virement)
export class VirementResolver {
  @FieldResolver(() => PooledBudget, { nullable: true, description: 'The pool whose money it is.' })
  budget(@Root() virement: Virement, @Ctx() context: Context) {
    return context.load(budgets, virement.poolId);
  }

  @FieldResolver(() => Allocation, { nullable: true, description: 'The allocation whose money moves.' })
  from(@Root() virement: Virement, @Ctx() context: Context) {
    return context.load(allocations, virement.fromId);
  }

  @FieldResolver(() => Allocation, { nullable: true, description: 'The allocation it moves to.' })
  to(@Root() virement: Virement, @Ctx() context: Context) {
    return context.load(allocations, virement.toId);
  }

  @FieldResolver(() => [Transfer], { description: 'The transfers that moved it, in order; empty while not approved.' })
  transfers(@Root() virement: Virement, @Ctx() context: Context) {
    return context.load(transfersOfVirement, virement.id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who asked for it: subject of the token. Null to the public.',
  })
  requestedBy(@Root() virement: Virement, @Ctx() context: Context): string | null {
    return context.caller && virement.requestedBy;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Who approved it, never the same person. Null to the public and while not approved.',
  })
  approvedBy(@Root() virement: Virement, @Ctx() context: Context): string | null {
    return context.caller && virement.approvedBy;
  }
}

@Resolver(() => PooledBudget)
export class BudgetVirements {
  @FieldResolver(() => VirementConnection, {
    description: 'What was to move from one allocation to another, the latest first.',
  })
  virements(@Root() budget: PooledBudget, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(virementsOfBudget, { parent: budget.id, args });
  }
}

@Resolver(() => Transfer)
export class TransferVirement {
  @FieldResolver(() => Virement, { nullable: true, description: 'The virement it is a part of, if of one.' })
  virement(@Root() { virementId }: Transfer, @Ctx() context: Context) {
    return virementId && context.load(virements, virementId);
  }
}
