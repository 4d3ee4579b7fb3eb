import { Arg, Ctx, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { perform } from '../kernel/deed.js';
import {
  followRelease,
  ReleaseChangeInput,
  ReleasePayload,
  releaseDeed,
  releaseToChange,
} from './release-to-change.js';
import { openEmbargo } from './release-to-fill.js';

@InputType({ description: 'Which release is called off, and why; expectedVersion is its newest revision.' })
export class CancelReleaseInput extends ReleaseChangeInput {}

@ObjectType({ description: 'The release, called off, or why it was declined.' })
export class CancelReleasePayload extends ReleasePayload {}

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
    const deed = { name: 'cancelRelease', input, ...releaseDeed } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const newest = await releaseToChange(em, input, organisation);
      // The database takes out what waits in it, which only its own statisticians may have it do.
      await openEmbargo(em);
      return followRelease(em, newest, input, { calledOff: true });
    });
    return { release: noun, ...done };
  }
}
