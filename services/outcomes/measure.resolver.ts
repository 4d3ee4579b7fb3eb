import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { nounOfRow } from '../kernel/noun-of-row.js';
import { DefinitionVersion } from './definition.js';
import { Measure } from './measure.js';
import { Organisation } from './organisation.js';
import { known } from './released.js';

/** A measure is known from its first definition on. */
const knownMeasures = (context: Context) =>
  `select measure.* from measure join definition first on first.measure_id = measure.id and first.number = 1
   where ${known(context, 'first')}`;

/** Measures with all versions of their definitions known then, oldest first: nearly all that is shown of one needs them. */
const definedMeasures: Loader<string, { measure: Measure; definitions: DefinitionVersion[] }> = {
  async batch(ids, context) {
    const sql = `select definition.*, measure.* from measure join definition on definition.measure_id = measure.id
      where measure.id = any(?) and ${known(context, 'definition')} order by definition.number`;
    const rows = await context.rows(sql, [ids]);
    const [measureOf, definitionOf] = [
      nounOfRow(context.orm.em, Measure),
      nounOfRow(context.orm.em, DefinitionVersion),
    ];
    return grouped(ids, rows, ({ id }) => id as string).map((found) =>
      found.length > 0 ? { measure: measureOf(found[0]!), definitions: found.map(definitionOf) } : null,
    );
  },
};

export const measuresById: Loader<string, Measure> = {
  batch: (ids, context) =>
    Promise.all(ids.map(async (id) => (await context.load(definedMeasures, id))?.measure ?? null)),
};

export const measuresOfOutcome: Loader<string, Measure[]> = {
  async batch(outcomes, context) {
    const sql = `${knownMeasures(context)} and measure.outcome_id = any(?) order by measure.id`;
    return grouped(outcomes, await context.nouns(Measure, sql, [outcomes]), ({ outcomeId }) => outcomeId);
  },
};

/** All versions of a measure's definition known at the request's instant, oldest first. */
export const definitionsOf: Loader<string, DefinitionVersion[]> = {
  batch: (measures, context) =>
    Promise.all(measures.map(async (id) => (await context.load(definedMeasures, id))?.definitions ?? [])),
};

@Resolver(() => Measure)
export class MeasureResolver {
  @Query(() => Measure, { nullable: true, description: 'One measure by its id. Errors: NOT_FOUND.' })
  measure(@Arg('id', () => ID, { description: 'Its readable id.' }) id: string, @Ctx() context: Context) {
    return context.find(measuresById, id);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Whose statisticians define and publish it.' })
  steward(@Root() measure: Measure): Organisation {
    return { id: measure.stewardId };
  }

  @FieldResolver(() => String, { description: 'In what it counts, by its newest definition.' })
  async unit(@Root() measure: Measure, @Ctx() context: Context): Promise<string> {
    const definitions = await this.definitions(measure, context);
    return definitions.at(-1)!.unit;
  }

  @FieldResolver(() => [DefinitionVersion], { description: 'Every version of its definition, oldest first.' })
  async definitions(@Root() measure: Measure, @Ctx() context: Context): Promise<DefinitionVersion[]> {
    const found = (await context.load(definitionsOf, measure.id)) ?? [];
    return found.length === 0 && measure.madeWith ? [measure.madeWith] : found;
  }
}
