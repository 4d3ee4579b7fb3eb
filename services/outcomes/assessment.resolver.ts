import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { inOrder, type Loader } from '../kernel/loader.js';
import { assess, assessTarget } from './assess.js';
import { Assessment, Judgement } from './assessment.js';
import { Measure } from './measure.js';
import { known } from './released.js';
import { Target } from './target.js';
import { main, Trajectory } from './trajectory.js';
import { trajectoriesOf } from './trajectory.resolver.js';

const judgements: Loader<string, Judgement> = {
  async batch(measures, context) {
    const sql = `select distinct on (measure_id) * from judgement where measure_id = any(?) and ${known(context, 'judgement')}
                 order by measure_id, number desc`;
    return inOrder(measures, await context.nouns(Judgement, sql, [measures]), ({ measureId }) => measureId);
  },
};

@Resolver(() => Measure)
export class MeasureAssessmentResolver {
  @FieldResolver(() => Assessment, {
    description:
      'How it stands: its newest figure against the main trajectory, or without one against a target; or against the trajectory that is named, and nothing else. Errors: BAD_USER_INPUT.',
  })
  assessment(
    @Root() measure: Measure,
    @Arg('trajectory', () => String, {
      defaultValue: main,
      description: 'By which of its trajectories; left out, main.',
    })
    name: string,
    @Ctx() context: Context,
  ): Promise<Assessment> {
    return assess(measure.id, context, name);
  }
}

@Resolver(() => Assessment)
export class AssessmentResolver {
  @FieldResolver(() => Judgement, { nullable: true, description: 'What a person judged; null when nobody has.' })
  judged(@Root() assessment: Assessment, @Ctx() context: Context): Promise<Judgement | null> | null {
    return assessment.measureId === null ? null : context.load(judgements, assessment.measureId);
  }

  @FieldResolver(() => Trajectory, {
    nullable: true,
    description: 'By which trajectory it was found, in the version then newest; null where by a target, or by none.',
  })
  trajectory(@Root() { measureId, path }: Assessment, @Ctx() context: Context): Promise<Trajectory | null> | null {
    return path && measureId ? context.load(trajectoriesOf, { measure: measureId, ...path }) : null;
  }
}

@Resolver(() => Target)
export class TargetAssessmentResolver {
  @FieldResolver(() => Assessment, { description: 'The verdict on this target alone.' })
  assessment(@Root() target: Target, @Ctx() context: Context): Promise<Assessment> {
    return assessTarget(target, context);
  }
}
