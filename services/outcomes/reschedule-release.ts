import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { perform } from '../kernel/deed.js';
import {
  followRelease,
  ReleaseChangeInput,
  ReleasePayload,
  releaseDeed,
  releaseToChange,
} from './release-to-change.js';
import { checkToCome } from './release-to-fill.js';
import { tellWhenItComes } from './tell-released.js';

@InputType({ description: 'Another instant for a release; expectedVersion is its newest revision.' })
export class RescheduleReleaseInput extends ReleaseChangeInput {
  @Field(() => DateTime, { description: 'When it becomes public now, still to come; earlier or later than before.' })
  scheduledAt: Date;
}

@ObjectType({ description: 'The release as it is announced now, or why it was declined.' })
export class RescheduleReleasePayload extends ReleasePayload {}

@Resolver()
export class RescheduleRelease {
  @Mutation(() => RescheduleReleasePayload, {
    description:
      'Moves a release that has not come, with all figures in it; the same instant again makes no revision. Role: statistician of its organisation. Refusals: BAD_USER_INPUT, UNKNOWN_RELEASE, ILLEGAL_TRANSITION, RELEASE_HAS_COME, RELEASE_IN_PAST, STALE_VERSION.',
  })
  async rescheduleRelease(
    @Arg('input', () => RescheduleReleaseInput, { description: 'The new instant.' }) input: RescheduleReleaseInput,
    @Ctx() context: Context,
  ): Promise<RescheduleReleasePayload> {
    const deed = { name: 'rescheduleRelease', input, ...releaseDeed } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const { scheduledAt } = input;
      const newest = await releaseToChange(em, input, organisation);
      await checkToCome(em, scheduledAt);
      if (newest.scheduledAt.getTime() === scheduledAt.getTime()) return newest;
      await tellWhenItComes(em, newest.id, scheduledAt);
      return followRelease(em, newest, input, { scheduledAt });
    });
    return { release: noun, ...done };
  }
}
