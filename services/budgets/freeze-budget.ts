import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { matchWaitingDeposits } from './match-waiting-deposits.js';
import { BudgetState, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A pool to be frozen, or opened again.' })
export class FreezeBudgetInput extends ChangeInput {
  @Field(() => ID, { description: 'The pool.' })
  budget: string;

  @Field(() => Boolean, { description: 'True: nothing moves any more. False: it is open again.' })
  frozen: boolean;

  @Field(() => String, { description: 'Why.' })
  reason: string;
}

@ObjectType({ description: 'The pool, or why it was declined.' })
export class FreezeBudgetPayload extends DeedPayload {
  @Field(() => PooledBudget, { nullable: true, description: 'The pool, FROZEN or OPEN; null when declined.' })
  budget: PooledBudget | null;
}

@Resolver()
export class FreezeBudget {
  @Mutation(() => FreezeBudgetPayload, {
    description:
      'Halts a pool for a time, or opens it again: while it is frozen nothing moves in it, reversals included. Opened again, deposits whose commitment became known meanwhile are matched. Role: mission-finance, or accounting-officer of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, STALE_VERSION, BAD_USER_INPUT.',
  })
  async freezeBudget(
    @Arg('input', () => FreezeBudgetInput, { description: 'What to freeze or open.' }) input: FreezeBudgetInput,
    @Ctx() context: Context,
  ): Promise<FreezeBudgetPayload> {
    const by = ['mission-finance', 'accounting-officer'] as const;
    const deed = { name: 'freezeBudget', input, by, ...byId(PooledBudget) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const pool = await PooledBudget.lock(em, input.budget);
      if (!caller.roles.has('mission-finance')) context.demand(['accounting-officer'], pool.hostId);
      expectVersion(input, pool.version);
      const reason = input.reason.trim();
      if (reason === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      const { FROZEN, OPEN } = BudgetState;
      pool.expectState(input.frozen ? OPEN : FROZEN);
      pool.state = input.frozen ? FROZEN : OPEN;
      pool.stateReason = reason;
      await em.flush();
      if (!input.frozen) await matchWhatWaited(em, pool);
      return pool;
    });
    return { budget: noun, ...done };
  }
}

async function matchWhatWaited(em: EntityManager, { id }: PooledBudget): Promise<void> {
  const sql = `select id from expected where pool_id = ? and deposited < committed - written_off order by id`;
  const waiting = await query<{ id: string }>(em, sql, [id]);
  await matchWaitingDeposits(
    em,
    waiting.map((each) => each.id),
  );
}
