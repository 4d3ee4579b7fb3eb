import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation } from './allocation.js';
import { minorOf } from './amount.js';
import { PooledBudget } from './pooled-budget.js';
import { expectSetAside, expectWithinBorders, hashOfVirement, Virement, VirementState } from './virement.js';

@InputType({ description: 'A virement to be asked for.' })
export class RequestVirementInput extends DeedInput {
  @Field(() => ID, { description: 'The allocation whose money is to move.' })
  from: string;

  @Field(() => ID, { description: 'The allocation it is to move to, of the same pool.' })
  to: string;

  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the pool.' })
  amount: MoneyInput;

  @Field(() => String, { description: 'Why the money is to move.' })
  reason: string;

  @Field(() => String, {
    nullable: true,
    description: 'Who agreed, and how, that the money changes its control total or ring-fence; needed where it does.',
  })
  consent?: string | null;
}

@ObjectType({ description: 'The virement, or why it was declined.' })
export class RequestVirementPayload extends DeedPayload {
  @Field(() => Virement, { nullable: true, description: 'The virement, REQUESTED; null when declined.' })
  virement: Virement | null;
}

@Resolver()
export class RequestVirement {
  @Mutation(() => RequestVirementPayload, {
    description:
      'Asks for money of one allocation to be moved to another. Nothing moves until another person approves it. Role: publisher of the host. Refusals: UNKNOWN_ALLOCATION, ILLEGAL_TRANSITION, POOL_MISMATCH, FINANCIAL_YEAR_MISMATCH, CONTROL_TOTAL_MISMATCH, RING_FENCE, CURRENCY_MISMATCH, BAD_USER_INPUT.',
  })
  async requestVirement(
    @Arg('input', () => RequestVirementInput, { description: 'What to move.' }) input: RequestVirementInput,
    @Ctx() context: Context,
  ): Promise<RequestVirementPayload> {
    const deed = { name: 'requestVirement', input, by: ['publisher'], ...byId(Virement) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const from = await allocationOf(em, input.from, 'from');
      const pool = await em.findOneOrFail(PooledBudget, from.poolId);
      context.demand(deed.by, pool.hostId);
      pool.expectNotClosed();
      const parties = { pool, from, to: await allocationOf(em, input.to, 'to') };
      const consent = input.consent?.trim() || null;
      expectWithinBorders(parties, consent);
      expectSetAside(parties);
      const reason = input.reason.trim();
      if (reason === '') refuse('BAD_USER_INPUT', 'Say why the money is to move.', ['reason']);
      const asked = {
        ...{ poolId: pool.id, currency: pool.currency, fromId: from.id, toId: parties.to.id },
        ...{ amountMinor: minorOf(input.amount, pool.currency), reason, consent },
      };
      return em.create(Virement, {
        ...{ ...asked, id: `virement-${uuid()}`, hash: hashOfVirement(asked) },
        ...{ state: VirementState.REQUESTED, requestedBy: caller.subject, approvedBy: null, approvedAs: null },
      });
    });
    return { virement: noun, ...done };
  }
}

async function allocationOf(em: EntityManager, id: string, field: string): Promise<Allocation> {
  return (await em.findOne(Allocation, id)) ?? refuse('UNKNOWN_ALLOCATION', `There is no allocation ${id}.`, [field]);
}
