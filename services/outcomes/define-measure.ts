import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { faultOfCode, looksLikeCode } from './area.js';
import { DefinitionInput, DefinitionVersion, definitionFrom } from './definition.js';
import { Measure } from './measure.js';
import { Outcome } from './outcome.js';
import { checkRelease, now } from './released.js';
import { checkSaid, checkSlug } from './slug.js';

@InputType({ description: 'A figure that is to be published again and again.' })
export class DefineMeasureInput extends DeedInput {
  @Field(() => ID, { description: 'Its readable id: lower-case words joined by hyphens, at most 120 characters.' })
  id: string;

  @Field(() => String, { description: 'What is measured, in a few words.' })
  title: string;

  @Field(() => ID, { description: 'Id of the outcome it shows.' })
  outcome: string;

  @Field(() => String, {
    defaultValue: 'K02000001',
    description: 'The whole it is about, a GSS code: K02000001 is the United Kingdom, E92000001 is England.',
  })
  nationalArea: string;

  @Field(() => DefinitionInput, { description: 'The first version of its definition.' })
  definition: DefinitionInput;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the definition became known, where a historic source states it; no figure can be older.',
  })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The measure, or why it was declined.' })
export class DefineMeasurePayload extends DeedPayload {
  @Field(() => Measure, { nullable: true, description: 'The measure; null when declined.' })
  measure: Measure | null;
}

@Resolver()
export class DefineMeasure {
  @Mutation(() => DefineMeasurePayload, {
    description:
      'Defines a measure; its steward is the caller’s organisation. Role: statistician. Refusals: BAD_USER_INPUT, UNKNOWN_AREA, ALREADY_EXISTS, UNKNOWN_OUTCOME, RELEASED_IN_FUTURE.',
  })
  async defineMeasure(
    @Arg('input', () => DefineMeasureInput, { description: 'The measure.' }) input: DefineMeasureInput,
    @Ctx() context: Context,
  ): Promise<DefineMeasurePayload> {
    const deed = { name: 'defineMeasure', input, by: ['statistician'], ...byId(Measure) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { id, title, outcome, nationalArea } = input;
      checkSlug(id, ['id']);
      checkSaid({ title });
      if (!looksLikeCode(nationalArea))
        refuse('BAD_USER_INPUT', 'A GSS code is a letter and 8 digits.', ['nationalArea']);
      const unknown = faultOfCode(nationalArea);
      if (unknown) refuse('UNKNOWN_AREA', unknown, ['nationalArea']);
      const definition = definitionFrom(input.definition);
      checkRelease(input.releasedAt, { now: await now(em) });
      await refuseKnownOrHomeless(em, id, outcome);
      const measure = em.create(Measure, {
        id,
        title,
        outcomeId: outcome,
        stewardId: caller.organisation,
        nationalArea,
      });
      await em.flush();
      measure.madeWith = em.create(DefinitionVersion, {
        ...definition,
        measureId: id,
        number: 1,
        comparableWithPrevious: null,
        comparabilityReason: null,
        statedReleaseAt: input.releasedAt ?? null,
      });
      return measure;
    });
    return { measure: noun, ...done };
  }
}

async function refuseKnownOrHomeless(em: EntityManager, id: string, outcome: string): Promise<void> {
  if (await em.findOne(Measure, { id })) refuse('ALREADY_EXISTS', `There is a measure ${id} already.`, ['id']);
  if (await em.findOne(Outcome, { id: outcome })) return;
  refuse('UNKNOWN_OUTCOME', 'There is no outcome with this id; define it first.', ['outcome']);
}
