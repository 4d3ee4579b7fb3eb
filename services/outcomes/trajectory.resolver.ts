import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import type { Row } from '../kernel/database.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { Measure } from './measure.js';
import { definitionsOf } from './measure.resolver.js';
import { labelOf } from './period.js';
import { known } from './released.js';
import { main, Trajectory, TrajectoryPoint } from './trajectory.js';

interface Wanted {
  measure: string;
  name: string;
  /** Null asks for the newest. */
  version: number | null;
}

/** SQL: the points of a trajectory as the text of a JSON array, its numbers exact. */
const points = `(select json_agg(json_build_array(period_start, value::text, low::text, high::text) order by period_start)
  from trajectory_point point where point.measure_id = trajectory.measure_id and point.name = trajectory.name
    and point.version = trajectory.version) as points`;

const pointsIn = (context: Context): string => (context.names('points') ? points : 'null as points');

type PointCells = [periodStart: string, value: string, low: string | null, high: string | null];

function trajectoryOf({ orm }: Context): (row: Row) => Trajectory {
  const plain = nounOfRow(orm.em, Trajectory);
  return (row) => {
    const cells = (row.points ?? []) as PointCells[];
    const stated = cells.map(([periodStart, value, low, high]) => ({ periodStart, value, low, high }));
    return Object.assign(plain(row), { stated });
  };
}

const keyOf = ({ measure, name, version }: Wanted) => `${measure} ${name} ${version ?? 'newest'}`;

/** With their points, which who asks for a trajectory nearly always wants: one statement less on every page. */
export const trajectoriesOf: Loader<Wanted, Trajectory> = {
  cacheKey: keyOf,
  async batch(wanted, context) {
    // Only of the versions that were found: a distinct list would first read the points of all.
    const sql = `select trajectory.*, ${pointsIn(context)} from (
      select distinct on (measure_id, trajectory.name, wanted.version) trajectory.* from trajectory
      join unnest(?::text[], ?::text[], ?::int[]) as wanted(measure, name, version)
        on measure_id = wanted.measure and trajectory.name = wanted.name
          and trajectory.version = coalesce(wanted.version, trajectory.version)
      where ${known(context, 'trajectory')}
      order by measure_id, trajectory.name, wanted.version, trajectory.version desc) as trajectory`;
    const params = [
      ...[wanted.map(({ measure }) => measure), wanted.map(({ name }) => name)],
      wanted.map(({ version }) => version),
    ];
    const found = (await context.rows(sql, params)).map(trajectoryOf(context));
    const best = (key: Wanted) =>
      found
        .filter(({ measureId, name }) => measureId === key.measure && name === key.name)
        .filter(({ version }) => version === (key.version ?? version))
        .sort((one, other) => other.version - one.version)[0];
    return wanted.map((key) => best(key) ?? null);
  },
};

/** The newest version of each of a measure's trajectories, the main one first. */
export const trajectoriesByName: Loader<string, Trajectory[]> = {
  async batch(measures, context) {
    const sql = `select trajectory.*, ${pointsIn(context)} from (
      select distinct on (measure_id, name) * from trajectory
      where measure_id = any(?) and ${known(context, 'trajectory')} order by measure_id, name, version desc) as trajectory
      order by measure_id, name <> '${main}', name`;
    const found = (await context.rows(sql, [measures])).map(trajectoryOf(context));
    return grouped(measures, found, ({ measureId }) => measureId);
  },
};

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
    // One that a deed came upon was read without them.
    const read =
      trajectory.stated ?? (await context.find(trajectoriesOf, { measure: measureId, name, version })).stated;
    const definitions = await context.load(definitionsOf, measureId);
    const { frequency } = definitions!.find(({ number }) => number === definition)!;
    return read!.map((point) => Object.assign(point, { period: labelOf(frequency, point.periodStart) }));
  }
}
