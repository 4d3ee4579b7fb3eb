import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { minorOf } from './amount.js';
import { Drawdown } from './drawdown.js';
import { allocationDraft, drawingOf } from './drawdown-draft.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead } from './pooled-budget.js';

@InputType({ description: 'Money that a recipient gives back.' })
export class RefundDrawdownInput extends DeedInput {
  @Field(() => ID, { description: 'The drawdown it was paid for.' })
  drawdown: string;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => Boolean, {
    description: 'True: back to the pool, to be set aside anew. False: to be returned to the contributors.',
  })
  reuse: boolean;

  @Field(() => Day, { nullable: true, description: 'The day it came back, not in the future; left out, today.' })
  effectiveOn?: string | null;

  @Field(() => String, { description: 'What it is called outside, for example by the bank. 1 to 200 characters.' })
  reference: string;

  @Field(() => String, { nullable: true, description: 'Why it came back.' })
  reason?: string | null;
}

@ObjectType({ description: 'The refund, or why it was declined.' })
export class RefundDrawdownPayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'The refund; null when declined.' })
  transfer: Transfer | null;
}

@Resolver()
export class RefundDrawdown {
  @Mutation(() => RefundDrawdownPayload, {
    description:
      'Records what a recipient gave back of money paid to it: never more than this drawdown was paid less what came back of it, nor than what the allocation shows as paid and not spent. Role: publisher of the recipient, or accounting-officer of the host. Refusals: UNKNOWN_DRAWDOWN, ILLEGAL_TRANSITION, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, PERIOD_CLOSED, BAD_USER_INPUT.',
  })
  async refundDrawdown(
    @Arg('input', () => RefundDrawdownInput, { description: 'What came back.' }) input: RefundDrawdownInput,
    @Ctx() context: Context,
  ): Promise<RefundDrawdownPayload> {
    const by = ['publisher', 'accounting-officer'] as const;
    const { noun, ...done } = await perform(
      context,
      { name: 'refundDrawdown', input, by, ...byId(Transfer) },
      async (em, caller) => {
        const drawdown = await Drawdown.lock(em, input.drawdown);
        const drawing = await drawingOf(em, drawdown);
        const { recipientId } = drawing.allocation;
        const isRecipients = caller.organisation === recipientId && caller.roles.has('publisher');
        if (!isRecipients) context.demand(['accounting-officer'], drawing.pool.hostId);
        const reference = input.reference.trim();
        if (reference.length < 1 || reference.length > 200) {
          refuse('BAD_USER_INPUT', 'Name the receipt in 1 to 200 characters.', ['reference']);
        }
        const { WITH_RECIPIENT: from, UNALLOCATED, REFUND_DUE } = AccountKind;
        const move = {
          from,
          to: input.reuse ? UNALLOCATED : REFUND_DUE,
          minor: minorOf(input.amount, drawdown.currency),
        };
        const refunded = allocationDraft(drawing, {
          ...{ kind: TransferKind.REFUND, move, requestedBy: caller.subject },
          effectiveOn: dayNotAhead(input.effectiveOn),
        });
        const draft = { ...refunded, drawdownId: drawdown.id, reference, reason: input.reason?.trim() || null };
        const ledger = await Ledger.lock(em, [draft]);
        ledger.add(draft);
        return await ledger.writeOne();
      },
    );
    return { transfer: noun, ...done };
  }
}
