import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day, dayInLondon } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { minorOf } from './amount.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { allocationDraft, drawingOf, reservedFor } from './drawdown-draft.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead } from './pooled-budget.js';

@InputType({ description: 'A drawdown to be paid, in whole or in part.' })
export class PayDrawdownInput extends ChangeInput {
  @Field(() => ID, { description: 'The drawdown.' })
  drawdown: string;

  @Field(() => MoneyInput, { nullable: true, description: 'How much is paid; left out, all that is still reserved.' })
  amount?: MoneyInput | null;

  @Field(() => Day, { nullable: true, description: 'The day it was paid, not in the future; left out, today.' })
  effectiveOn?: string | null;

  @Field(() => String, { nullable: true, description: 'What the payment is called outside, for example by the bank.' })
  reference?: string | null;
}

@ObjectType({ description: 'The paid drawdown, or why it was declined.' })
export class PayDrawdownPayload extends DeedPayload {
  @Field(() => Drawdown, {
    nullable: true,
    description: 'The drawdown: PAID, or APPROVED when a part is still to be paid; null when declined.',
  })
  drawdown: Drawdown | null;

  @Field(() => Transfer, { nullable: true, description: 'The payment; null when declined.' })
  transfer: Transfer | null;
}

interface Paid {
  drawdown: Drawdown;
  transfer: Transfer;
}

const remembered = {
  remember: ({ drawdown, transfer }: Paid) => [drawdown.id, transfer.id],
  recall: async (em: EntityManager, [drawdownId, transferId]: [string, string]): Promise<Paid> => ({
    drawdown: await em.findOneOrFail(Drawdown, drawdownId),
    transfer: await em.findOneOrFail(Transfer, transferId),
  }),
};

@Resolver()
export class PayDrawdown {
  @Mutation(() => PayDrawdownPayload, {
    description:
      'Pays an approved drawdown to its recipient, in whole or in part. Role: accounting-officer of the host. Refusals: UNKNOWN_DRAWDOWN, ILLEGAL_TRANSITION, RESERVATION_EXPIRED, PERIOD_CLOSED, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, STALE_VERSION, BAD_USER_INPUT.',
  })
  async payDrawdown(
    @Arg('input', () => PayDrawdownInput, { description: 'What is paid.' }) input: PayDrawdownInput,
    @Ctx() context: Context,
  ): Promise<PayDrawdownPayload> {
    const deed = { name: 'payDrawdown', input, by: ['accounting-officer'], ...remembered } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const drawdown = await Drawdown.lock(em, input.drawdown);
      const drawing = await drawingOf(em, drawdown);
      context.demand(deed.by, drawing.pool.hostId);
      expectVersion(input, drawdown.version);
      drawdown.expectState(DrawdownState.APPROVED);
      drawdown.expectNotExpired(dayInLondon(new Date()));
      const reserved = await reservedFor(em, drawdown.id);
      const minor = input.amount ? minorOf(input.amount, drawdown.currency) : reserved;
      const { ALLOCATION_RESERVED: from, WITH_RECIPIENT: to } = AccountKind;
      const paid = allocationDraft(drawing, {
        ...{ kind: TransferKind.PAYMENT, move: { from, to, minor }, requestedBy: caller.subject },
        effectiveOn: dayNotAhead(input.effectiveOn),
      });
      const draft = { ...paid, drawdownId: drawdown.id, reference: input.reference?.trim() || null };
      const ledger = await Ledger.lock(em, [draft]);
      ledger.add(draft);
      if (minor === reserved) drawdown.state = DrawdownState.PAID;
      await em.flush();
      return { drawdown, transfer: await ledger.writeOne() };
    });
    return { drawdown: noun?.drawdown ?? null, transfer: noun?.transfer ?? null, ...done };
  }
}
