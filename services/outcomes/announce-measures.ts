import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { numbered } from './chain.js';
import { Release } from './release.js';
import { checkAllAnnounced, ownMeasures } from './release-measures.js';
import { openEmbargo, releaseToFill } from './release-to-fill.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'For which measures a release comes besides; expectedVersion is its newest revision.' })
export class AnnounceMeasuresInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the release.' })
  release: string;

  @Field(() => [ID], {
    description: 'Ids of the measures to add, all of your organisation; with those before at most 100.',
  })
  measures: string[];

  @Field(() => String, { description: 'Why they are added; it is published.' })
  reason: string;
}

@ObjectType({ description: 'The release as it is announced now, or why it was declined.' })
export class AnnounceMeasuresPayload extends DeedPayload {
  @Field(() => Release, { nullable: true, description: 'The release in its newest revision; null when declined.' })
  release: Release | null;
}

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
    const deed = {
      name: 'announceMeasures',
      input,
      by: ['statistician'],
      ...numbered(Release, ({ id, revision }) => ({ id, revision })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const { reason } = input;
      checkSaid({ reason });
      const newest = await releaseToFill(em, input.release, organisation, { alone: true });
      expectVersion(input, newest.revision);
      const measureIds = await ownMeasures(em, [...new Set([...newest.measureIds, ...input.measures])], organisation);
      if (measureIds.length === newest.measureIds.length) return newest;
      // What waits in it is seen for this alone: the announcement of all that is in it leaves none out.
      await openEmbargo(em);
      await checkAllAnnounced(em, newest.id, measureIds);
      const { id, title, scheduledAt, revision } = newest;
      return em.create(Release, {
        ...{ id, revision: revision + 1, organisationId: organisation, title, scheduledAt, measureIds },
        reason,
      });
    });
    return { release: noun, ...done };
  }
}
