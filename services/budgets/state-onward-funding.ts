import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { asJson, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Allocation } from './allocation.js';
import { Contribution } from './contribution.js';
import { Expected } from './expected.js';

@InputType({ description: 'A contribution that is money of another pool, passed on.' })
export class StateOnwardFundingInput extends DeedInput {
  @Field(() => ID, { description: 'The contribution, of your own organisation.' })
  contribution: string;

  @Field(() => ID, {
    description: 'The allocation of the other pool it comes out of; your organisation is its recipient.',
  })
  allocation: string;
}

@ObjectType({ description: 'The contribution, or why it was declined.' })
export class StateOnwardFundingPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution; null when declined.' })
  contribution: Contribution | null;
}

@Resolver()
export class StateOnwardFunding {
  @Mutation(() => StateOnwardFundingPayload, {
    description:
      'States that a contribution passes on money that another pool paid to your organisation, so that `totalsOverMissions` counts it once. Stated once, for ever. Role: publisher of the contributor. Refusals: UNKNOWN_CONTRIBUTION, UNKNOWN_ALLOCATION, NOT_ITS_RECIPIENT, SAME_POOL, CURRENCY_MISMATCH, ALREADY_STATED.',
  })
  async stateOnwardFunding(
    @Arg('input', () => StateOnwardFundingInput, { description: 'What is passed on.' }) input: StateOnwardFundingInput,
    @Ctx() context: Context,
  ): Promise<StateOnwardFundingPayload> {
    const deed = { name: 'stateOnwardFunding', input, by: ['publisher'], ...asJson<string>() } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const expected = await em.findOne(Expected, input.contribution);
      if (!expected) refuse('UNKNOWN_CONTRIBUTION', `Nothing is expected of ${input.contribution}.`, ['contribution']);
      context.demand(deed.by, expected.contributorId);
      const allocation = await em.findOne(Allocation, input.allocation);
      if (!allocation) refuse('UNKNOWN_ALLOCATION', `There is no allocation ${input.allocation}.`, ['allocation']);
      if (allocation.recipientId !== caller.organisation)
        refuse('NOT_ITS_RECIPIENT', 'The allocation is for another recipient.', ['allocation']);
      if (allocation.poolId === expected.poolId)
        refuse('SAME_POOL', 'The contribution goes to the pool that the allocation is of.', ['allocation']);
      if (allocation.currency !== expected.currency)
        refuse('CURRENCY_MISMATCH', `The contribution is in ${expected.currency}.`, ['allocation']);
      const written = await query(
        em,
        `insert into onward_funding (contribution_id, allocation_id, stated_by) values (?, ?, ?) on conflict do nothing returning 1`,
        [expected.id, allocation.id, caller.subject],
      );
      if (written.length === 0)
        refuse('ALREADY_STATED', 'What it is paid out of was stated already.', ['contribution']);
      return expected.id;
    });
    return { contribution: noun === null ? null : Object.assign(new Contribution(), { id: noun }), ...done };
  }
}
