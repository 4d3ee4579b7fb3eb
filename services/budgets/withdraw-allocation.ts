import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState } from './allocation.js';
import { PooledBudget } from './pooled-budget.js';

@InputType({ description: 'An allocation to be taken back.' })
export class WithdrawAllocationInput extends ChangeInput {
  @Field(() => ID, { description: 'The allocation.' })
  allocation: string;
}

@ObjectType({ description: 'The withdrawn allocation, or why it was declined.' })
export class WithdrawAllocationPayload extends DeedPayload {
  @Field(() => Allocation, { nullable: true, description: 'The allocation, WITHDRAWN; null when declined.' })
  allocation: Allocation | null;
}

@Resolver()
export class WithdrawAllocation {
  @Mutation(() => WithdrawAllocationPayload, {
    description:
      'Takes back an allocation whose money is not set aside. Role: publisher of the host. Refusals: UNKNOWN_ALLOCATION, ILLEGAL_TRANSITION, STALE_VERSION.',
  })
  async withdrawAllocation(
    @Arg('input', () => WithdrawAllocationInput, { description: 'What to take back.' }) input: WithdrawAllocationInput,
    @Ctx() context: Context,
  ): Promise<WithdrawAllocationPayload> {
    const deed = { name: 'withdrawAllocation', input, by: ['publisher'], ...byId(Allocation) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const allocation = await em.findOne(Allocation, input.allocation, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      const pool = await em.findOneOrFail(PooledBudget, allocation.poolId);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, allocation.version);
      allocation.expectNext(AllocationState.WITHDRAWN);
      allocation.state = AllocationState.WITHDRAWN;
      allocation.approvedBy = null;
      allocation.approvedHash = null;
      allocation.approvedAs = null;
      return allocation;
    });
    return { allocation: noun, ...done };
  }
}
