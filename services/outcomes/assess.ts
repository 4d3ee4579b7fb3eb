import type { Context } from '../kernel/context.js';
import { dayInLondon } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { BadUserInput } from '../kernel/refusal.js';
import { Assessment, type Ruling, Verdict } from './assessment.js';
import { noData, withoutNumber } from './comparison.js';
import type { Evidence } from './evidence.js';
import { judgeAgainstTarget } from './judge-against-target.js';
import { judgeAgainstTrajectory } from './judge-against-trajectory.js';
import { definitionsOf } from './measure.resolver.js';
import { type Figure, seriesTables } from './observation.js';
import type { ValueKind } from './observation-enums.js';
import { type Frequency, labelOf, lastDayOf } from './period.js';
import { periodLength, recentFigures } from './recent-figures.js';
import { published } from './released.js';
import { type Path, pathsByName, type Standing, standings } from './standing.js';
import { type Target, TargetKind } from './target.js';
import { targetsOf } from './target.resolver.js';
import { main } from './trajectory.js';

/**
 * How a measure stands: by its trajectory; where that cannot tell for want of data, by the target now in force. Without
 * a newest number there is no verdict; that on a target whose own figures are all there is its own.
 */
export async function assess(measureId: string, context: Context, name = main): Promise<Assessment> {
  const [standing, definitions] = await Promise.all([
    context.load(standings, measureId),
    context.load(definitionsOf, measureId),
  ]);
  if (!standing) return assessmentOf(noData('There is no observation yet.'), measureId);
  const { latest } = standing;
  const path = name === main ? standing.path : await pathNamed(name, standing, context);
  // Before any promise is looked at: one that is over would still be judged by older figures, as if those were the news.
  const absent = withoutNumber(latest);
  if (absent) return assessmentOf(absent, measureId);
  const byTrajectory = path && judgeAgainstTrajectory(latest, path, definitions ?? []);
  // Who names a trajectory asks for its verdict, and for no other in its place.
  if (byTrajectory && (byTrajectory.verdict !== Verdict.NO_DATA || name !== main))
    return Object.assign(assessmentOf(byTrajectory, measureId), { path });
  const targets = inForceFirst((await context.load(targetsOf, measureId)) ?? [], latest);
  const rulings = await Promise.all(targets.map((target) => rulingOn(target, context)));
  const judged = rulings.find(({ verdict }) => verdict !== Verdict.NO_DATA);
  const nothing = noData(`Neither a trajectory nor a target says what to expect of ${latest.period}.`);
  return assessmentOf(judged ?? byTrajectory ?? rulings[0] ?? nothing, measureId);
}

export async function assessTarget(target: Target, context: Context): Promise<Assessment> {
  return assessmentOf(await rulingOn(target, context), null);
}

async function pathNamed(name: string, { measure, latest }: Standing, context: Context): Promise<Path> {
  const path = await context.load(pathsByName, { measure, name, periodStart: latest.periodStart });
  if (path) return path;
  throw new BadUserInput(`This measure has no trajectory ${name.slice(0, 120)}; its trajectories are listed by name.`);
}

const assessmentOf = (ruling: Ruling, measureId: string | null): Assessment =>
  Object.assign(new Assessment(), ruling, { measureId, path: null });

/** The targets that have not ended before the newest figure, the one that ends first at the head; else the last to end. */
export function inForceFirst(targets: Target[], latest: Figure): Target[] {
  const end = ({ periodEnd }: Target) => periodEnd ?? '9999-12-31';
  const inOrder = [...targets].sort((one, other) => (end(one) < end(other) ? -1 : 1));
  const inForce = inOrder.filter((target) => end(target) >= latest.periodStart);
  return inForce.length > 0 ? inForce : inOrder.slice(-1);
}

async function rulingOn(target: Target, context: Context): Promise<Ruling> {
  return judgeAgainstTarget(target, await evidenceFor(target, context));
}

/** What a target is judged by, read together with that of the other targets of the request. */
export async function evidenceFor(target: Target, context: Context): Promise<Evidence> {
  const [standing, definitions, figures] = await Promise.all([
    context.load(standings, target.measureId),
    context.load(definitionsOf, target.measureId),
    figuresOf(target, context),
  ]);
  return {
    latest: standing?.latest ?? null,
    figures: figures ?? [],
    definitions: definitions ?? [],
    today: dayInLondon(context.knownAt ?? new Date()),
  };
}

function figuresOf(target: Target, context: Context): Promise<Figure[] | null> | null {
  if (target.kind === TargetKind.RATE) return context.load(recentFigures, target.measureId);
  return needsWindow.has(target.kind) ? context.load(figuresFor, target) : null;
}

const needsWindow = new Set([TargetKind.CUMULATIVE_CAP, TargetKind.POINT_BY_DATE]);

interface FigureRow {
  place: number;
  definition: number;
  frequency: Frequency;
  period_start: string;
  value: string | null;
  value_kind: ValueKind;
  low: string | null;
  high: string | null;
  confidence_level: string | null;
  withdrawn_because: string | null;
}

const figureOf = (row: FigureRow): Figure => ({
  period: labelOf(row.frequency, row.period_start),
  periodStart: row.period_start,
  periodEnd: lastDayOf(row.frequency, row.period_start),
  definition: row.definition,
  value: row.value,
  valueKind: row.value_kind,
  low: row.low,
  high: row.high,
  confidenceLevel: row.confidence_level,
  withdrawnBecause: row.withdrawn_because,
});

/**
 * The figures of the whole that a target is judged by: those in the time of a cap, the last one up to the day of a point.
 * One step in the primary key for each: how many vintages there are does not matter.
 */
const figuresFor: Loader<Target, Figure[]> = {
  cacheKey: ({ id, revision }) => `${id} ${revision}`,
  async batch(targets, context) {
    const windows = targets.map(({ measureId, periodStart, periodEnd, kind }, place) => ({
      place,
      measure: measureId,
      from: kind === TargetKind.CUMULATIVE_CAP ? periodStart : null,
      until: periodEnd,
    }));
    const rows = await context.rows<FigureRow>(
      `select aim.place, s.definition, d.frequency, o.period_start::text as period_start, o.value, o.value_kind, o.low, o.high,
         o.confidence_level, o.withdrawn_because
       from json_to_recordset(?::json) as aim(place int, measure text, "from" date, until date)
       join ${seriesTables} on s.measure_id = aim.measure and s.headline
       cross join lateral (
         select start::date as period_start from generate_series(aim."from", aim.until, ${periodLength}) as start
         union all (
           select period_start from observation where aim."from" is null and series_id = s.id
             and period_start <= aim.until and ${published(context, 'observation')} order by period_start desc limit 1
         )
       ) wanted
       cross join lateral (
         select * from observation where series_id = s.id and period_start = wanted.period_start
           and ${published(context, 'observation')} order by vintage desc limit 1
       ) o
       order by o.period_start`,
      [JSON.stringify(windows)],
    );
    const places = targets.map((_, place) => String(place));
    return grouped(places, rows, ({ place }) => String(place)).map((found) => found.map(figureOf));
  },
};
