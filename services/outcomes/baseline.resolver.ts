import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { Baseline } from './baseline.js';
import { breakBetween } from './definition.js';
import { Measure } from './measure.js';
import { definitionsOf } from './measure.resolver.js';
import { Observation } from './observation.js';
import { pinnedObservations } from './observation.resolver.js';
import { known } from './released.js';

const baselines: Loader<string, Baseline> = {
  async batch(measures, context) {
    const sql = `select distinct on (measure_id) * from baseline where measure_id = any(?) and ${known(context, 'baseline')}
                 order by measure_id, revision desc`;
    return inOrder(measures, await context.nouns(Baseline, sql, [measures]), ({ measureId }) => measureId);
  },
};

@Resolver(() => Measure)
export class MeasureBaselineResolver {
  @FieldResolver(() => Baseline, { nullable: true, description: 'What it is compared with; null: none is set.' })
  baseline(@Root() measure: Measure, @Ctx() context: Context): Promise<Baseline | null> {
    return context.load(baselines, measure.id);
  }
}

@Resolver(() => Baseline)
export class BaselineResolver {
  @FieldResolver(() => Observation, { description: 'The vintage it is pinned to, whatever came after.' })
  async observation(@Root() baseline: Baseline, @Ctx() context: Context): Promise<Observation> {
    const { seriesId, periodStart, vintage } = baseline;
    const pinned = await context.load(pinnedObservations, { seriesId, periodStart, vintage });
    return pinned!;
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether it may be compared with figures of the newest definition; false after a break in the series.',
  })
  async comparable(@Root() baseline: Baseline, @Ctx() context: Context): Promise<boolean> {
    const [definitions, observation] = await Promise.all([
      context.load(definitionsOf, baseline.measureId),
      this.observation(baseline, context),
    ]);
    return breakBetween(definitions!, observation.definition, definitions!.at(-1)!.number) === null;
  }
}
