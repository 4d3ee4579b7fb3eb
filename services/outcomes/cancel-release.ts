import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { numbered } from './chain.js';
import { Release } from './release.js';
import { openEmbargo, releaseToFill } from './release-to-fill.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'Which release is called off, and why; expectedVersion is its newest revision.' })
export class CancelReleaseInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the release.' })
  release: string;

  @Field(() => String, { description: 'Why it will not come; it is published at once.' })
  reason: string;
}

@ObjectType({ description: 'The release, called off, or why it was declined.' })
export class CancelReleasePayload extends DeedPayload {
  @Field(() => Release, { nullable: true, description: 'The release in its last revision; null when declined.' })
  release: Release | null;
}

@Resolver()
export class CancelRelease {
  @Mutation(() => CancelReleasePayload, {
    description:
      'Calls off a release that has not come; it stays to be read, with the reason. Nothing that was in it becomes public; its figures may be published anew, at once or in another release. Role: statistician of its organisation. Refusals: BAD_USER_INPUT, UNKNOWN_RELEASE, ILLEGAL_TRANSITION, RELEASE_HAS_COME, STALE_VERSION.',
  })
  async cancelRelease(
    @Arg('input', () => CancelReleaseInput, { description: 'Which, and why.' }) input: CancelReleaseInput,
    @Ctx() context: Context,
  ): Promise<CancelReleasePayload> {
    const deed = {
      name: 'cancelRelease',
      input,
      by: ['statistician'],
      ...numbered(Release, ({ id, revision }) => ({ id, revision })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const { reason } = input;
      checkSaid({ reason });
      const newest = await releaseToFill(em, input.release, organisation, { alone: true });
      expectVersion(input, newest.revision);
      // The database takes out what waits in it, which only its own statisticians may have it do.
      await openEmbargo(em);
      const { id, title, scheduledAt, measureIds } = newest;
      return em.create(Release, {
        ...{ id, revision: newest.revision + 1, organisationId: organisation, title, scheduledAt, measureIds },
        ...{ reason, calledOff: true },
      });
    });
    return { release: noun, ...done };
  }
}
