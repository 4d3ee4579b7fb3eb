import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Judgement, Verdict } from './assessment.js';
import { numbered } from './chain.js';
import { measureToChange } from './measure-to-change.js';
import { observationOf } from './observation.js';
import { checkSaid } from './slug.js';
import { latestOf, type StandingRow } from './standing.js';

@InputType({ description: 'What a person judges about a measure as it stands now.' })
export class JudgeMeasureInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => Verdict, { description: 'The verdict of this person.' })
  verdict: Verdict;

  @Field(() => String, { description: 'Who judges; it is published.' })
  name: string;

  @Field(() => String, { description: 'Why; it is published.' })
  reason: string;
}

@ObjectType({ description: 'The judgement, or why it was declined.' })
export class JudgeMeasurePayload extends DeedPayload {
  @Field(() => Judgement, { nullable: true, description: 'The judgement; null when declined.' })
  judgement: Judgement | null;
}

@Resolver()
export class JudgeMeasure {
  @Mutation(() => JudgeMeasurePayload, {
    description:
      'Puts a person’s judgement beside the computed verdict, with name and reason. Role: mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE.',
  })
  async judgeMeasure(
    @Arg('input', () => JudgeMeasureInput, { description: 'The judgement.' }) input: JudgeMeasureInput,
    @Ctx() context: Context,
  ): Promise<JudgeMeasurePayload> {
    const deed = {
      name: 'judgeMeasure',
      input,
      by: ['mission-unit'],
      ...numbered(Judgement, ({ measureId, number }) => ({ measureId, number })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { verdict, name, reason } = input;
      checkSaid({ name, reason });
      const { measure } = await measureToChange(em, input.measure, caller, { missionUnitToo: true });
      const measureId = measure.id;
      const [newest] = await em.find(Judgement, { measureId }, { orderBy: { number: 'desc' }, limit: 1 });
      const sql = `select found.* from (select ?::text as id) asked cross join lateral (${latestOf({ knownAt: null })}) found`;
      const [row] = await query<StandingRow>(em, sql, [measureId]);
      const latest = row && observationOf(row);
      return em.create(Judgement, {
        measureId,
        number: (newest?.number ?? 0) + 1,
        verdict,
        name,
        reason,
        statedReleaseAt: null,
        period: latest?.period ?? null,
        vintage: latest?.vintage ?? null,
      });
    });
    return { judgement: noun, ...done };
  }
}
