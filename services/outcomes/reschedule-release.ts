import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { numbered } from './chain.js';
import { Release } from './release.js';
import { checkToCome, releaseToFill } from './release-to-fill.js';
import { checkSaid } from './slug.js';
import { tellWhenItComes } from './tell-released.js';

@InputType({ description: 'Another instant for a release; expectedVersion is its newest revision.' })
export class RescheduleReleaseInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the release.' })
  release: string;

  @Field(() => DateTime, { description: 'When it becomes public now, still to come; earlier or later than before.' })
  scheduledAt: Date;

  @Field(() => String, { description: 'Why it is moved; it is published.' })
  reason: string;
}

@ObjectType({ description: 'The release as it is announced now, or why it was declined.' })
export class RescheduleReleasePayload extends DeedPayload {
  @Field(() => Release, { nullable: true, description: 'The release in its newest revision; null when declined.' })
  release: Release | null;
}

@Resolver()
export class RescheduleRelease {
  @Mutation(() => RescheduleReleasePayload, {
    description:
      'Moves a release that has not come, with all figures in it; the same instant again makes no revision. Role: statistician of its organisation. Refusals: BAD_USER_INPUT, UNKNOWN_RELEASE, RELEASE_HAS_COME, RELEASE_IN_PAST, STALE_VERSION.',
  })
  async rescheduleRelease(
    @Arg('input', () => RescheduleReleaseInput, { description: 'The new instant.' }) input: RescheduleReleaseInput,
    @Ctx() context: Context,
  ): Promise<RescheduleReleasePayload> {
    const deed = {
      name: 'rescheduleRelease',
      input,
      by: ['statistician'],
      ...numbered(Release, ({ id, revision }) => ({ id, revision })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const { scheduledAt, reason } = input;
      checkSaid({ reason });
      const newest = await releaseToFill(em, input.release, organisation, { alone: true });
      expectVersion(input, newest.revision);
      await checkToCome(em, scheduledAt);
      if (newest.scheduledAt.getTime() === scheduledAt.getTime()) return newest;
      const { id, title, measureIds } = newest;
      await tellWhenItComes(em, id, scheduledAt);
      const revision = newest.revision + 1;
      return em.create(Release, {
        ...{ id, revision, organisationId: organisation, title, scheduledAt, measureIds },
        reason,
      });
    });
    return { release: noun, ...done };
  }
}
