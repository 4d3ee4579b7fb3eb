import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DateTime } from '../kernel/dates.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { numbered } from './chain.js';
import { compare, exactAgain, isWithin } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import { asAfter, definitionIn, measureToChange } from './measure-to-change.js';
import { exampleOf, startOf } from './period.js';
import { checkRelease } from './released.js';
import { checkSaid, checkSlug } from './slug.js';
import { main, Trajectory, type TrajectoryPoint } from './trajectory.js';

const mostPoints = 500;
const mostNames = 20;

@InputType({ description: 'What is expected of one period.' })
export class TrajectoryPointInput {
  @Field(() => String, { description: 'The period by its label: 2023, 2018/19, 2024 Q4, 2025-26 or 2024-03.' })
  period: string;

  @Field(() => Decimal, { description: 'What is expected, in the unit of the definition.' })
  value: string;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Lower end of the band that counts as on course; with high only.',
  })
  low?: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Upper end of that band; with low only.' })
  high?: string | null;
}

@InputType({
  description: 'The course a measure is expected to take; expectedVersion is that of the newest of this name.',
})
export class SetTrajectoryInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the measure.' })
  measure: string;

  @Field(() => String, {
    defaultValue: main,
    description:
      'Which of its trajectories, a readable id; by another method under another name, at most 20. Left out, main, which verdicts go by.',
  })
  name: string;

  @Field(() => Int, { nullable: true, description: 'The version of the definition it is for; left out, the newest.' })
  definition?: number | null;

  @Field(() => String, { description: 'How it was made.' })
  method: string;

  @Field(() => String, { description: 'Who made it.' })
  author: string;

  @Field(() => [TrajectoryPointInput], { description: 'What is expected, period by period: 1 to 500.' })
  points: TrajectoryPointInput[];

  @Field(() => DateTime, { nullable: true, description: 'When it became known, where a historic source states it.' })
  releasedAt?: Date | null;
}

@ObjectType({ description: 'The trajectory, or why it was declined.' })
export class SetTrajectoryPayload extends DeedPayload {
  @Field(() => Trajectory, { nullable: true, description: 'The newest version; null when declined.' })
  trajectory: Trajectory | null;
}

@Resolver()
export class SetTrajectory {
  @Mutation(() => SetTrajectoryPayload, {
    description:
      'Sets the trajectory of a measure, as a new version; the same content again makes none. Role: statistician of the steward, or mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_MEASURE, UNKNOWN_DEFINITION, PERIOD_DOES_NOT_FIT, OVERLAPPING_PERIOD, LOW_ABOVE_HIGH, VALUE_OUTSIDE_INTERVAL, STALE_VERSION, RELEASED_IN_FUTURE, RELEASED_TOO_EARLY, OLDER_THAN_NEWEST.',
  })
  async setTrajectory(
    @Arg('input', () => SetTrajectoryInput, { description: 'The trajectory.' }) input: SetTrajectoryInput,
    @Ctx() context: Context,
  ): Promise<SetTrajectoryPayload> {
    const deed = {
      name: 'setTrajectory',
      input,
      by: ['statistician', 'mission-unit'],
      ...numbered(Trajectory, ({ measureId, name, version }) => ({ measureId, name, version })),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { measure, definitions, now } = await measureToChange(em, input.measure, caller, { missionUnitToo: true });
      const definition = definitionIn(definitions, input.definition);
      const { name, method, author } = input;
      checkSlug(name, ['name']);
      checkSaid({ method, author });
      const points = pointsFrom(input.points, definition);
      const measureId = measure.id;
      const [newest] = await em.find(Trajectory, { measureId, name }, { orderBy: { version: 'desc' }, limit: 1 });
      expectVersion(input, newest?.version ?? 0);
      if (!newest) await refuseTooMany(em, measureId);
      const content = { measureId, name, definition: definition.number, method, author };
      if (newest && (await isSame(em, newest, content, points))) return newest;
      checkRelease(input.releasedAt, {
        now,
        ...asAfter(definition),
        ...(newest && { newest: { what: `Version ${newest.version}`, at: newest.releasedAt } }),
      });
      const version = (newest?.version ?? 0) + 1;
      const made = em.create(Trajectory, { ...content, version, statedReleaseAt: input.releasedAt ?? null });
      await em.flush();
      await insertPoints(em, made, points);
      return Object.assign(made, { madeWith: points });
    });
    return { trajectory: noun, ...done };
  }
}

