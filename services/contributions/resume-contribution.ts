import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { endWithPool, stepsTo } from './ending.js';
import { unmetOf } from './judging.js';
import { answerWith, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { readSettled, stateBy } from './variation.js';
import { takeSteps } from './writing.js';

@InputType({ description: 'A contribution that goes on.' })
export class ResumeContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { nullable: true, description: 'Why; public.' })
  reason?: string | null;
}

@ObjectType({ description: 'The contribution, or why this was refused.' })
export class ResumeContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution, where what has arrived puts it; null when this was refused.',
  })
  contribution: Contribution | null;
}

const { SUSPENDED, PART_DEPOSITED, DEPOSITED } = ContributionState;

@Resolver()
export class ResumeContribution {
  @Mutation(() => ResumeContributionPayload, {
    description:
      'Lets a SUSPENDED contribution go on once none of its conditions is UNMET any more: it is COMMITTED, PART_DEPOSITED or DEPOSITED by what has arrived. Role: accounting-officer of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, CONDITION_UNMET.',
  })
  async resumeContribution(
    @Arg('input', () => ResumeContributionInput, { description: 'The contribution.' }) input: ResumeContributionInput,
    @Ctx() context: Context,
  ): Promise<ResumeContributionPayload> {
    const by = ['accounting-officer', 'mission-unit'] as const;
    const deed = { name: 'resumeContribution', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, reason = null } = input;
      const speakers = { CONTRIBUTOR: 'accounting-officer', MISSION: 'mission-unit' } as const;
      const { contribution, current } = await lockFor(em, caller, id, speakers);
      expectVersion(input, contribution.version);
      if (contribution.state !== SUSPENDED) throw new Refused([contribution.cannot()]);
      const unmet = await unmetOf(em, current);
      if (unmet) refuse('CONDITION_UNMET', `This is still to be met: ${unmet}`);
      const state = stateBy(await readSettled(em, id), current.minor);
      // What arrived while it was held up is counted now; the table leads to DEPOSITED by way of PART_DEPOSITED.
      const states = state === DEPOSITED ? [PART_DEPOSITED, DEPOSITED] : [state];
      for (const step of stepsTo(contribution, states, { effectiveOn: today(), reason })) {
        await takeSteps(em, caller, [step]);
      }
      if (state === DEPOSITED) await endWithPool(em, caller, id);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
