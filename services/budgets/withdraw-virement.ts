import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { PooledBudget } from './pooled-budget.js';
import { Virement, VirementState } from './virement.js';

@InputType({ description: 'A virement to be taken back.' })
export class WithdrawVirementInput extends ChangeInput {
  @Field(() => ID, { description: 'The virement.' })
  virement: string;
}

@ObjectType({ description: 'The withdrawn virement, or why it was declined.' })
export class WithdrawVirementPayload extends DeedPayload {
  @Field(() => Virement, { nullable: true, description: 'The virement, WITHDRAWN; null when declined.' })
  virement: Virement | null;
}

@Resolver()
export class WithdrawVirement {
  @Mutation(() => WithdrawVirementPayload, {
    description:
      'Takes back a virement that is not approved. Role: publisher of the host. Refusals: UNKNOWN_VIREMENT, ILLEGAL_TRANSITION, STALE_VERSION.',
  })
  async withdrawVirement(
    @Arg('input', () => WithdrawVirementInput, { description: 'What to take back.' }) input: WithdrawVirementInput,
    @Ctx() context: Context,
  ): Promise<WithdrawVirementPayload> {
    const deed = { name: 'withdrawVirement', input, by: ['publisher'], ...byId(Virement) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const virement = await Virement.lock(em, input.virement);
      const pool = await em.findOneOrFail(PooledBudget, virement.poolId);
      context.demand(deed.by, pool.hostId);
      expectVersion(input, virement.version);
      virement.expectNext(VirementState.WITHDRAWN);
      virement.state = VirementState.WITHDRAWN;
      return virement;
    });
    return { virement: noun, ...done };
  }
}
