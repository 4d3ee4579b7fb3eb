import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Outcome, OutcomeKind } from './outcome.js';
import { checkRelease, now } from './released.js';
import { checkSaid, checkSlug } from './slug.js';

@InputType({ description: 'What a mission is to change, or must not harm.' })
export class DefineOutcomeInput extends DeedInput {
  @Field(() => ID, { description: 'Its readable id: lower-case words joined by hyphens, at most 120 characters.' })
  id: string;

  @Field(() => String, { description: 'What is to change, in a few words.' })
  title: string;

  @Field(() => OutcomeKind, { description: 'What it tells about its missions.' })
  kind: OutcomeKind;

  @Field(() => [ID], { description: 'Ids of the missions it belongs to, 1 to 20.' })
  missions: string[];

  @Field(() => ID, { nullable: true, description: 'Id of the challenge it tells about, where it is one.' })
  challenge?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it became known, where a historic source states it.' })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The outcome, or why it was declined.' })
export class DefineOutcomePayload extends DeedPayload {
  @Field(() => Outcome, { nullable: true, description: 'The outcome; null when declined.' })
  outcome: Outcome | null;
}

@Resolver()
export class DefineOutcome {
  @Mutation(() => DefineOutcomePayload, {
    description:
      'Says what a mission is to change. Role: mission-unit. Refusals: BAD_USER_INPUT, ALREADY_EXISTS, RELEASED_IN_FUTURE.',
  })
  async defineOutcome(
    @Arg('input', () => DefineOutcomeInput, { description: 'The outcome.' }) input: DefineOutcomeInput,
    @Ctx() context: Context,
  ): Promise<DefineOutcomePayload> {
    const deed = { name: 'defineOutcome', input, by: ['mission-unit'], ...byId(Outcome) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const { id, title, kind, illustrative } = input;
      checkSlug(id, ['id']);
      checkSaid({ title });
      const missionIds = [...new Set(input.missions)];
      if (missionIds.length < 1 || missionIds.length > 20) {
        refuse('BAD_USER_INPUT', 'An outcome belongs to 1 to 20 missions.', ['missions']);
      }
      for (const [place, mission] of missionIds.entries()) checkSlug(mission, ['missions', String(place)]);
      if (input.challenge) checkSlug(input.challenge, ['challenge']);
      checkRelease(input.releasedAt, { now: await now(em) });
      if (await em.findOne(Outcome, { id })) refuse('ALREADY_EXISTS', `There is an outcome ${id} already.`, ['id']);
      return em.create(Outcome, {
        id,
        title,
        kind,
        missionIds,
        illustrative,
        challengeId: input.challenge ?? null,
        statedReleaseAt: input.releasedAt ?? null,
      });
    });
    return { outcome: noun, ...done };
  }
}
