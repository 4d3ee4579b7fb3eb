import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { perform } from '../kernel/deed.js';
import { checkAllAnnounced, ownMeasures } from './release-measures.js';
import {
  followRelease,
  ReleaseChangeInput,
  ReleasePayload,
  releaseDeed,
  releaseToChange,
} from './release-to-change.js';
import { openEmbargo } from './release-to-fill.js';

@InputType({ description: 'For which measures a release comes besides; expectedVersion is its newest revision.' })
export class AnnounceMeasuresInput extends ReleaseChangeInput {
  @Field(() => [ID], {
    description: 'Ids of the measures to add, all of your organisation; with those before at most 100.',
  })
  measures: string[];
}

@ObjectType({ description: 'The release as it is announced now, or why it was declined.' })
export class AnnounceMeasuresPayload extends ReleasePayload {}

@Resolver()
export class AnnounceMeasures {
  @Mutation(() => AnnounceMeasuresPayload, {
    description:
      'Announces a release that has not come for more measures; those it has already make no revision, and none is taken off. Role: statistician of its organisation. Refusals: BAD_USER_INPUT, UNKNOWN_RELEASE, ILLEGAL_TRANSITION, RELEASE_HAS_COME, STALE_VERSION, UNKNOWN_MEASURE, NOT_ANNOUNCED.',
  })
  async announceMeasures(
    @Arg('input', () => AnnounceMeasuresInput, { description: 'What is added.' }) input: AnnounceMeasuresInput,
    @Ctx() context: Context,
  ): Promise<AnnounceMeasuresPayload> {
    const deed = { name: 'announceMeasures', input, ...releaseDeed } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const newest = await releaseToChange(em, input, organisation);
      const measureIds = await ownMeasures(em, [...new Set([...newest.measureIds, ...input.measures])], organisation);
      if (measureIds.length === newest.measureIds.length) return newest;
      // What waits in it is seen for this alone: the announcement of all that is in it leaves none out.
      await openEmbargo(em);
      await checkAllAnnounced(em, newest.id, measureIds);
      return followRelease(em, newest, input, { measureIds });
    });
    return { release: noun, ...done };
  }
}
