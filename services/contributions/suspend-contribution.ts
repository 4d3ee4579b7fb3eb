import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { unmetOf } from './judging.js';
import { answerWith, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { takeSteps } from './writing.js';

@InputType({ description: 'A contribution that is held up.' })
export class SuspendContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'Why; public.' })
  reason: string;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class SuspendContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution, SUSPENDED; null when this was refused.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class SuspendContribution {
  @Mutation(() => SuspendContributionPayload, {
    description:
      'Holds up a COMMITTED or PART_DEPOSITED contribution while one of its conditions is UNMET. What arrives meanwhile is still counted. Role: accounting-officer of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NO_CONDITION_UNMET, BAD_USER_INPUT.',
  })
  async suspendContribution(
    @Arg('input', () => SuspendContributionInput, { description: 'The contribution and why.' })
    input: SuspendContributionInput,
    @Ctx() context: Context,
  ): Promise<SuspendContributionPayload> {
    const by = ['accounting-officer', 'mission-unit'] as const;
    const deed = { name: 'suspendContribution', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason } = input;
      const speakers = { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-unit' } as const;
      const { contribution, current } = await lockFor(em, caller, id, speakers);
      expectVersion(input, contribution.version);
      contribution.mayBecome(ContributionState.SUSPENDED);
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      if (!(await unmetOf(em, current))) {
        refuse('NO_CONDITION_UNMET', 'Only an UNMET condition holds a contribution up; none of its conditions is.');
      }
      const { contributorId, number, version } = contribution;
      const step = { id, contributorId, version: version + 1, number, effectiveOn: today(), reason };
      await takeSteps(em, caller, [{ ...step, state: ContributionState.SUSPENDED }]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
