import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation } from './allocation.js';
import { minorOf } from './amount.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { todayInLondon, turnOf } from './year-turn.js';

@InputType({ description: 'Authority that expired unspent.' })
export class LapseFundsInput extends DeedInput {
  @Field(() => ID, { description: 'The pool; one whose money is of a financial year.' })
  budget: string;

  @Field(() => FinancialYear, { description: 'The financial year that has ended.' })
  financialYear: string;

  @Field(() => ControlTotal, {
    nullable: true,
    description: 'The control total of the money; may be left out where the pool has only one, or with an allocation.',
  })
  controlTotal?: ControlTotal | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The allocation whose undrawn money lapses; left out, money that is not set aside does.',
  })
  allocation?: string | null;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it lapses: the last day of the year or later, not in the future; left out, today.',
  })
  effectiveOn?: string | null;

  @Field(() => String, { description: 'Why it is neither spent, carried over nor returned.' })
  reason: string;
}

@ObjectType({ description: 'The lapse, or why it was declined.' })
export class LapseFundsPayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'The lapse; null when declined.' })
  transfer: Transfer | null;
}

@Resolver()
export class LapseFunds {
  @Mutation(() => LapseFundsPayload, {
    description:
      'Lets authority of a financial year that has ended lapse: money that is not set aside, or undrawn money of an allocation, leaves the pool. Role: accounting-officer of the host. Refusals: UNKNOWN_BUDGET, UNKNOWN_ALLOCATION, ILLEGAL_TRANSITION, NOT_ANNUAL, YEAR_NOT_ENDED, POOL_MISMATCH, FINANCIAL_YEAR_MISMATCH, CONTROL_TOTAL_MISMATCH, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, PERIOD_CLOSED, BAD_USER_INPUT.',
  })
  async lapseFunds(
    @Arg('input', () => LapseFundsInput, { description: 'What lapses.' }) input: LapseFundsInput,
    @Ctx() context: Context,
  ): Promise<LapseFundsPayload> {
    const deed = { name: 'lapseFunds', input, by: ['accounting-officer'], ...byId(Transfer) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const pool = await PooledBudget.find(em, input.budget, ['budget']);
      context.demand(deed.by, pool.hostId);
      const { year, lastDay } = turnOf(pool, input.financialYear, todayInLondon());
      const effectiveOn = dayNotAhead(input.effectiveOn);
      if (effectiveOn < lastDay) {
        refuse('BAD_USER_INPUT', `Authority of ${year} does not lapse before ${lastDay}.`, ['effectiveOn']);
      }
      const reason = input.reason.trim();
      if (reason === '') refuse('BAD_USER_INPUT', 'Say why it lapses.', ['reason']);
      const allocation = await allocationOf(em, pool, year, input);
      const from = allocation ? AccountKind.ALLOCATION_AVAILABLE : AccountKind.UNALLOCATED;
      const draft = {
        ...{ kind: TransferKind.LAPSE, pool, effectiveOn, financialYear: year, reason, requestedBy: caller.subject },
        controlTotal: allocation?.controlTotal ?? pool.controlTotalOf(input.controlTotal),
        moves: [{ from, to: AccountKind.LAPSED, minor: minorOf(input.amount, pool.currency) }],
        allocationId: allocation?.id ?? null,
      };
      const ledger = await Ledger.lock(em, [draft]);
      ledger.add(draft);
      return await ledger.writeOne();
    });
    return { transfer: noun, ...done };
  }
}

/** The allocation that is named, if one is; refuses one of another pool, year or control total. */
async function allocationOf(em: EntityManager, pool: PooledBudget, year: string, input: LapseFundsInput) {
  if (!input.allocation) return null;
  const allocation = await em.findOne(Allocation, input.allocation);
  if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
  if (allocation.poolId !== pool.id) {
    refuse('POOL_MISMATCH', `Allocation ${allocation.id} is of another pool.`, ['allocation']);
  }
  if (allocation.financialYear !== year) {
    refuse('FINANCIAL_YEAR_MISMATCH', `Allocation ${allocation.id} is of ${allocation.financialYear}, not ${year}.`, [
      'financialYear',
    ]);
  }
  if (input.controlTotal && input.controlTotal !== allocation.controlTotal) {
    const message = `Allocation ${allocation.id} counts against ${allocation.controlTotal}, not ${input.controlTotal}.`;
    refuse('CONTROL_TOTAL_MISMATCH', message, ['controlTotal']);
  }
  return allocation;
}
