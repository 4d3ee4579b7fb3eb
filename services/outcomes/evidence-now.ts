import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { assess } from './assess.js';
import { KnownEvidence } from './briefing-evidence.js';
import { definitionsOf } from './measure.resolver.js';
import { standings } from './standing.js';
import { targetsOf } from './target.resolver.js';
import { main } from './trajectory.js';
import { trajectoriesByName } from './trajectory.resolver.js';

/** What is known of a measure at the request's instant; null where it is not defined yet. */
export async function evidenceNow(context: Context, measureId: string): Promise<KnownEvidence | null> {
  const [definitions, standing, trajectories, targets, assessment] = await Promise.all([
    context.load(definitionsOf, measureId),
    context.load(standings, measureId),
    context.load(trajectoriesByName, measureId),
    context.load(targetsOf, measureId),
    assess(measureId, context),
  ]);
  const definition = definitions?.at(-1);
  if (!definition) return null;
  const { verdict, rule } = assessment;
  const courses = (trajectories ?? []).map(({ name, version }) => ({ name, version }));
  return Object.assign(new KnownEvidence(), {
    ...{ measureId, definition: definition.number, verdict, rule },
    trajectoryVersion: courses.find(({ name }) => name === main)?.version ?? null,
    others: courses.filter(({ name }) => name !== main),
    pin: standing && pinOf(standing.latest),
    targets: (targets ?? []).map(({ id, revision }) => ({ id, revision })),
  });
}

const pinOf = ({ seriesId, periodStart, vintage }: NonNullable<KnownEvidence['pin']>) => ({
  ...{ seriesId, periodStart, vintage },
});

/** Pins what is known of each measure as the evidence of a briefing. */
export async function insertEvidence(em: EntityManager, briefingId: string, evidence: KnownEvidence[]): Promise<void> {
  const rows = evidence.map(({ measureId, definition, pin, trajectoryVersion, others, targets, verdict, rule }) => ({
    ...{ measure_id: measureId, definition, trajectory_version: trajectoryVersion, targets, verdict, rule },
    other_trajectories: others,
    ...{ series_id: pin?.seriesId, period_start: pin?.periodStart, vintage: pin?.vintage },
  }));
  await query(
    em,
    `insert into briefing_evidence (briefing_id, measure_id, definition, series_id, period_start, vintage,
       trajectory_version, other_trajectories, targets, verdict, rule)
     select ?, row.* from json_to_recordset(?::json) as row(measure_id text, definition int, series_id uuid,
       period_start date, vintage int, trajectory_version int, other_trajectories jsonb, targets jsonb, verdict text, rule text)`,
    [briefingId, JSON.stringify(rows)],
  );
}
