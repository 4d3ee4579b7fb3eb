import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { evidenceFor, inForceFirst } from './assess.js';
import { Cumulative, cumulativeOf } from './cumulative.js';
import { Measure } from './measure.js';
import { definitionsOf } from './measure.resolver.js';
import { project, trendOf } from './project.js';
import { Projection } from './projection.js';
import { recentFigures } from './recent-figures.js';
import { Target, TargetKind } from './target.js';
import { targetsOf } from './target.resolver.js';

/** The figures and definitions a line is drawn by: read for all measures of a page together. */
async function drawnFor(measureId: string, context: Context) {
  const [recent, known] = await Promise.all([
    context.load(recentFigures, measureId),
    context.load(definitionsOf, measureId),
  ]);
  const definitions = known ?? [];
  return { recent: recent ?? [], definitions, trend: trendOf(recent ?? [], definitions) };
}

@Resolver(() => Measure)
export class MeasureProjectionResolver {
  @FieldResolver(() => Projection, {
    description:
      'Where its newest figures lead, held against the target that ends first after them; a cumulative cap is left out.',
  })
  async projection(@Root() measure: Measure, @Ctx() context: Context): Promise<Projection> {
    const { recent, definitions, trend } = await drawnFor(measure.id, context);
    const targets = (await context.load(targetsOf, measure.id)) ?? [];
    const held = targets.filter(({ kind }) => kind !== TargetKind.CUMULATIVE_CAP);
    const newest = recent.at(-1);
    const [target = null] = newest ? inForceFirst(held, newest) : held;
    return project(trend, target, definitions);
  }
}

@Resolver(() => Target)
export class TargetProjectionResolver {
  @FieldResolver(() => Projection, { description: 'Where the newest figures lead, held against this target alone.' })
  async projection(@Root() target: Target, @Ctx() context: Context): Promise<Projection> {
    const { definitions, trend } = await drawnFor(target.measureId, context);
    return project(trend, target, definitions);
  }

  @FieldResolver(() => Cumulative, {
    nullable: true,
    description: 'How much of a CUMULATIVE_CAP is used and where that leads; null for the other kinds.',
  })
  async cumulative(@Root() target: Target, @Ctx() context: Context): Promise<Cumulative | null> {
    if (target.kind !== TargetKind.CUMULATIVE_CAP) return null;
    const [evidence, { trend }] = await Promise.all([
      evidenceFor(target, context),
      drawnFor(target.measureId, context),
    ]);
    return cumulativeOf(target, evidence, trend);
  }
}
