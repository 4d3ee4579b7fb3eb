import type { Service } from '../kernel/service.js';
import { Judgement } from './assessment.js';
import { AssessmentResolver, MeasureAssessmentResolver, TargetAssessmentResolver } from './assessment.resolver.js';
import { Baseline } from './baseline.js';
import { BaselineResolver, MeasureBaselineResolver } from './baseline.resolver.js';
import { Challenge } from './challenge.js';
import { DefineMeasure } from './define-measure.js';
import { DefineOutcome } from './define-outcome.js';
import { DefinitionVersion } from './definition.js';
import { JudgeMeasure } from './judge-measure.js';
import { Measure } from './measure.js';
import { MeasureResolver, measuresById } from './measure.resolver.js';
import { Outcomes } from './migrations/0001-outcomes.js';
import { Observations } from './migrations/0002-observations.js';
import { Mission, MissionResolver } from './mission.js';
import { MeasureObservationsResolver, ObservationResolver } from './observation.resolver.js';
import { Organisation } from './organisation.js';
import { Outcome } from './outcome.js';
import { MeasureOutcomeResolver, OutcomeResolver, outcomesById } from './outcome.resolver.js';
import { PublishObservations } from './publish-observations.js';
import { ReviseDefinition } from './revise-definition.js';
import { SetBaseline } from './set-baseline.js';
import { SetTarget } from './set-target.js';
import { SetTrajectory } from './set-trajectory.js';
import { Target } from './target.js';
import { MeasureTargetsResolver, TargetResolver } from './target.resolver.js';
import { sender } from './tell-published.js';
import { Trajectory } from './trajectory.js';
import { MeasureTrajectoryResolver, TrajectoryResolver } from './trajectory.resolver.js';

/** Who may add rows may not say when they were recorded: the database's clock does. */
const adds = (columns: string) => `select, insert (${columns})`;

/** What missions are to change: measures, their figures, what was promised, and how they stand. */
export const outcomes: Service = {
  ...sender,
  name: 'outcomes',
  resolvers: [
    OutcomeResolver,
    MissionResolver,
    MeasureResolver,
    MeasureOutcomeResolver,
    MeasureObservationsResolver,
    MeasureTargetsResolver,
    MeasureTrajectoryResolver,
    MeasureBaselineResolver,
    MeasureAssessmentResolver,
    ObservationResolver,
    TargetResolver,
    TargetAssessmentResolver,
    TrajectoryResolver,
    BaselineResolver,
    AssessmentResolver,
    DefineOutcome,
    DefineMeasure,
    ReviseDefinition,
    SetTarget,
    SetTrajectory,
    SetBaseline,
    PublishObservations,
    JudgeMeasure,
  ],
  types: [Mission, Organisation, Challenge],
  tables: [Outcome, Measure, DefinitionVersion, Target, Trajectory, Baseline, Judgement],
  references: {
    Mission: ({ id }) => ({ id: id! }),
    Outcome: ({ id }, context) => context.load(outcomesById, id!),
    Measure: ({ id }, context) => context.load(measuresById, id!),
  },
  migrations: [
    { name: '0001-outcomes', class: Outcomes },
    { name: '0002-observations', class: Observations },
  ],
  privileges: {
    outcome: adds('id, title, kind, mission_ids, challenge_id, illustrative, stated_release'),
    measure: adds('id, title, outcome_id, steward_id, national_area'),
    definition: adds(
      'measure_id, number, formula, unit, decimals, polarity, frequency, source, valid_from, comparable_with_previous, comparability_reason, stated_release',
    ),
    target: adds(
      'id, revision, measure_id, definition, kind, value, upper, period_start, period_end, legal_basis, set_by, source_url, verified, note, stated_release',
    ),
    trajectory: adds('measure_id, version, definition, method, author, stated_release'),
    trajectory_point: adds('measure_id, version, period_start, value, low, high'),
    judgement: adds('measure_id, number, verdict, name, reason, period, vintage, stated_release'),
    series: adds('id, measure_id, definition, area, dimensions'),
    publication: adds('id, measure_id, source, file, organisation, subject'),
    observation: adds(
      'series_id, period_start, vintage, value, value_kind, status, low, high, confidence_level, sample_size, reason, publication_id, source_row, original, stated_release',
    ),
    baseline: adds('measure_id, revision, series_id, period_start, vintage, note, stated_release'),
  },
};
