import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState, nextAllocationStates } from './allocation.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A stage of an allocation to be released.' })
export class ReleaseStageInput extends ChangeInput {
  @Field(() => ID, { description: 'The allocation.' })
  allocation: string;

  @Field(() => Int, { description: 'The place of the stage, from 1.' })
  number: number;

  @Field(() => String, { description: 'What shows that its gate is passed.' })
  evidence: string;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it is released, not in the future; left out, today.',
  })
  releasedOn?: string | null;
}

@ObjectType({ description: 'The allocation with the stage released, or why it was declined.' })
export class ReleaseStagePayload extends DeedPayload {
  @Field(() => Allocation, { nullable: true, description: 'The allocation; null when declined.' })
  allocation: Allocation | null;
}

@Resolver()
export class ReleaseStage {
  @Mutation(() => ReleaseStagePayload, {
    description:
      'Releases the next stage of an approved allocation: from then on drawdowns may reach into it. No money moves. Role: approver of the host, another person than proposed the allocation. Refusals: UNKNOWN_ALLOCATION, UNKNOWN_STAGE, ILLEGAL_TRANSITION, SEPARATION_OF_DUTIES, ALREADY_RELEASED, STAGE_NOT_NEXT, STALE_VERSION, BAD_USER_INPUT.',
  })
  async releaseStage(
    @Arg('input', () => ReleaseStageInput, { description: 'What to release.' }) input: ReleaseStageInput,
    @Ctx() context: Context,
  ): Promise<ReleaseStagePayload> {
    const deed = { name: 'releaseStage', input, by: ['approver'], ...byId(Allocation) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      // Releases of one allocation, and its reversal, wait for each other here.
      const allocation = await em.findOne(Allocation, input.allocation, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      const { id, state, requestedBy } = allocation;
      const pool = await em.findOneOrFail(PooledBudget, allocation.poolId);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, allocation.version);
      const evidence = input.evidence.trim();
      if (evidence === '') refuse('BAD_USER_INPUT', 'Say what shows that the gate is passed.', ['evidence']);
      if (state !== AllocationState.APPROVED) {
        throw new Refused([new IllegalTransition(`Allocation ${id}`, state, nextAllocationStates[state])]);
      }
      if (caller.subject === requestedBy) {
        refuse('SEPARATION_OF_DUTIES', 'You proposed this allocation; another person must release its stages.');
      }
      const sql = `select number, released_on from allocation_stage where allocation_id = ? order by number`;
      const stages = await query<{ number: number; released_on: string | null }>(em, sql, [id]);
      const stage = stages.find(({ number }) => number === input.number);
      if (!stage) refuse('UNKNOWN_STAGE', `This allocation has ${stages.length} stages.`, ['number']);
      if (stage.released_on)
        refuse('ALREADY_RELEASED', `It was released already, on ${stage.released_on}.`, ['number']);
      const next = stages.find(({ released_on }) => released_on === null)!;
      if (next !== stage) refuse('STAGE_NOT_NEXT', `Stage ${next.number} comes first; release it before.`, ['number']);
      await query(
        em,
        `update allocation_stage set released_by = ?, released_on = ?, evidence = ? where allocation_id = ? and number = ?`,
        [caller.subject, dayNotAhead(input.releasedOn, 'releasedOn'), evidence, id, input.number],
      );
      return allocation;
    });
    return { allocation: noun, ...done };
  }
}
