import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput, toDecimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import { expectMatchable } from './claims.js';
import { expectHere } from './deposit-rules.js';
import { lockExpected } from './expected.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { matchDraft } from './match-waiting-deposits.js';
import { dayNotAhead, PooledBudget } from './pooled-budget.js';

@InputType({ description: 'Money in suspense to be matched to a contribution.' })
export class MatchDepositInput extends DeedInput {
  @Field(() => ID, { description: 'The deposit (its transfer) that left money in suspense.' })
  deposit: string;

  @Field(() => ID, { description: 'The contribution it was for.' })
  contribution: string;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'How much; left out, all the deposit has in suspense as far as the contribution has room for it.',
  })
  amount?: MoneyInput | null;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it takes effect, not before the deposit and not in the future; left out, today.',
  })
  effectiveOn?: string | null;
}

@ObjectType({ description: 'The match, or why it was declined.' })
export class MatchDepositPayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'The transfer out of suspense; null when declined.' })
  transfer: Transfer | null;
}

@Resolver()
export class MatchDeposit {
  @Mutation(() => MatchDepositPayload, {
    description:
      'Matches money in suspense, in whole or in part, to a contribution: from then on it is deposited. A contributor matches what is its own: a receipt whose payer named a contribution of it, or that it states to have paid, by the reference. Role: publisher or accounting-officer of the host, or publisher of the contributor. Refusals: UNKNOWN_DEPOSIT, UNKNOWN_CONTRIBUTION, NOT_YOUR_RECEIPT, NOT_EXPECTED_HERE, NOTHING_TO_MATCH, ABOVE_COMMITMENT, NOT_ENOUGH_FUNDS, ILLEGAL_TRANSITION, PERIOD_CLOSED, CURRENCY_MISMATCH, BAD_USER_INPUT.',
  })
  async matchDeposit(
    @Arg('input', () => MatchDepositInput, { description: 'What to match.' }) input: MatchDepositInput,
    @Ctx() context: Context,
  ): Promise<MatchDepositPayload> {
    const by = ['publisher', 'accounting-officer'] as const;
    const deed = { name: 'matchDeposit', input, by, ...byId(Transfer) };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const deposit = await em.findOne(Transfer, { id: input.deposit, kind: TransferKind.DEPOSIT, reversesId: null });
      if (!deposit) refuse('UNKNOWN_DEPOSIT', `There is no deposit ${input.deposit}.`, ['deposit']);
      const pool = await PooledBudget.find(em, deposit.poolId, ['deposit']);
      await expectMatchable(em, caller, { deposit, contribution: input.contribution, host: pool.hostId });
      const expected = (await lockExpected(em, [input.contribution])).get(input.contribution);
      if (!expected) refuse('UNKNOWN_CONTRIBUTION', `Nothing is expected of ${input.contribution}.`, ['contribution']);
      expectHere(expected, pool);
      const effectiveOn = dayNotAhead(input.effectiveOn);
      if (effectiveOn < deposit.effectiveOn) {
        refuse('BAD_USER_INPUT', `The deposit took effect on ${deposit.effectiveOn}, not earlier.`, ['effectiveOn']);
      }
      if (!expected.poolId) await query(em, `update expected set pool_id = ? where id = ?`, [pool.id, expected.id]);
      const left = async () => {
        const sql = `select balance from holding where holder_id = ? and account_kind = ?`;
        const [row] = await query<{ balance: string }>(em, sql, [deposit.id, AccountKind.SUSPENSE]);
        return BigInt(row?.balance ?? 0);
      };
      const minor = input.amount ? minorOf(input.amount, pool.currency) : least(await left(), expected.left);
      if (minor === 0n) refuse('NOTHING_TO_MATCH', 'The deposit has nothing in suspense, or the contribution no room.');
      if (minor > expected.left) {
        const room = toDecimal(expected.left, expected.currency);
        refuse('ABOVE_COMMITMENT', `Only ${room} ${expected.currency} is still expected of this contribution.`, [
          'amount',
        ]);
      }
      const draft = { ...matchDraft(deposit, pool, expected.id, minor), effectiveOn, requestedBy: caller.subject };
      const ledger = await Ledger.lock(em, [draft]);
      ledger.add(draft);
      return await ledger.writeOne();
    });
    return { transfer: noun, ...done };
  }
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);
