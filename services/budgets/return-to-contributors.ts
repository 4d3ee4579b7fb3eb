import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver, registerEnumType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { Refused } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import type { Draft } from './ledger/draft.js';
import { Ledger } from './ledger/ledger.js';
import { NotEnoughFunds } from './ledger/not-enough-funds.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';
import { splitByShares } from './shares.js';
import { stakesOf } from './stakes.js';
import { writtenTransfers } from './written-transfers.js';

export enum ReturnedFrom {
  REFUND_DUE = 'REFUND_DUE',
  UNALLOCATED = 'UNALLOCATED',
}
registerEnumType(ReturnedFrom, {
  name: 'ReturnedFrom',
  description: 'Which money of a pool is returned.',
  valuesConfig: {
    REFUND_DUE: { description: 'What recipients gave back to be returned.' },
    UNALLOCATED: { description: 'What is not set aside.' },
  },
});

@InputType({ description: 'Money to be returned to the contributors.' })
export class ReturnToContributorsInput extends DeedInput {
  @Field(() => ID, { description: 'The pool whose money it is.' })
  budget: string;

  @Field(() => MoneyInput, { description: 'How much in all, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => ReturnedFrom, { description: 'Which money of the pool it is.' })
  from: ReturnedFrom;

  @Field(() => Day, { nullable: true, description: 'The day it is returned, not in the future; left out, today.' })
  effectiveOn?: string | null;

  @Field(() => FinancialYear, {
    nullable: true,
    description: 'The financial year whose money it is; left out, the one that contains effectiveOn.',
  })
  financialYear?: string | null;

  @Field(() => ControlTotal, {
    nullable: true,
    description: 'The control total it counts against; may be left out where the pool has only one.',
  })
  controlTotal?: ControlTotal | null;

  @Field(() => String, { nullable: true, description: 'What the return is called outside, for example by the bank.' })
  reference?: string | null;

  @Field(() => String, { nullable: true, description: 'Why it is returned.' })
  reason?: string | null;
}

@ObjectType({ description: 'The returns, or why they were declined.' })
export class ReturnToContributorsPayload extends DeedPayload {
  @Field(() => [Transfer], {
    nullable: true,
    description: 'One transfer for each contribution that has a share, by contribution; null when declined.',
  })
  transfers: Transfer[] | null;
}

@Resolver()
export class ReturnToContributors {
  @Mutation(() => ReturnToContributorsPayload, {
    description:
      'Returns money of a pool to its contributors by their shares, exact to the penny (largest remainder). A share is what a contribution paid in and was not given back, in the year and control total the money is of, carried over and switched money included. Role: accounting-officer of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, PERIOD_CLOSED, BAD_USER_INPUT.',
  })
  async returnToContributors(
    @Arg('input', () => ReturnToContributorsInput, { description: 'What to return.' }) input: ReturnToContributorsInput,
    @Ctx() context: Context,
  ): Promise<ReturnToContributorsPayload> {
    const deed = { name: 'returnToContributors', input, by: ['accounting-officer'], ...writtenTransfers } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const pool = await PooledBudget.find(em, input.budget, ['budget']);
      context.demand(deed.by, pool.hostId);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      const minor = minorOf(input.amount, pool.currency);
      const whole: Draft = {
        ...{ kind: TransferKind.RETURN, pool, effectiveOn, requestedBy: caller.subject },
        financialYear: pool.yearOf(effectiveOn, input.financialYear),
        controlTotal: pool.controlTotalOf(input.controlTotal),
        moves: [{ from: AccountKind[input.from], to: AccountKind.RETURNED, minor }],
        ...{ reference: input.reference?.trim() || null, reason: input.reason?.trim() || null },
      };
      // Read once the accounts are locked: of two returns, the second knows what the first gave back. What is paid in
      // goes to UNALLOCATED; locked too, it makes no share another one meanwhile.
      const paidIn = { ...whole, moves: [{ ...whole.moves[0]!, from: AccountKind.UNALLOCATED }] };
      const ledger = await Ledger.lock(em, [whole, paidIn]);
      addAll(ledger, whole, await sharesOf(em, pool, whole));
      const written = await ledger.write();
      return written.map(({ row, postings }) => Transfer.justWritten(em, row, postings));
    });
    return { transfers: noun, ...done };
  }
}

/** The parts of an amount by contribution. */
async function sharesOf(em: EntityManager, pool: PooledBudget, { financialYear, controlTotal, moves }: Draft) {
  const stakes = await stakesOf((sql, params) => query(em, sql, params), [pool.id], 'infinity');
  const weights = stakes.get(pool.id)!.at(pool.annual ? financialYear : null, controlTotal);
  return splitByShares(moves[0]!.minor, weights);
}

/** One transfer for each share. What is short is told of the whole, not of the last share. */
function addAll(ledger: Ledger, whole: Draft, shares: ReadonlyMap<string, bigint>): void {
  // Where nobody has a stake there is no money either, and this refuses.
  if (shares.size === 0) ledger.add(whole);
  let added = 0n;
  for (const [contributionId, minor] of shares) {
    if (minor === 0n) continue;
    const short = ledger.addOrShort({ ...whole, contributionId, moves: [{ ...whole.moves[0]!, minor }] });
    if (short) {
      throw new Refused([new NotEnoughFunds(new Money(short.minor + added, short.currency), whole.effectiveOn)]);
    }
    added += minor;
  }
}
