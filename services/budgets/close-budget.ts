import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { toDecimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { AccountKind } from './ledger/account.js';
import { BudgetState, PooledBudget } from './pooled-budget.js';
import { tellClosed } from './tell-closed.js';

@InputType({ description: 'A pool to be closed, in two steps.' })
export class CloseBudgetInput extends ChangeInput {
  @Field(() => ID, { description: 'The pool.' })
  budget: string;

  @Field(() => BudgetState, {
    description: 'The step: CLOSING, then nothing more comes in; or CLOSED, when nothing is under way any more.',
  })
  to: BudgetState;

  @Field(() => String, { nullable: true, description: 'Why.' })
  reason?: string | null;
}

@ObjectType({ description: 'The pool, or why it was declined.' })
export class CloseBudgetPayload extends DeedPayload {
  @Field(() => PooledBudget, { nullable: true, description: 'The pool, CLOSING or CLOSED; null when declined.' })
  budget: PooledBudget | null;
}

const { CLOSING, CLOSED } = BudgetState;

@Resolver()
export class CloseBudget {
  @Mutation(() => CloseBudgetPayload, {
    description:
      'Brings a pool to its end: first CLOSING, in which what is set aside is still paid out, then CLOSED, for ever. Role: accounting-officer of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, NOT_SETTLED, STALE_VERSION, BAD_USER_INPUT.',
  })
  async closeBudget(
    @Arg('input', () => CloseBudgetInput, { description: 'What to close.' }) input: CloseBudgetInput,
    @Ctx() context: Context,
  ): Promise<CloseBudgetPayload> {
    const deed = { name: 'closeBudget', input, by: ['accounting-officer'], ...byId(PooledBudget) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const pool = await PooledBudget.lock(em, input.budget);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, pool.version);
      if (input.to !== CLOSING && input.to !== CLOSED) {
        refuse('BAD_USER_INPUT', 'A pool is closed by the steps CLOSING and CLOSED.', ['to']);
      }
      pool.expectNext(input.to);
      if (input.to === CLOSED) await expectSettled(em, pool);
      pool.state = input.to;
      pool.stateReason = input.reason?.trim() || null;
      if (input.to === CLOSED) await tellClosed(em, pool.id, dayInLondon(new Date()));
      return pool;
    });
    return { budget: noun, ...done };
  }
}

const underWay: [AccountKind, string][] = [
  [AccountKind.ALLOCATION_RESERVED, 'reserved for drawdowns'],
  [AccountKind.WITH_RECIPIENT, 'with recipients without evidence of what it was spent on'],
  [AccountKind.SUSPENSE, 'in suspense'],
  [AccountKind.REFUND_DUE, 'owed to contributors'],
];

/** Refuses with NOT_SETTLED while money is under way; nothing moves meanwhile, for whoever moves waits for this change. */
async function expectSettled(em: EntityManager, { id, currency }: PooledBudget): Promise<void> {
  await query(em, `select pg_advisory_xact_lock(hashtext('pool moves'), hashtext(?))`, [id]);
  const sql = `select kind, sum(balance)::text as sum from account where pool_id = ? and balance <> 0 group by kind`;
  const rows = await query<{ kind: AccountKind; sum: string }>(em, sql, [id]);
  const left = underWay.flatMap(([kind, where]) => {
    const found = rows.find((row) => row.kind === kind);
    return found ? `${toDecimal(BigInt(found.sum), currency)} ${currency} is ${where}` : [];
  });
  if (left.length > 0) refuse('NOT_SETTLED', `The pool cannot be closed yet: ${left.join('; ')}. Settle it first.`);
}
