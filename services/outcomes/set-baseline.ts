import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DateTime } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Baseline } from './baseline.js';
import { numbered } from './chain.js';
import { breakBetween, type DefinitionVersion } from './definition.js';
import { Dimension } from './dimension.js';
import { definitionIn, measureToChange } from './measure-to-change.js';
import { ValueKind } from './observation-enums.js';
import { dimensionsOf } from './observation-list.js';
import { exampleOf, startOf } from './period.js';
import { checkRelease, isPublic } from './released.js';

@InputType({
  description: 'The vintage a measure is compared with; expectedVersion is the revision of the newest baseline.',
})
export class SetBaselineInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => String, { description: 'The period by its label.' })
  period: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version of the definition of the figure; left out, the newest.',
  })
  definition?: number | null;

  @Field(() => String, { nullable: true, description: 'The area; left out, the whole the measure is about.' })
  area?: string | null;

  @Field(() => [Dimension], { defaultValue: [], description: 'The breakdown; empty for the whole.' })
  dimensions: Dimension[];

  @Field(() => Int, { nullable: true, description: 'The vintage of the figure; left out, the newest.' })
  vintage?: number | null;

  @Field(() => String, { nullable: true, description: 'Why this one.' })
  note?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it became known, where a historic source states it.' })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The baseline, or why it was declined.' })
export class SetBaselinePayload extends DeedPayload {
  @Field(() => Baseline, { nullable: true, description: 'The baseline; null when declined.' })
  baseline: Baseline | null;
}

@Resolver()
export class SetBaseline {
  @Mutation(() => SetBaselinePayload, {
    description:
      'Pins what a measure is compared with to one vintage; the same one again makes no revision. Role: statistician of the steward, or mission-unit. Refusals: UNKNOWN_MEASURE, UNKNOWN_DEFINITION, PERIOD_DOES_NOT_FIT, UNKNOWN_OBSERVATION, NOT_COMPARABLE, STALE_VERSION, RELEASED_IN_FUTURE, RELEASED_TOO_EARLY, OLDER_THAN_NEWEST.',
  })
  async setBaseline(
    @Arg('input', () => SetBaselineInput, { description: 'The baseline.' }) input: SetBaselineInput,
    @Ctx() context: Context,
  ): Promise<SetBaselinePayload> {
    const deed = {
      name: 'setBaseline',
      input,
      by: ['statistician', 'mission-unit'],
      ...numbered(Baseline, ({ measureId, revision }) => ({ measureId, revision })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { measure, definitions, now } = await measureToChange(em, input.measure, caller, { missionUnitToo: true });
      const definition = definitionIn(definitions, input.definition);
      const pin = await pinned(em, input, definition, input.area ?? measure.nationalArea);
      refuseBroken(definitions, definition);
      const measureId = measure.id;
      const [newest] = await em.find(Baseline, { measureId }, { orderBy: { revision: 'desc' }, limit: 1 });
      expectVersion(input, newest?.revision ?? 0);
      const content = {
        seriesId: pin.series_id,
        periodStart: pin.period_start,
        vintage: pin.vintage,
        note: input.note ?? null,
      };
      const isSame = (Object.keys(content) as (keyof typeof content)[]).every((key) => newest?.[key] === content[key]);
      if (newest && isSame) return newest;
      checkRelease(input.releasedAt, {
        now,
        after: { what: 'the figure', at: new Date(pin.released_at) },
        ...(newest && { newest: { what: `Baseline ${newest.revision}`, at: newest.releasedAt } }),
      });
      const revision = (newest?.revision ?? 0) + 1;
      return em.create(Baseline, { ...content, measureId, revision, statedReleaseAt: input.releasedAt ?? null });
    });
    return { baseline: noun, ...done };
  }
}

interface Pinned {
  series_id: string;
  period_start: string;
  vintage: number;
  released_at: string;
  value_kind: ValueKind;
}

async function pinned(
  em: EntityManager,
  input: SetBaselineInput,
  definition: DefinitionVersion,
  area: string,
): Promise<Pinned> {
  const { frequency, measureId, number } = definition;
  const start = startOf(frequency, input.period);
  if (!start) refuse('PERIOD_DOES_NOT_FIT', `This is not a period such as ${exampleOf(frequency)}.`, ['period']);
  const vintage = input.vintage ?? null;
  const [found] = await query<Pinned>(
    em,
    `select series_id, period_start::text as period_start, vintage, o.released_at, value_kind from observation o
     where ${isPublic('o')} and series_id = (select id from series where measure_id = ? and definition = ? and area = ? and dimensions = ?::jsonb)
       and period_start = ?::date and vintage = coalesce(?::int, vintage) order by vintage desc limit 1`,
    [measureId, number, area, JSON.stringify(dimensionsOf(input.dimensions)), start, vintage],
  );
  if (!found || found.value_kind === ValueKind.WITHDRAWN) {
    refuse('UNKNOWN_OBSERVATION', 'There is no such figure to pin to; publish it first.', ['period']);
  }
  return found;
}

function refuseBroken(definitions: DefinitionVersion[], { number }: DefinitionVersion): void {
  const newest = definitions.at(-1)!;
  if (breakBetween(definitions, number, newest.number) === null) return;
  const sentence = `Figures by definition ${number} cannot be compared with those of today’s definition ${newest.number}.`;
  refuse('NOT_COMPARABLE', sentence, ['definition']);
}
