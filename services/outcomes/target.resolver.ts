import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Measure } from './measure.js';
import { known } from './released.js';
import { Target } from './target.js';

/** The newest revision of each of a measure's targets, in the order of their ids. */
export const targetsOf: Loader<string, Target[]> = {
  async batch(measures, context) {
    const sql = `select distinct on (id) * from target where measure_id = any(?) and ${known(context, 'target')}
                 order by id, revision desc`;
    return grouped(measures, await context.nouns(Target, sql, [measures]), ({ measureId }) => measureId);
  },
};

const revisionsOf: Loader<string, Target[]> = {
  async batch(ids, context) {
    const sql = `select * from target where id = any(?) and ${known(context, 'target')} order by revision`;
    return grouped(ids, await context.nouns(Target, sql, [ids]), ({ id }) => id);
  },
};

@Resolver(() => Measure)
export class MeasureTargetsResolver {
  @FieldResolver(() => [Target], { description: 'What was promised for it, each target in its newest revision.' })
  async targets(@Root() measure: Measure, @Ctx() context: Context): Promise<Target[]> {
    return (await context.load(targetsOf, measure.id)) ?? [];
  }
}

@Resolver(() => Target)
export class TargetResolver {
  @FieldResolver(() => [Target], { description: 'Every revision of it, oldest first.' })
  async revisions(@Root() target: Target, @Ctx() context: Context): Promise<Target[]> {
    return (await context.load(revisionsOf, target.id)) ?? [];
  }
}
