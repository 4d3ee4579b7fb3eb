import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { conditionsOf } from './belongings.js';
import { Condition, StageGate } from './condition.js';
import { Contribution } from './contribution.js';
import { currentOf } from './contribution.resolver.js';
import { Organisation } from './organisation.js';
import { Measure, pointer } from './pointers.js';
import { ContributionVersion } from './version.js';

@Resolver(() => Contribution)
export class ContributionConditions {
  @FieldResolver(() => [Condition], { description: 'The conditions of the terms that count, with how they stand.' })
  async conditions(@Root() contribution: Contribution, @Ctx() context: Context): Promise<Condition[]> {
    const current = await currentOf(contribution, context);
    return current ? conditionsOf(current, context) : [];
  }
}

@Resolver(() => ContributionVersion)
export class VersionConditions {
  @FieldResolver(() => [Condition], { description: 'Its conditions, with how they stand now.' })
  conditions(@Root() version: ContributionVersion, @Ctx() context: Context): Promise<Condition[]> {
    return conditionsOf(version, context);
  }
}

@Resolver(() => Condition)
export class ConditionResolver {
  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'Who judged it last; null while it is OPEN.',
  })
  judgedBy(@Root() { judgedBy }: Condition) {
    return pointer(judgedBy);
  }
}

@Resolver(() => StageGate)
export class StageGateResolver {
  @FieldResolver(() => Measure, { nullable: true, description: 'The measure.' })
  measure(@Root() { measureId }: StageGate) {
    return { id: measureId };
  }
}
