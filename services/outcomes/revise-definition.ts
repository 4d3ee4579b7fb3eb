import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { numbered } from './chain.js';
import { DefinitionInput, DefinitionVersion, definitionFrom } from './definition.js';
import { measureToChange } from './measure-to-change.js';
import { checkRelease } from './released.js';
import { checkSaid } from './slug.js';

@InputType({
  description: 'A new version of the definition of a measure; expectedVersion is the number of the newest.',
})
export class ReviseDefinitionInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => DefinitionInput, { description: 'The definition as it is from now on.' })
  definition: DefinitionInput;

  @Field(() => Boolean, { description: 'Whether its figures may be compared with those of the version before.' })
  comparableWithPrevious: boolean;

  @Field(() => String, { description: 'Why they may or may not be compared.' })
  comparabilityReason: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it became known, where a historic source states it; no figure by it can be older.',
  })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The new version, or why it was declined.' })
export class ReviseDefinitionPayload extends DeedPayload {
  @Field(() => DefinitionVersion, { nullable: true, description: 'The new version; null when declined.' })
  definition: DefinitionVersion | null;
}

@Resolver()
export class ReviseDefinition {
  @Mutation(() => ReviseDefinitionPayload, {
    description:
      'Adds a version to the definition of a measure. Role: statistician of its steward. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE, STALE_VERSION, NOT_COMPARABLE, RELEASED_IN_FUTURE, OLDER_THAN_NEWEST.',
  })
  async reviseDefinition(
    @Arg('input', () => ReviseDefinitionInput, { description: 'The definition.' }) input: ReviseDefinitionInput,
    @Ctx() context: Context,
  ): Promise<ReviseDefinitionPayload> {
    const deed = {
      name: 'reviseDefinition',
      input,
      by: ['statistician'],
      ...numbered(DefinitionVersion, ({ measureId, number }) => ({ measureId, number })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { comparableWithPrevious, comparabilityReason } = input;
      const columns = definitionFrom(input.definition);
      checkSaid({ comparabilityReason });
      const { measure, definitions, now } = await measureToChange(em, input.measure, caller, { missionUnitToo: false });
      const newest = definitions.at(-1)!;
      expectVersion(input, newest.number);
      const newestRelease = { what: `Definition ${newest.number}`, at: newest.releasedAt };
      checkRelease(input.releasedAt, { now, newest: newestRelease });
      if (comparableWithPrevious && (columns.unit !== newest.unit || columns.frequency !== newest.frequency)) {
        const sentence = 'Figures in another unit or of other periods cannot be compared with those before.';
        refuse('NOT_COMPARABLE', sentence, ['comparableWithPrevious']);
      }
      return em.create(DefinitionVersion, {
        ...columns,
        measureId: measure.id,
        number: newest.number + 1,
        comparableWithPrevious,
        comparabilityReason,
        statedReleaseAt: input.releasedAt ?? null,
      });
    });
    return { definition: noun, ...done };
  }
}
