import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import type { Row } from '../kernel/database.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Briefing, BriefingState } from './briefing.js';
import {
  BriefingEvidence,
  changesBetween,
  EvidenceChange,
  KnownEvidence,
  type TrajectoryPin,
} from './briefing-evidence.js';
import { mayRead, stepsOf } from './briefing-lists.js';
import { evidenceNow } from './evidence-now.js';
import { Measure } from './measure.js';
import { measuresById } from './measure.resolver.js';
import {
  Observation,
  type ObservationRow,
  observationColumns,
  observationOf,
  observationTables,
  seriesTables,
} from './observation.js';
import { type Pin, pinnedObservations } from './observation.resolver.js';
import { ObservationConnection } from './observation-list.js';
import { known, published } from './released.js';
import { Target } from './target.js';
import { main, Trajectory } from './trajectory.js';
import { trajectoriesOf } from './trajectory.resolver.js';

interface EvidenceRow {
  briefing_id: string;
  measure_id: string;
  definition: number;
  series_id: string | null;
  period_start: string | null;
  vintage: number | null;
  trajectory_version: number | null;
  other_trajectories: TrajectoryPin[] | null;
  targets: KnownEvidence['targets'];
  verdict: KnownEvidence['verdict'];
  rule: string;
  locked_at: string;
}

/** What was locked for each briefing, in the order of the measures; only for briefings that may be read. */
export const lockedFor: Loader<string, BriefingEvidence[]> = {
  async batch(briefings, context) {
    const rows = await context.rows<EvidenceRow>(
      `select evidence.*, evidence.period_start::text as period_start, step.recorded_at as locked_at
       from briefing_evidence evidence join briefing_step step
         on step.briefing_id = evidence.briefing_id and step.state = 'EVIDENCE_LOCKED' and ${known(context, 'step')}
       where evidence.briefing_id = any(?) order by measure_id`,
      [briefings],
    );
    return grouped(briefings, rows, (row) => row.briefing_id).map((some) => some.map(evidenceOf));
  },
};

function evidenceOf(row: EvidenceRow): BriefingEvidence {
  const { series_id: seriesId, period_start: periodStart, vintage } = row;
  const knownThen = Object.assign(new KnownEvidence(), {
    ...{ measureId: row.measure_id, definition: row.definition, verdict: row.verdict, rule: row.rule },
    ...{ trajectoryVersion: row.trajectory_version, others: row.other_trajectories, targets: row.targets },
    pin: seriesId && periodStart && vintage ? { seriesId, periodStart, vintage } : null,
  });
  return evidenceKnown(row.measure_id, knownThen, row.locked_at);
}

export const evidenceKnown = (
  measureId: string,
  knownThen: KnownEvidence | null,
  lockedAt: Date | string | null,
): BriefingEvidence => Object.assign(new BriefingEvidence(), { measureId, knownThen, lockedAt });

/** The newest vintage of the very figure that a pin is of: one step in the primary key for each. */
export const newestOfFigure: Loader<Pin, Observation> = {
  cacheKey: ({ seriesId, periodStart }) => `${seriesId} ${periodStart}`,
  async batch(pins, context) {
    const rows = await context.rows<ObservationRow>(
      `select ${observationColumns} from unnest(?::uuid[], ?::date[]) as pin(series_id, period_start)
       join (${seriesTables}) on s.id = pin.series_id cross join lateral (
         select observation.*, observation.released_at from observation where series_id = pin.series_id
           and period_start = pin.period_start and ${published(context, 'observation')} order by vintage desc limit 1) o`,
      [pins.map(({ seriesId }) => seriesId), pins.map(({ periodStart }) => periodStart)],
    );
    const keyOf = ({ seriesId, periodStart }: Pin) => `${seriesId} ${periodStart}`;
    return inOrder(pins.map(keyOf), rows.map(observationOf), keyOf);
  },
};

const pinnedTargets: Loader<{ id: string; revision: number }, Target> = {
  cacheKey: ({ id, revision }) => `${id} ${revision}`,
  async batch(pins, context) {
    const sql = `select target.* from target join unnest(?::text[], ?::int[]) as pin(id, revision) using (id, revision)`;
    const found = await context.nouns(Target, sql, [pins.map(({ id }) => id), pins.map(({ revision }) => revision)]);
    const keyOf = ({ id, revision }: { id: string; revision: number }) => `${id} ${revision}`;
    return inOrder(pins.map(keyOf), found, keyOf);
  },
};

interface Restated {
  measure: string;
  since: string;
  args: PageArgs;
}

const pageKey = ({ args }: Restated) => JSON.stringify([args.first, args.after ?? null]);

/** Of each measure as a whole, the figures known then that have a newer vintage now. One statement for like pages. */
const restatedSince: Loader<Restated, Page<Observation>> = {
  cacheKey: (key) => `${key.measure} ${key.since} ${pageKey(key)}`,
  async batch(keys, context) {
    const learnt = (alias: string) => `greatest(${alias}.released_at, ${alias}.recorded_at)`;
    const since = '(parent.id::jsonb ->> 1)::timestamptz';
    const sql = `select ${observationColumns}, o.period_start::text || ' ' || s.definition as figure_place from ${observationTables}
      where s.measure_id = parent.id::jsonb ->> 0 and s.headline and ${learnt('o')} > ${since} and ${published(context, 'o')}
        and exists (select from observation first where first.series_id = o.series_id
          and first.period_start = o.period_start and first.vintage = 1 and ${learnt('first')} <= ${since})
        and not exists (select from observation newer where newer.series_id = o.series_id
          and newer.period_start = o.period_start and newer.vintage = o.vintage + 1 and ${published(context, 'newer')})`;
    const pages = new Map<Restated, Page<Observation>>();
    for (const alike of grouped([...new Set(keys.map(pageKey))], keys, pageKey)) {
      const parents = alike.map(({ measure, since: from }) => JSON.stringify([measure, from]));
      const list = { sql, orderBy: ['figure_place'] };
      const slices = await readPages<ObservationRow & Row>(context, parents, alike[0]!.args, list);
      for (const [at, key] of alike.entries()) {
        pages.set(
          key,
          pageOf(slices[at]!, observationOf, async () => null),
        );
      }
    }
    return keys.map((key) => pages.get(key) ?? null);
  },
};

