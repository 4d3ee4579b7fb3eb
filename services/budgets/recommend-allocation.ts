import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState } from './allocation.js';
import { PooledBudget } from './pooled-budget.js';

@InputType({ description: 'An allocation to be recommended.' })
export class RecommendAllocationInput extends ChangeInput {
  @Field(() => ID, { description: 'The allocation.' })
  allocation: string;

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint you decided on; HASH_MISMATCH if it is another.',
  })
  hash?: string | null;
}

@ObjectType({ description: 'The recommended allocation, or why it was declined.' })
export class RecommendAllocationPayload extends DeedPayload {
  @Field(() => Allocation, { nullable: true, description: 'The allocation, RECOMMENDED; null when declined.' })
  allocation: Allocation | null;
}

@Resolver()
export class RecommendAllocation {
  @Mutation(() => RecommendAllocationPayload, {
    description:
      'Recommends a proposed allocation to those who approve; nothing moves. It may be approved without. Role: mission-unit or mission-finance, or approver of the pool manager (of the host where it names none); another person than proposed it. Refusals: UNKNOWN_ALLOCATION, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, HASH_MISMATCH, STALE_VERSION.',
  })
  async recommendAllocation(
    @Arg('input', () => RecommendAllocationInput, { description: 'What to recommend.' })
    input: RecommendAllocationInput,
    @Ctx() context: Context,
  ): Promise<RecommendAllocationPayload> {
    const by = ['mission-unit', 'mission-finance', 'approver'] as const;
    const deed = { name: 'recommendAllocation', input, by, ...byId(Allocation) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const allocation = await em.findOne(Allocation, input.allocation, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      const pool = await em.findOneOrFail(PooledBudget, allocation.poolId);
      const isCentral = caller.roles.has('mission-unit') || caller.roles.has('mission-finance');
      if (!isCentral) context.demand(['approver'], pool.poolManagerId ?? pool.hostId);
      expectVersion(input, allocation.version);
      allocation.expectNext(AllocationState.RECOMMENDED);
      if (caller.subject === allocation.requestedBy) {
        refuse('SEPARATION_OF_DUTIES', 'You proposed this allocation; another person must recommend it.');
      }
      allocation.expectSeen(input.hash);
      allocation.state = AllocationState.RECOMMENDED;
      allocation.recommendedBy = caller.subject;
      return allocation;
    });
    return { allocation: noun, ...done };
  }
}
