import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { dayInLondon } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { BriefingEvidence } from './briefing-evidence.js';
import { evidenceKnown } from './briefing-evidence.resolver.js';
import { noData } from './comparison.js';
import { evidenceNow } from './evidence-now.js';
import { judgeAgainstTrajectory } from './judge-against-trajectory.js';
import { CycleObservation, LearningCycle } from './learning-cycle.js';
import { definitionsOf } from './measure.resolver.js';
import { observationColumns, observationOf, seriesTables } from './observation.js';
import { periodLength } from './recent-figures.js';
import { known, published } from './released.js';
import { pathOf, type StandingRow } from './standing.js';

interface Asked {
  measure: string;
  since: string;
}

const mostFigures = 12;

/** The instant a day begins in London, which is an hour before that in UTC in summer. */
function beginningOf(day: string): Date {
  const utc = Date.parse(`${day}T00:00:00Z`);
  const inSummer = new Date(utc - 3_600_000);
  return dayInLondon(inSummer) === day ? inSummer : new Date(utc);
}

/** The first figures of measures as a whole, of periods that had not ended by a day, that were published since that day. */
const figuresSince: Loader<Asked, StandingRow[]> = {
  cacheKey: ({ measure, since }) => `${measure} ${since}`,
  async batch(asked, context) {
    const given = asked.map(({ measure, since }, place) => ({ place, id: measure, since, start: beginningOf(since) }));
    const rows = await context.rows<StandingRow & { place: number }>(
      `select asked.place, found.*, path.path from json_to_recordset(?::json) as asked(place int, id text, since date, start timestamptz)
       cross join lateral (
         select newest.* from (
           select distinct on (o.period_start) ${observationColumns} from ${seriesTables}
           join observation o on o.series_id = s.id and ${published(context, 'o')}
           where s.measure_id = asked.id and s.headline and o.period_start > asked.since - interval '1 year'
             and o.period_start + ${periodLength} > asked.since
           order by o.period_start, s.definition desc, o.vintage desc
         ) newest where newest.released_at >= asked.start order by newest.period_start limit ${mostFigures}
       ) found
       left join lateral (${pathOf((alias) => known(context, alias))}) path on true
       order by asked.place, found.period_start`,
      [JSON.stringify(given)],
    );
    const places = asked.map((_, place) => String(place));
    return grouped(places, rows, ({ place }) => String(place));
  },
};

@Resolver(() => LearningCycle)
export class LearningCycleEffectResolver {
  @Directive('@requires(fields: "measure { id } startedOn")')
  @FieldResolver(() => BriefingEvidence, {
    nullable: true,
    description:
      'The measure as it was known when the day of the change began in London, beside what is known of it now. A request may look back to 20 instants. Errors: BAD_USER_INPUT.',
  })
  async effect(
    @Root() { measure, startedOn }: LearningCycle,
    @Ctx() context: Context,
  ): Promise<BriefingEvidence | null> {
    if (!measure || !startedOn) return null;
    const start = beginningOf(startedOn);
    return evidenceKnown(measure.id, await evidenceNow(context.knowing(start), measure.id), start);
  }

  @Directive('@requires(fields: "measure { id } startedOn")')
  @FieldResolver(() => [CycleObservation], {
    nullable: true,
    description: `The first figures of the measure as a whole that came after the change, at most ${mostFigures}, the oldest period first: published since that day, of periods that had not ended by then. Empty: none has come yet.`,
  })
  async nextObservations(
    @Root() { measure, startedOn }: LearningCycle,
    @Ctx() context: Context,
  ): Promise<CycleObservation[] | null> {
    if (!measure || !startedOn) return null;
    const [rows, definitions] = await Promise.all([
      context.load(figuresSince, { measure: measure.id, since: startedOn }),
      context.load(definitionsOf, measure.id),
    ]);
    return (rows ?? []).map((row) => {
      const figure = observationOf(row);
      const ruling = row.path
        ? judgeAgainstTrajectory(figure, row.path, definitions ?? [])
        : noData(`No trajectory says what to expect of ${figure.period}.`);
      const expected = row.path?.value ?? null;
      const beganBefore = figure.periodStart < startedOn;
      return Object.assign(new CycleObservation(), { figure, beganBefore, expected, ...ruling });
    });
  }
}
