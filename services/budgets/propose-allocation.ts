import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Allocation } from './allocation.js';
import { withAllocation } from './allocation-input.js';
import { proposeAll } from './proposals.js';
import { declined } from './verdict.js';

@InputType({ description: 'An allocation to be proposed.' })
export class ProposeAllocationInput extends withAllocation(DeedInput) {}

@ObjectType({ description: 'The proposed allocation, or why it was declined.' })
export class ProposeAllocationPayload extends DeedPayload {
  @Field(() => Allocation, { nullable: true, description: 'The allocation, PROPOSED; null when declined.' })
  allocation: Allocation | null;

  @Field(() => Boolean, {
    description: 'True when it had been proposed before, by its reference: nothing was changed, whatever became of it.',
  })
  alreadyProposed: boolean;
}

const remembered = {
  remember: ({ allocation, alreadyProposed }: { allocation: Allocation; alreadyProposed: boolean }) => ({
    id: allocation.id,
    alreadyProposed,
  }),
  recall: async (em: EntityManager, { id, alreadyProposed }: { id: string; alreadyProposed: boolean }) => ({
    allocation: await em.findOneOrFail(Allocation, id),
    alreadyProposed,
  }),
};

@Resolver()
export class ProposeAllocation {
  @Mutation(() => ProposeAllocationPayload, {
    description:
      'Asks for money of a pool to be set aside. Nothing moves until another person approves it. Role: publisher of the host. Refusals: UNKNOWN_BUDGET, ILLEGAL_TRANSITION, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH, REFERENCE_REUSED.',
  })
  async proposeAllocation(
    @Arg('input', () => ProposeAllocationInput, { description: 'The allocation.' }) input: ProposeAllocationInput,
    @Ctx() context: Context,
  ): Promise<ProposeAllocationPayload> {
    const deed = { name: 'proposeAllocation', input, by: ['publisher'], ...remembered } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const [outcome] = await proposeAll(em, [input], caller);
      const { id, alreadyProposed, userErrors } = outcome!;
      if (!id) throw declined(userErrors);
      return { allocation: await em.findOneOrFail(Allocation, id), alreadyProposed };
    });
    return { allocation: noun?.allocation ?? null, alreadyProposed: noun?.alreadyProposed ?? false, ...done };
  }
}
