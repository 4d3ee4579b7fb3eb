import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { DeedInput, perform } from '../kernel/deed.js';
import { Release } from './release.js';
import { ownMeasures } from './release-measures.js';
import { ReleasePayload, releaseDeed } from './release-to-change.js';
import { checkToCome } from './release-to-fill.js';
import { checkSaid } from './slug.js';
import { tellWhenItComes } from './tell-released.js';

@InputType({ description: 'A release to announce. All of this is public at once.' })
export class ScheduleReleaseInput extends DeedInput {
  @Field(() => String, { description: 'What is released, in a few words.' })
  title: string;

  @Field(() => DateTime, { description: 'When it becomes public, still to come by the clock of the hub’s database.' })
  scheduledAt: Date;

  @Field(() => [ID], {
    defaultValue: [],
    description:
      'Ids of the measures it is announced for, at most 100, all of your organisation: it takes figures of these alone. Left out, nothing is said, and it takes any of yours.',
  })
  measures: string[];
}

@ObjectType({ description: 'The release, or why it was declined.' })
export class ScheduleReleasePayload extends ReleasePayload {}

@Resolver()
export class ScheduleRelease {
  @Mutation(() => ScheduleReleasePayload, {
    description:
      'Announces a release of the caller’s organisation; figures are put in by publishObservations. Role: statistician. Refusals: BAD_USER_INPUT, RELEASE_IN_PAST, UNKNOWN_MEASURE.',
  })
  async scheduleRelease(
    @Arg('input', () => ScheduleReleaseInput, { description: 'The release.' }) input: ScheduleReleaseInput,
    @Ctx() context: Context,
  ): Promise<ScheduleReleasePayload> {
    const deed = { name: 'scheduleRelease', input, ...releaseDeed } as const;
    const { noun, ...done } = await perform(context, deed, async (em, { organisation }) => {
      const { title, scheduledAt } = input;
      checkSaid({ title });
      await checkToCome(em, scheduledAt);
      const measureIds = await ownMeasures(em, [...new Set(input.measures)], organisation);
      const id = `release-${uuid()}`;
      await tellWhenItComes(em, id, scheduledAt);
      return em.create(Release, {
        ...{ id, revision: 1, organisationId: organisation, title, scheduledAt, measureIds },
        reason: null,
      });
    });
    return { release: noun, ...done };
  }
}