function pointsFrom(points: TrajectoryPointInput[], { frequency }: DefinitionVersion): TrajectoryPoint[] {
  if (points.length < 1 || points.length > mostPoints) {
    refuse('BAD_USER_INPUT', `A trajectory has 1 to ${mostPoints} points.`, ['points']);
  }
  const seen = new Set<string>();
  const checked = points.map(({ period, value, low, high }, place): TrajectoryPoint => {
    const path = (field: string) => ['points', String(place), field];
    const periodStart = startOf(frequency, period);
    if (!periodStart) {
      refuse('PERIOD_DOES_NOT_FIT', `This is not a period such as ${exampleOf(frequency)}.`, path('period'));
    }
    if (seen.has(period)) refuse('OVERLAPPING_PERIOD', `There is a point for ${period} already.`, path('period'));
    seen.add(period);
    if ((low ?? null) === null || (high ?? null) === null) {
      if (low || high) refuse('BAD_USER_INPUT', 'A band has both ends or none.', path('low'));
      return { period, periodStart, value, low: null, high: null };
    }
    const [lower, upper] = [exactAgain(low!), exactAgain(high!)];
    if (compare(lower, upper) > 0) refuse('LOW_ABOVE_HIGH', 'The low end is above the high end.', path('low'));
    if (!isWithin(exactAgain(value), lower, upper)) {
      refuse('VALUE_OUTSIDE_INTERVAL', 'The value lies outside its own band.', path('value'));
    }
    return { period, periodStart, value, low: low!, high: high! };
  });
  return checked.sort((one, other) => (one.periodStart < other.periodStart ? -1 : 1));
}

const asRows = (points: TrajectoryPoint[]) =>
  JSON.stringify(points.map(({ periodStart, value, low, high }) => ({ period_start: periodStart, value, low, high })));

const pointRows = 'json_to_recordset(?::json) as given(period_start date, value numeric, low numeric, high numeric)';

async function refuseTooMany(em: EntityManager, measure: string): Promise<void> {
  const sql = 'select count(distinct name)::int as count from trajectory where measure_id = ?';
  const [{ count } = { count: 0 }] = await query<{ count: number }>(em, sql, [measure]);
  if (count < mostNames) return;
  refuse('BAD_USER_INPUT', `A measure has at most ${mostNames} trajectories; set a new version of one of them.`, [
    'name',
  ]);
}

async function insertPoints(em: EntityManager, { measureId, name, version }: Trajectory, points: TrajectoryPoint[]) {
  const sql = `insert into trajectory_point (measure_id, name, version, period_start, value, low, high)
    select ?, ?, ?::int, given.* from ${pointRows}`;
  await query(em, sql, [measureId, name, version, asRows(points)]);
}

async function isSame(
  em: EntityManager,
  { measureId, name, version, definition, method, author }: Trajectory,
  content: { definition: number; method: string; author: string },
  points: TrajectoryPoint[],
): Promise<boolean> {
  if (definition !== content.definition || method !== content.method || author !== content.author) return false;
  const kept =
    'select period_start, value, low, high from trajectory_point where measure_id = ? and name = ? and version = ?';
  const given = `select * from ${pointRows}`;
  const sql = `select 1 from ((${kept}) except (${given})) gone union all select 1 from ((${given}) except (${kept})) come limit 1`;
  const rows = asRows(points);
  return (await query(em, sql, [measureId, name, version, rows, rows, measureId, name, version])).length === 0;
}
