import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { Allocation, AllocationState, nextAllocationStates } from './allocation.js';
import { minorOf } from './amount.js';
import { Drawdown, DrawdownState } from './drawdown.js';
import { PooledBudget } from './pooled-budget.js';

@InputType({ description: 'A drawdown to be asked for.' })
export class RequestDrawdownInput extends DeedInput {
  @Field(() => ID, { description: 'The allocation to draw on.' })
  allocation: string;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  purpose?: string | null;
}

@ObjectType({ description: 'The drawdown, or why it was declined.' })
export class RequestDrawdownPayload extends DeedPayload {
  @Field(() => Drawdown, { nullable: true, description: 'The drawdown, REQUESTED; null when declined.' })
  drawdown: Drawdown | null;
}

@Resolver()
export class RequestDrawdown {
  @Mutation(() => RequestDrawdownPayload, {
    description:
      'Asks for money of an approved allocation. Nothing moves until the host approves it. Role: publisher of the recipient. Refusals: UNKNOWN_ALLOCATION, NO_RECIPIENT, ILLEGAL_TRANSITION, CURRENCY_MISMATCH, BAD_USER_INPUT.',
  })
  async requestDrawdown(
    @Arg('input', () => RequestDrawdownInput, { description: 'What to ask for.' }) input: RequestDrawdownInput,
    @Ctx() context: Context,
  ): Promise<RequestDrawdownPayload> {
    const deed = { name: 'requestDrawdown', input, by: ['publisher'], ...byId(Drawdown) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const allocation = await em.findOne(Allocation, input.allocation);
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      if (!allocation.recipientId)
        refuse('NO_RECIPIENT', 'This allocation names nobody who could draw on it.', ['allocation']);
      context.demand(deed.by, allocation.recipientId);
      if (allocation.state !== AllocationState.APPROVED) {
        const allowed = nextAllocationStates[allocation.state];
        throw new Refused([new IllegalTransition(`Allocation ${allocation.id}`, allocation.state, allowed)]);
      }
      (await em.findOneOrFail(PooledBudget, allocation.poolId)).expectNotClosed();
      return em.create(Drawdown, {
        ...{ id: `drawdown-${uuid()}`, allocationId: allocation.id, currency: allocation.currency },
        amountMinor: minorOf(input.amount, allocation.currency),
        purpose: input.purpose?.trim() || null,
        ...{ state: DrawdownState.REQUESTED, requestedBy: caller.subject, approvedBy: null },
      });
    });
    return { drawdown: noun, ...done };
  }
}
