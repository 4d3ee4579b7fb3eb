import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Measure } from './measure.js';
import { definitionsOf, measuresById } from './measure.resolver.js';
import { Mission } from './mission.js';
import { outcomesById } from './outcome.resolver.js';
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

/** A target in its newest revision. */
export const targetById = async (id: string, context: Context): Promise<Target | null> =>
  (await context.load(revisionsOf, id))?.at(-1) ?? null;

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

  @FieldResolver(() => String, {
    description: 'In what its value counts, by the version of the definition it is set for.',
  })
  async unit(@Root() target: Target, @Ctx() context: Context): Promise<string> {
    const definitions = (await context.load(definitionsOf, target.measureId)) ?? [];
    return definitions.find(({ number }) => number === target.definition)!.unit;
  }

  @FieldResolver(() => [Mission], {
    nullable: true,
    description: 'The missions whose outcome it is about, in the order of ids.',
  })
  async missions(@Root() target: Target, @Ctx() context: Context): Promise<Mission[] | null> {
    const measure = await context.load(measuresById, target.measureId);
    const outcome = measure && (await context.load(outcomesById, measure.outcomeId));
    return outcome?.missionIds.map((id) => ({ id })) ?? null;
  }
}
