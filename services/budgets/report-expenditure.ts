import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation } from './allocation.js';
import { minorOf } from './amount.js';
import { allocationDraft, drawingOf } from './drawdown-draft.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { Ledger } from './ledger/ledger.js';
import { Transfer } from './ledger/transfer.js';
import { dayNotAhead } from './pooled-budget.js';

@InputType({ description: 'Expenditure to be reported.' })
export class ReportExpenditureInput extends DeedInput {
  @Field(() => ID, { description: 'The allocation whose money was spent.' })
  allocation: string;

  @Field(() => MoneyInput, { description: 'How much was spent, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => Day, { nullable: true, description: 'The day it was spent, not in the future; left out, today.' })
  effectiveOn?: string | null;

  @Field(() => String, {
    description: 'The evidence: what the invoice, payroll or report is called. 1 to 200 characters.',
  })
  reference: string;

  @Field(() => String, { nullable: true, description: 'What it was spent on.' })
  reason?: string | null;
}

@ObjectType({ description: 'The reported expenditure, or why it was declined.' })
export class ReportExpenditurePayload extends DeedPayload {
  @Field(() => Transfer, { nullable: true, description: 'The expenditure; null when declined.' })
  transfer: Transfer | null;
}

@Resolver()
export class ReportExpenditure {
  @Mutation(() => ReportExpenditurePayload, {
    description:
      'Shows what a recipient spent of the money paid to it; never more than was paid. Role: publisher of the recipient. Refusals: UNKNOWN_ALLOCATION, NO_RECIPIENT, ILLEGAL_TRANSITION, PERIOD_CLOSED, NOT_ENOUGH_FUNDS, CURRENCY_MISMATCH, BAD_USER_INPUT.',
  })
  async reportExpenditure(
    @Arg('input', () => ReportExpenditureInput, { description: 'What was spent.' }) input: ReportExpenditureInput,
    @Ctx() context: Context,
  ): Promise<ReportExpenditurePayload> {
    const deed = { name: 'reportExpenditure', input, by: ['publisher'], ...byId(Transfer) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const allocation = await em.findOne(Allocation, input.allocation);
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      if (!allocation.recipientId)
        refuse('NO_RECIPIENT', 'This allocation names nobody who could spend it.', ['allocation']);
      context.demand(deed.by, allocation.recipientId);
      const reference = input.reference.trim();
      if (reference.length < 1 || reference.length > 200) {
        refuse('BAD_USER_INPUT', 'Name the evidence in 1 to 200 characters.', ['reference']);
      }
      const { WITH_RECIPIENT: from, SPENT: to } = AccountKind;
      const spent = allocationDraft(await drawingOf(em, { allocationId: allocation.id }), {
        ...{ kind: TransferKind.EXPENDITURE, move: { from, to, minor: minorOf(input.amount, allocation.currency) } },
        ...{ effectiveOn: dayNotAhead(input.effectiveOn), requestedBy: caller.subject },
      });
      const draft = { ...spent, reference, reason: input.reason?.trim() || null };
      const ledger = await Ledger.lock(em, [draft]);
      ledger.add(draft);
      return await ledger.writeOne();
    });
    return { transfer: noun, ...done };
  }
}
