import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState } from './allocation.js';
import { approvesAs, DelegatedLimits } from './delegated-limit.js';
import { Ledger } from './ledger/ledger.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'An allocation to be approved.' })
export class ApproveAllocationInput extends ChangeInput {
  @Field(() => ID, { description: 'The allocation.' })
  allocation: string;

  @Field(() => String, {
    nullable: true,
    description: 'The fingerprint you decided on; HASH_MISMATCH if it is another.',
  })
  hash?: string | null;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it takes effect; left out, the day it was proposed for. Later when money came later.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The approved allocation, or why it was declined.' })
export class ApproveAllocationPayload extends DeedPayload {
  @Field(() => Allocation, { nullable: true, description: 'The allocation, APPROVED; null when declined.' })
  allocation: Allocation | null;
}

@Resolver()
export class ApproveAllocation {
  @Mutation(() => ApproveAllocationPayload, {
    description:
      'Approves an allocation and sets its money aside. Role: approver or accounting-officer of the host, another person than proposed or recommended it; where the pool has a delegated limit, above it only the accounting-officer, all approvals for one recipient within 30 days added up. Refusals: UNKNOWN_ALLOCATION, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, HASH_MISMATCH, LIMIT_EXCEEDED, PERIOD_CLOSED, NOT_ENOUGH_FUNDS, STALE_VERSION, BAD_USER_INPUT.',
  })
  async approveAllocation(
    @Arg('input', () => ApproveAllocationInput, { description: 'What to approve.' }) input: ApproveAllocationInput,
    @Ctx() context: Context,
  ): Promise<ApproveAllocationPayload> {
    const by = ['approver', 'accounting-officer'] as const;
    const deed = { name: 'approveAllocation', input, by, ...byId(Allocation) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const allocation = await em.findOne(Allocation, input.allocation, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      const pool = await em.findOneOrFail(PooledBudget, allocation.poolId);
      context.demand(by, pool.hostId);
      expectVersion(input, allocation.version);
      allocation.expectApprovable(caller.subject, input.hash);
      const effectiveOn = dayNotAhead(input.effectiveOn ?? allocation.effectiveOn);
      const draft = allocation.setAside(pool, caller.subject, effectiveOn);
      const limits = await DelegatedLimits.lock(em, [allocation], [pool]);
      limits.expect(allocation, pool, caller);
      const ledger = await Ledger.lock(em, [draft]);
      ledger.add(draft);
      allocation.state = AllocationState.APPROVED;
      allocation.approvedBy = caller.subject;
      allocation.approvedHash = allocation.hash;
      allocation.approvedAs = approvesAs(caller);
      await em.flush();
      await ledger.write();
      return allocation;
    });
    return { allocation: noun, ...done };
  }
}
