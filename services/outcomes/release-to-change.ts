import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { ChangeInput, DeedPayload, expectVersion } from '../kernel/deed.js';
import { numbered } from './chain.js';
import { Release } from './release.js';
import { releaseToFill } from './release-to-fill.js';
import { checkSaid } from './slug.js';

@InputType({ description: 'Which release, and why it is followed by a newer revision.' })
export abstract class ReleaseChangeInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the release.' })
  release: string;

  @Field(() => String, { description: 'Why it is changed; it is published at once.' })
  reason: string;
}

@ObjectType()
export abstract class ReleasePayload extends DeedPayload {
  @Field(() => Release, { nullable: true, description: 'The release in its newest revision; null when declined.' })
  release: Release | null;
}

/** Who announces, moves and calls off, and by what a revision is found again. */
export const releaseDeed = {
  by: ['statistician'],
  ...numbered(Release, ({ id, revision }: Release) => ({ id, revision })),
} as const;

/**
 * The newest revision of a release of the organisation that is to be followed by another; nobody else fills or changes
 * it until the deed has ended. Refuses with BAD_USER_INPUT, UNKNOWN_RELEASE, ILLEGAL_TRANSITION, RELEASE_HAS_COME and
 * STALE_VERSION.
 */
export async function releaseToChange(
  em: EntityManager,
  input: ReleaseChangeInput,
  organisation: string,
): Promise<Release> {
  const { reason } = input;
  checkSaid({ reason });
  const newest = await releaseToFill(em, input.release, organisation, { alone: true });
  expectVersion(input, newest.revision);
  return newest;
}

/** The revision that follows: as the one before, but for what is changed. */
export function followRelease(
  em: EntityManager,
  before: Release,
  { reason }: ReleaseChangeInput,
  changed: Partial<Pick<Release, 'scheduledAt' | 'measureIds' | 'calledOff'>>,
): Release {
  const { id, organisationId, title, scheduledAt, measureIds } = before;
  const revision = before.revision + 1;
  return em.create(Release, { id, organisationId, title, scheduledAt, measureIds, revision, reason, ...changed });
}
