import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { AllocationState } from './allocation.js';
import { AllocationInput } from './allocation-input.js';
import { proposeAll } from './proposals.js';
import { asVerdicts, expectBatch, Verdict } from './verdict.js';

@InputType({ description: 'Allocations to be proposed, 1 to 500, from one pool or several.' })
export class ProposeAllocationsInput extends DeedInput {
  @Field(() => [AllocationInput], { description: 'The allocations.' })
  allocations: AllocationInput[];
}

@ObjectType({ description: 'What became of one proposal.' })
export class ProposalVerdict extends Verdict {
  @Field(() => ID, { nullable: true, description: 'The id of the allocation; null when refused.' })
  id: string | null;

  @Field(() => Boolean, {
    description: 'True when it had been proposed before, by its reference: nothing was changed.',
  })
  alreadyProposed: boolean;

  @Field(() => AllocationState, { nullable: true, description: 'Where it stands; null when refused.' })
  state: AllocationState | null;

  @Field(() => String, { nullable: true, description: 'The fingerprint that its approval binds; null when refused.' })
  hash: string | null;
}

@ObjectType({ description: 'What became of each proposal, or why all were declined.' })
export class ProposeAllocationsPayload extends DeedPayload {
  @Field(() => [ProposalVerdict], {
    nullable: true,
    description: 'A verdict for each row, in the order of the input; null when all were declined.',
  })
  rows: ProposalVerdict[] | null;
}

@Resolver()
export class ProposeAllocations {
  @Mutation(() => ProposeAllocationsPayload, {
    description:
      'Proposes up to 500 allocations at once, as proposeAllocation does each; a refused row does not stop the others. Role: publisher of the host. Refusals of the whole: BAD_USER_INPUT; of a row: those of proposeAllocation, and FORBIDDEN for a pool of another host.',
  })
  async proposeAllocations(
    @Arg('input', () => ProposeAllocationsInput, { description: 'The allocations.' }) input: ProposeAllocationsInput,
    @Ctx() context: Context,
  ): Promise<ProposeAllocationsPayload> {
    const by = ['publisher'] as const;
    const deed = { name: 'proposeAllocations', input, by, ...asVerdicts<ProposalVerdict>() };
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      expectBatch(input.allocations, 'allocations');
      const outcomes = await proposeAll(em, input.allocations, caller);
      return outcomes.map(({ id, alreadyProposed, state, hash, userErrors }, row): ProposalVerdict => {
        return { row, accepted: id !== null, id, alreadyProposed, state, hash, userErrors };
      });
    });
    return { rows: noun, ...done };
  }
}
