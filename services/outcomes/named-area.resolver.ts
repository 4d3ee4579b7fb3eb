import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Measure } from './measure.js';
import { NamedArea } from './named-area.js';

const namedAreas: Loader<string, NamedArea[]> = {
  async batch(measures, context) {
    const known = context.knownAt ? `recorded_at <= '${context.knownAt.toISOString()}'` : 'true';
    const sql = `select * from named_area where measure_id = any(?) and ${known} order by measure_id, name`;
    return grouped(measures, await context.nouns(NamedArea, sql, [measures]), ({ measureId }) => measureId);
  },
};

@Resolver(() => Measure)
export class MeasureAreasResolver {
  @FieldResolver(() => [NamedArea], {
    description:
      'The areas that it knows by name, in the order of names, at most 1000; areas by GSS code need no naming.',
  })
  async namedAreas(@Root() measure: Measure, @Ctx() context: Context): Promise<NamedArea[]> {
    return (await context.load(namedAreas, measure.id)) ?? [];
  }
}
