import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import {
  type Observation,
  type ObservationRow,
  observationColumns,
  observationOf,
  seriesTables,
} from './observation.js';
import { periodLength } from './recent-figures.js';
import { known, newestFigures } from './released.js';
import { main } from './trajectory.js';

/** What the newest version of a trajectory says about one period; the numbers are null where it has no point for it. */
export interface Path {
  name: string;
  version: number;
  definition: number;
  value: string | null;
  low: string | null;
  high: string | null;
}

/** The newest figure of a measure as a whole, and what was expected of that period. */
export interface Standing {
  measure: string;
  latest: Observation;
  path: Path | null;
}

export interface StandingRow extends ObservationRow {
  asked: string;
  path: Path | null;
}

/**
 * The newest period of the headline series in its newest vintage: one step backwards in an index for each of the
 * measure's definitions, however many observations there are. The newest is the one that ends last: a quarter begins
 * before its months and says more. Where two definitions end together, the newer counts.
 */
export const latestOf = (context: Pick<Context, 'knownAt'>) => `select ${observationColumns} from ${seriesTables}
  cross join lateral ${newestFigures('s.id', context, 1)} o
  where s.measure_id = asked.id and s.headline order by o.period_start + ${periodLength} desc, s.definition desc limit 1`;

/** What the newest version of a trajectory of `asked.id` expects of the period of `found`; left out, of the main one. */
export const pathOf = (
  seen: (alias: string) => string,
  name = `'${main}'`,
) => `select json_build_object('name', trajectory.name, 'version', trajectory.version, 'definition', trajectory.definition, 'value', point.value::text, 'low', point.low::text, 'high', point.high::text) as path
  from (select * from trajectory where measure_id = asked.id and name = ${name} and ${seen('trajectory')} order by version desc limit 1) trajectory
  left join trajectory_point point on point.measure_id = trajectory.measure_id and point.name = trajectory.name
    and point.version = trajectory.version and point.period_start = found.period_start::date`;

export const standings: Loader<string, Standing> = {
  async batch(measures, context: Context) {
    const path = pathOf((alias) => known(context, alias));
    const rows = await context.rows<StandingRow>(
      `select asked.id as asked, found.*, path.path from unnest(?::text[]) as asked(id)
       cross join lateral (${latestOf(context)}) found left join lateral (${path}) path on true`,
      [measures],
    );
    const found = rows.map((row) => ({ measure: row.asked, latest: observationOf(row), path: row.path }));
    return inOrder(measures, found, ({ measure }) => measure);
  },
};

/** What another trajectory than the main one expects of a measure's newest period; null where the measure has none. */
export const pathsByName: Loader<{ measure: string; name: string; periodStart: string }, Path> = {
  cacheKey: ({ measure, name, periodStart }) => `${measure} ${name} ${periodStart}`,
  async batch(asked, context: Context) {
    const path = pathOf((alias) => known(context, alias), 'asked.name');
    const rows = await context.rows<{ place: number; path: Path }>(
      `select asked.place, path.path from json_to_recordset(?::json) as asked(place int, id text, name text, start date)
       cross join lateral (select asked.start::text as period_start) found cross join lateral (${path}) path`,
      [
        JSON.stringify(
          asked.map(({ measure, name, periodStart }, place) => ({ place, id: measure, name, start: periodStart })),
        ),
      ],
    );
    const found = new Map(rows.map((row) => [row.place, row.path]));
    return asked.map((_, place) => found.get(place) ?? null);
  },
};
