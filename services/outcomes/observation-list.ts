import { Field, InputType, ObjectType } from 'type-graphql';
import { connectionOf, type Page, PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day, isDay } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { BadUserInput } from '../kernel/refusal.js';
import { Dimension } from './dimension.js';
import {
  columnsShown,
  Observation,
  type ObservationRow,
  observationOf,
  observationTables,
  seriesTables,
} from './observation.js';
import { Vintages } from './observation-enums.js';
import { newestFigures, published } from './released.js';

@ObjectType({ description: 'A page of observations: series by series, each from its oldest period on.' })
export class ObservationConnection extends connectionOf(Observation) {}

@InputType({ description: 'Which observations to list; what is left out does not restrict.' })
export class ObservationFilter {
  @Field(() => Day, { nullable: true, description: 'Only periods that begin on this day or later.' })
  from?: string | null;

  @Field(() => Day, { nullable: true, description: 'Only periods that begin on this day or earlier.' })
  to?: string | null;

  @Field(() => String, { nullable: true, description: 'Only this area, by GSS code or name.' })
  area?: string | null;

  @Field(() => [Dimension], { nullable: true, description: 'Only exactly this breakdown; an empty list is the whole.' })
  dimensions?: Dimension[] | null;

  @Field(() => Vintages, { defaultValue: Vintages.LATEST, description: 'Which states of each figure.' })
  vintages: Vintages;
}

interface Asked {
  measure: string;
  args: PageArgs;
  filter: ObservationFilter | null;
}

const kindOf = ({ args, filter }: Asked) => JSON.stringify([args.first, args.after ?? null, filter]);

/** Pages of measures' observations: one statement for all measures that ask for the same page. */
export const observationPages: Loader<Asked, Page<Observation>> = {
  cacheKey: (asked) => asked.measure + kindOf(asked),
  async batch(keys, context) {
    const pages = new Map<Asked, Page<Observation>>();
    for (const alike of grouped([...new Set(keys.map(kindOf))], keys, kindOf)) {
      const found = await readAlike(context, alike);
      for (const [place, asked] of alike.entries()) pages.set(asked, found[place]!);
    }
    return keys.map((asked) => pages.get(asked) ?? null);
  },
};

async function readAlike(context: Context, alike: Asked[]): Promise<Page<Observation>[]> {
  const { args, filter } = alike[0]!;
  const conditions = ['s.measure_id = parent.id'];
  const params: string[] = [];
  const only = (condition: string, param: string | null | undefined) => {
    if (param !== null && param !== undefined) params.push(param) && conditions.push(condition);
  };
  only('o.period_start >= ?::date', filter?.from);
  only('o.period_start <= ?::date', filter?.to);
  only('s.area = ?', filter?.area);
  only('s.dimensions = ?::jsonb', filter?.dimensions && JSON.stringify(dimensionsOf(filter.dimensions)));
  // Without this the series before the cursor would be read and thrown away.
  only('s.id >= ?::uuid', seriesOfCursor(args.after));
  const isAll = filter?.vintages === Vintages.ALL;
  if (isAll) conditions.push(published(context, 'o'));
  const slices = await readPages<ObservationRow & Record<string, unknown>>(
    context,
    alike.map(({ measure }) => measure),
    args,
    {
      sql: `select ${columnsShown(context).replace('o.period_start::text as period_start', 'o.period_start')}
            from ${isAll ? observationTables : `${seriesTables} cross join lateral ${newestFigures('s.id', context)} o`}
            where ${conditions.join(' and ')}`,
      params,
      orderBy: ['series_id', 'period_start', 'vintage'],
    },
  );
  return slices.map((slice) => pageOf(slice, observationOf, async () => null));
}

export const dimensionsOf = (dimensions: Dimension[]): Record<string, string> =>
  Object.fromEntries(dimensions.map(({ name, value }) => [name, value]));

/** The series a page goes on with; refuses a cursor that is not one of this list before the database stumbles on it. */
function seriesOfCursor(after: string | null | undefined): string | null {
  if (!after) return null;
  const shape = /^\["([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","([\d-]{10})",\d{1,9}\]$/;
  const [, series, day] = shape.exec(Buffer.from(after, 'base64url').toString()) ?? [];
  if (!series || !isDay(day!))
    throw new BadUserInput('This cursor was not made by this list; start again without "after".');
  return series;
}
