import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Measure } from './measure.js';
import { definitionsOf } from './measure.resolver.js';
import { type Frequency, labelOf } from './period.js';
import { known } from './released.js';
import { main, Trajectory, TrajectoryPoint } from './trajectory.js';

interface Wanted {
  measure: string;
  name: string;
  /** Null asks for the newest. */
  version: number | null;
}

const keyOf = ({ measure, name, version }: Wanted) => `${measure} ${name} ${version ?? 'newest'}`;

export const trajectoriesOf: Loader<Wanted, Trajectory> = {
  cacheKey: keyOf,
  async batch(wanted, context) {
    const sql = `select distinct on (measure_id, trajectory.name, wanted.version) trajectory.* from trajectory
      join unnest(?::text[], ?::text[], ?::int[]) as wanted(measure, name, version)
        on measure_id = wanted.measure and trajectory.name = wanted.name
          and trajectory.version = coalesce(wanted.version, trajectory.version)
      where ${known(context, 'trajectory')}
      order by measure_id, trajectory.name, wanted.version, trajectory.version desc`;
    const params = [
      ...[wanted.map(({ measure }) => measure), wanted.map(({ name }) => name)],
      wanted.map(({ version }) => version),
    ];
    const found = await context.nouns(Trajectory, sql, params);
    const best = (key: Wanted) =>
      found
        .filter(({ measureId, name }) => measureId === key.measure && name === key.name)
        .filter(({ version }) => version === (key.version ?? version))
        .sort((one, other) => other.version - one.version)[0];
    return wanted.map((key) => best(key) ?? null);
  },
};

interface PointRow {
  measure_id: string;
  name: string;
  version: number;
  period_start: string;
  value: string;
  low: string | null;
  high: string | null;
}

/** The newest version of each of a measure's trajectories, the main one first. */
export const trajectoriesByName: Loader<string, Trajectory[]> = {
  async batch(measures, context) {
    const sql = `select distinct on (measure_id, name <> '${main}', name) * from trajectory where measure_id = any(?)
      and ${known(context, 'trajectory')} order by measure_id, name <> '${main}', name, version desc`;
    const found = await context.nouns(Trajectory, sql, [measures]);
    return grouped(measures, found, ({ measureId }) => measureId);
  },
};

const pointsOf: Loader<{ measure: string; name: string; version: number }, PointRow[]> = {
  cacheKey: keyOf,
  async batch(keys, context) {
    const rows = await context.rows<PointRow>(
      `select measure_id, name, version, period_start::text as period_start, value, low, high from trajectory_point
       where (measure_id, name, version) in (select * from unnest(?::text[], ?::text[], ?::int[])) order by trajectory_point.period_start`,
      [keys.map(({ measure }) => measure), keys.map(({ name }) => name), keys.map(({ version }) => version)],
    );
    return grouped(keys.map(keyOf), rows, (row) =>
      keyOf({ measure: row.measure_id, name: row.name, version: row.version }),
    );
  },
};

const pointOf = ({ period_start, value, low, high }: PointRow, frequency: Frequency): TrajectoryPoint => ({
  period: labelOf(frequency, period_start),
  periodStart: period_start,
  value,
  low,
  high,
});

@Resolver(() => Measure)
export class MeasureTrajectoryResolver {
  @FieldResolver(() => Trajectory, {
    nullable: true,
    description: 'The course it is expected to take; null: none is set.',
  })
  trajectory(
    @Root() measure: Measure,
    @Arg('version', () => Int, { nullable: true, description: 'Which version; left out, the newest.' })
    version: number | null,
    @Arg('name', () => String, { defaultValue: main, description: 'Which of its trajectories; left out, main.' })
    name: string,
    @Ctx() context: Context,
  ): Promise<Trajectory | null> {
    return context.load(trajectoriesOf, { measure: measure.id, name, version: version ?? null });
  }

  @FieldResolver(() => [Trajectory], {
    description:
      'Its trajectories by several methods, each in its newest version: main first, then by name; at most 20.',
  })
  async trajectories(@Root() measure: Measure, @Ctx() context: Context): Promise<Trajectory[]> {
    return (await context.load(trajectoriesByName, measure.id)) ?? [];
  }
}

@Resolver(() => Trajectory)
export class TrajectoryResolver {
  @FieldResolver(() => [TrajectoryPoint], { description: 'What it expects, period by period, oldest first.' })
  async points(@Root() trajectory: Trajectory, @Ctx() context: Context): Promise<TrajectoryPoint[]> {
    if (trajectory.madeWith) return trajectory.madeWith;
    const { measureId, name, version, definition } = trajectory;
    const [points, definitions] = await Promise.all([
      context.load(pointsOf, { measure: measureId, name, version }),
      context.load(definitionsOf, measureId),
    ]);
    const { frequency } = definitions!.find(({ number }) => number === definition)!;
    return points!.map((point) => pointOf(point, frequency));
  }
}
