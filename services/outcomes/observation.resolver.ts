import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Measure } from './measure.js';
import {
  Observation,
  type ObservationRow,
  observationColumns,
  observationId,
  observationOf,
  observationTables,
  Provenance,
  pinOf,
} from './observation.js';
import { ObservationConnection, ObservationFilter, observationPages } from './observation-list.js';
import { instantOfAnswer, published } from './released.js';
import { standings } from './standing.js';

/** Which vintage of which figure. */
export interface Pin {
  seriesId: string;
  periodStart: string;
  vintage: number;
}

const idOf = ({ seriesId, periodStart, vintage }: Pin) => observationId(seriesId, periodStart, vintage);

export const pinnedObservations: Loader<Pin, Observation> = {
  cacheKey: idOf,
  async batch(pins, context) {
    const rows = await context.rows<ObservationRow>(
      `select ${observationColumns} from ${observationTables}
       join unnest(?::uuid[], ?::date[], ?::int[]) as pin(series_id, period_start, vintage)
         on o.series_id = pin.series_id and o.period_start = pin.period_start and o.vintage = pin.vintage
       where ${published(context, 'o')}`,
      [
        pins.map(({ seriesId }) => seriesId),
        pins.map(({ periodStart }) => periodStart),
        pins.map(({ vintage }) => vintage),
      ],
    );
    return inOrder(pins.map(idOf), rows.map(observationOf), ({ id }) => id);
  },
};

/** The vintage that an id names; null where the text is none, or names none that is public. */
export async function observationById(id: string, context: Context): Promise<Observation | null> {
  const pin = pinOf(id);
  return pin && context.load(pinnedObservations, pin);
}

const publications: Loader<string, { id: string; source: string; file: string | null }> = {
  async batch(ids, context) {
    const sql = 'select id, source, file from publication where id = any(?::uuid[])';
    const found = await context.rows<{ id: string; source: string; file: string | null }>(sql, [ids]);
    return inOrder(ids, found, ({ id }) => id);
  },
};

@Resolver(() => Observation)
export class ObservationResolver {
  @FieldResolver(() => Observation, { nullable: true, description: 'The vintage before this one; null for the first.' })
  supersedes(@Root() observation: Observation, @Ctx() context: Context): Promise<Observation | null> | null {
    const { seriesId, periodStart, vintage } = observation;
    if (vintage === 1) return null;
    return context.load(pinnedObservations, { seriesId, periodStart, vintage: vintage - 1 });
  }

  @FieldResolver(() => Provenance, { description: 'Where it was read.' })
  async provenance(@Root() observation: Observation, @Ctx() context: Context): Promise<Provenance> {
    const publication = await context.load(publications, observation.publicationId);
    const { source, file } = publication!;
    return { source, file, row: observation.sourceRow, original: observation.original };
  }
}

@Resolver(() => ObservationConnection)
export class ObservationPageResolver {
  @FieldResolver(() => DateTime, {
    description:
      'The instant it was read at, by the clock of the hub’s database. Said as As-Known-At of all pages, these are one cut, whatever is released meanwhile.',
  })
  async readAt(@Ctx() context: Context): Promise<Date> {
    return (await context.load(instantOfAnswer, ''))!;
  }
}

@Resolver(() => Measure)
export class MeasureObservationsResolver {
  @FieldResolver(() => ObservationConnection, {
    description: 'Its observations, series by series, each from the oldest period on. Errors: BAD_USER_INPUT.',
  })
  observations(
    @Root() measure: Measure,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Arg('filter', () => ObservationFilter, { nullable: true, description: 'Which of them.' })
    filter: ObservationFilter | null,
    @Ctx() context: Context,
  ): Promise<Page<Observation> | null> {
    const asked = { measure: measure.id, args: { first, after }, filter: filter ?? null };
    return context.load(observationPages, asked);
  }

  @FieldResolver(() => Observation, {
    nullable: true,
    description: 'The newest period of the whole (no breakdown, national area) in its newest vintage; null: none yet.',
  })
  async latest(@Root() measure: Measure, @Ctx() context: Context): Promise<Observation | null> {
    return (await context.load(standings, measure.id))?.latest ?? null;
  }
}
