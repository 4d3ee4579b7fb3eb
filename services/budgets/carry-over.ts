import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { LimitExceeded } from './limit-exceeded.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { writtenTransfers } from './written-transfers.js';
import { carryOverCap, turnOf } from './year-turn.js';

@InputType({ description: 'Money to be carried over into the next financial year.' })
export class CarryOverInput extends DeedInput {
  @Field(() => ID, { description: 'The pool; one whose money is of a financial year.' })
  budget: string;

  @Field(() => FinancialYear, { description: 'The financial year that has ended; the money goes to the one after it.' })
  financialYear: string;

  @Field(() => ControlTotal, {
    nullable: true,
    description: 'The control total of the money, kept; may be left out where the pool has only one.',
  })
  controlTotal?: ControlTotal | null;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => Day, {
    nullable: true,
    description:
      'The day it was decided, after the end of the year and not in the future; left out, today. The money itself moves at the turn of the year.',
  })
  effectiveOn?: string | null;

  @Field(() => String, { nullable: true, description: 'Why, and who agreed to it.' })
  reason?: string | null;
}

@ObjectType({ description: 'The carry-over, or why it was declined.' })
export class CarryOverPayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'Out of the year that has ended; null when declined.' })
  carriedOut: Transfer | null;

  @Field(() => Transfer, { nullable: true, description: 'Into the next year, as much; null when declined.' })
  carriedIn: Transfer | null;
}

@Resolver()
export class CarryOver {
  @Mutation(() => CarryOverPayload, {
    description:
      'Carries money that is not set aside over into the next financial year: out on the last day of the one, in on the first day of the other. Once for a pool, year and control total, within the cap of the pool. Role: accounting-officer of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, NOT_ANNUAL, YEAR_NOT_ENDED, ALREADY_CARRIED_OVER, LIMIT_EXCEEDED, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, PERIOD_CLOSED, BAD_USER_INPUT.',
  })
  async carryOver(
    @Arg('input', () => CarryOverInput, { description: 'What to carry over.' }) input: CarryOverInput,
    @Ctx() context: Context,
  ): Promise<CarryOverPayload> {
    const deed = { name: 'carryOver', input, by: ['accounting-officer'], ...writtenTransfers } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const pool = await PooledBudget.find(em, input.budget, ['budget']);
      context.demand(deed.by, pool.hostId);
      const drafts = draftsOf(pool, input, caller.subject);
      const ledger = await Ledger.lock(em, drafts);
      await expectFirst(em, drafts[0]);
      await expectWithinCap(em, pool, drafts[0]);
      for (const draft of drafts) ledger.add(draft);
      const written = await ledger.write();
      return written.map(({ row, postings }) => Transfer.justWritten(em, row, postings));
    });
    return { carriedOut: noun?.[0] ?? null, carriedIn: noun?.[1] ?? null, ...done };
  }
}

/** Out of the year that has ended, and as much into the next one. */
function draftsOf(pool: PooledBudget, input: CarryOverInput, requestedBy: string): [out: Draft, into: Draft] {
  const decidedOn = dayNotAhead(input.effectiveOn);
  const { year, lastDay, nextYear, firstDay } = turnOf(pool, input.financialYear, decidedOn);
  const { UNALLOCATED, CARRIED_FORWARD } = AccountKind;
  const minor = minorOf(input.amount, pool.currency);
  const reason = [`Decided on ${decidedOn}`, input.reason?.trim()].filter(Boolean).join(': ');
  const both = { pool, controlTotal: pool.controlTotalOf(input.controlTotal), requestedBy, reason };
  const moves = [{ from: UNALLOCATED, to: CARRIED_FORWARD, minor }];
  const movesIn = [{ from: CARRIED_FORWARD, to: UNALLOCATED, minor }];
  return [
    { ...both, kind: TransferKind.CARRY_OUT, financialYear: year, effectiveOn: lastDay, moves },
    {
      ...{ ...both, kind: TransferKind.CARRY_IN, financialYear: nextYear, effectiveOn: firstDay, moves: movesIn },
      takenFrom: { financialYear: year },
    },
  ];
}

/** Refuses with ALREADY_CARRIED_OVER a second time; the account it would be taken from is locked. */
async function expectFirst(em: EntityManager, { pool, financialYear, controlTotal, kind }: Draft): Promise<void> {
  const earlier = await em.findOne(Transfer, { poolId: pool.id, financialYear, controlTotal, kind, reversesId: null });
  if (!earlier) return;
  const message = `${controlTotal} of ${financialYear} was carried over already, by ${earlier.id}; that is done once.`;
  refuse('ALREADY_CARRIED_OVER', message, ['financialYear']);
}

async function expectWithinCap(em: EntityManager, pool: PooledBudget, out: Draft): Promise<void> {
  const { financialYear, controlTotal, moves } = out;
  const [row] = await query<{ came_in: string }>(
    em,
    `select coalesce(sum(amount), 0)::text as came_in from account
       join account_movement as moved on moved.account_id = account.id
      where pool_id = ? and account.financial_year = ? and control_total = ? and account.kind = 'UNALLOCATED'
        and moved.kind in ('DEPOSIT', 'MATCH', 'CARRY_IN')`,
    [pool.id, financialYear, controlTotal],
  );
  const cap = carryOverCap(pool, BigInt(row!.came_in));
  if (cap === null || moves[0]!.minor <= cap) return;
  const limit = new Money(cap, pool.currency);
  const message = `At most ${pool.carryOverCapPercent} percent of what came in may be carried over: ${limit.amount} ${pool.currency}.`;
  throw new Refused([new LimitExceeded(limit, message)]);
}