@Resolver(() => Briefing)
export class EvidenceOfBriefingResolver {
  @FieldResolver(() => [BriefingEvidence], {
    nullable: true,
    description:
      'The evidence it was held on, by measure: what was known then beside what is known now. Null until it is locked, and until it is published to all but the mission unit and auditors.',
  })
  async evidence(@Root() briefing: Briefing, @Ctx() context: Context): Promise<BriefingEvidence[] | null> {
    const steps = briefing.madeWith?.steps ?? (await context.load(stepsOf, briefing.id)) ?? [];
    const locked = steps.find(({ state }) => state === BriefingState.EVIDENCE_LOCKED);
    if (!locked || !mayRead(context, steps)) return null;
    const made = briefing.madeWith?.evidence;
    if (made) return made.map((then) => evidenceKnown(then.measureId, then, locked.recordedAt));
    return context.load(lockedFor, briefing.id);
  }
}

@Resolver(() => BriefingEvidence)
export class BriefingEvidenceResolver {
  @FieldResolver(() => Measure, { nullable: true, description: 'The measure; null when that was not known yet.' })
  measure(@Root() evidence: BriefingEvidence, @Ctx() context: Context): Promise<Measure | null> {
    return context.load(measuresById, evidence.measureId);
  }

  @FieldResolver(() => KnownEvidence, { nullable: true, description: 'What is known now, or at As-Known-At.' })
  knownNow(@Root() evidence: BriefingEvidence, @Ctx() context: Context): Promise<KnownEvidence | null> {
    return evidenceNow(context, evidence.measureId);
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether the very figure known then has another vintage now; false where there was none.',
  })
  async restated(@Root() { knownThen }: BriefingEvidence, @Ctx() context: Context): Promise<boolean> {
    if (!knownThen?.pin) return false;
    const newest = await context.load(newestOfFigure, knownThen.pin);
    return newest !== null && newest.vintage !== knownThen.pin.vintage;
  }

  @FieldResolver(() => [EvidenceChange], { description: 'What is otherwise than it was then; empty: nothing is.' })
  async changes(@Root() evidence: BriefingEvidence, @Ctx() context: Context): Promise<EvidenceChange[]> {
    const [now, restated] = await Promise.all([this.knownNow(evidence, context), this.restated(evidence, context)]);
    return now ? changesBetween(evidence.knownThen, now, restated) : [];
  }

  @FieldResolver(() => ObservationConnection, {
    nullable: true,
    description:
      'Figures of the whole, of any period, that were known then and have another vintage now: the newest of each, oldest period first. Null where it was no evidence. Errors: BAD_USER_INPUT.',
  })
  restatements(
    @Root() { measureId, lockedAt }: BriefingEvidence,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<Page<Observation> | null> | null {
    if (!lockedAt) return null;
    const since = lockedAt instanceof Date ? lockedAt.toISOString() : lockedAt;
    return context.load(restatedSince, { measure: measureId, since, args });
  }
}

@Resolver(() => KnownEvidence)
export class KnownEvidenceResolver {
  @FieldResolver(() => Observation, {
    nullable: true,
    description: 'The newest figure of the whole, in this exact vintage; null: there was none.',
  })
  figure(@Root() { pin }: KnownEvidence, @Ctx() context: Context): Promise<Observation | null> | null {
    return pin && context.load(pinnedObservations, pin);
  }

  @FieldResolver(() => Trajectory, {
    nullable: true,
    description: 'The main one in this exact version; null: none was set.',
  })
  trajectory(@Root() evidence: KnownEvidence, @Ctx() context: Context): Promise<Trajectory | null> | null {
    const { measureId: measure, trajectoryVersion: version } = evidence;
    return version === null ? null : context.load(trajectoriesOf, { measure, name: main, version });
  }

  @FieldResolver(() => [Trajectory], {
    description:
      'Each of its trajectories in this exact version, main first, then by name; main alone where evidence was locked before the others were pinned with it.',
  })
  async trajectories(@Root() evidence: KnownEvidence, @Ctx() context: Context): Promise<Trajectory[]> {
    const { measureId: measure, others } = evidence;
    const pinned = (others ?? []).map(({ name, version }) => context.load(trajectoriesOf, { measure, name, version }));
    const found = await Promise.all([this.trajectory(evidence, context), ...pinned]);
    return found.filter((trajectory) => trajectory !== null);
  }

  @FieldResolver(() => [Target], { description: 'What was promised, each target in this exact revision.' })
  async targets(@Root() { targets }: KnownEvidence, @Ctx() context: Context): Promise<Target[]> {
    const found = await Promise.all(targets.map((pin) => context.load(pinnedTargets, pin)));
    return found.filter((target) => target !== null);
  }
}
