import type { Service } from '../kernel/service.js';
import { AnnounceMeasures } from './announce-measures.js';
import { AnswerQuestion } from './answer-question.js';
import { answerSubscription } from './answer-subscription.js';
import { AskQuestion } from './ask-question.js';
import { Judgement } from './assessment.js';
import { AssessmentResolver, MeasureAssessmentResolver, TargetAssessmentResolver } from './assessment.resolver.js';
import { Baseline } from './baseline.js';
import { BaselineResolver, MeasureBaselineResolver } from './baseline.resolver.js';
import { Briefing, BriefingAnswer, BriefingQuestion, BriefingStep, DecisionAccount } from './briefing.js';
import {
  BriefingQuestionResolver,
  BriefingResolver,
  DecisionAccountResolver,
  DecisionAccountsResolver,
  MissionBriefingsResolver,
} from './briefing.resolver.js';
import {
  BriefingEvidenceResolver,
  EvidenceOfBriefingResolver,
  KnownEvidenceResolver,
} from './briefing-evidence.resolver.js';
import { CancelBriefing } from './cancel-briefing.js';
import { CancelRelease } from './cancel-release.js';
import { Challenge, ChallengeOutcomes } from './challenge.js';
import { ClaimContribution } from './claim-contribution.js';
import { CloseQuestions } from './close-questions.js';
import { ContestClaim } from './contest-claim.js';
import { Contribution } from './contribution.js';
import { ClaimStep, ContributionClaim } from './contribution-claim.js';
import {
  ClaimStepResolver,
  ContributionClaimResolver,
  ContributionClaimsResolver,
  OutcomeClaimsResolver,
} from './contribution-claim.resolver.js';
import { Decision, decisionOf } from './decision.js';
import { DecisionMeasuresResolver, NewestVintageResolver } from './decision.resolver.js';
import { DefineMeasure } from './define-measure.js';
import { DefineOutcome } from './define-outcome.js';
import { DefinitionVersion } from './definition.js';
import { MissionGuardrailsResolver } from './guardrails.resolver.js';
import { HoldBriefing } from './hold-briefing.js';
import { JudgeMeasure } from './judge-measure.js';
import { cycleOf, LearningCycle } from './learning-cycle.js';
import { LearningCycleEffectResolver } from './learning-cycle.resolver.js';
import { LockBriefingEvidence } from './lock-briefing-evidence.js';
import { Measure } from './measure.js';
import { MeasureResolver, measuresById } from './measure.resolver.js';
import { Outcomes } from './migrations/0001-outcomes.js';
import { Observations } from './migrations/0002-observations.js';
import { Releases } from './migrations/0003-releases.js';
import { Briefings } from './migrations/0004-briefings.js';
import { PublishedFigures } from './migrations/0005-published-figures.js';
import { Suppression } from './migrations/0006-suppression.js';
import { BriefingsCalledOff } from './migrations/0007-briefings-called-off.js';
import { ReleasesCalledOff } from './migrations/0008-releases-called-off.js';
import { NewestVintages } from './migrations/0009-newest-vintages.js';
import { OrdersOfOutcomes } from './migrations/0010-orders-of-outcomes.js';
import { AtMostThirtyDecimals } from './migrations/0011-at-most-thirty-decimals.js';
import { KnownAreas } from './migrations/0012-known-areas.js';
import { OneFigureAPeriod } from './migrations/0013-one-figure-a-period.js';
import { AnnouncedMeasures } from './migrations/0014-announced-measures.js';
import { SuppressionAcross } from './migrations/0015-suppression-across.js';
import { TrajectoriesByName } from './migrations/0016-trajectories-by-name.js';
import { BroughtByReleases } from './migrations/0017-brought-by-releases.js';
import { EvidenceByAllTrajectories } from './migrations/0018-evidence-by-all-trajectories.js';
import { QuickLookups } from './migrations/0019-quick-lookups.js';
import { NotApplicableIsKnown } from './migrations/0020-not-applicable-is-known.js';
import { Mission, MissionResolver } from './mission.js';
import { NameAreas } from './name-areas.js';
import { NamedArea } from './named-area.js';
import { MeasureAreasResolver } from './named-area.resolver.js';
import { BriefingPackResolver, MissionNextBriefingResolver } from './next-briefing.resolver.js';
import {
  MeasureObservationsResolver,
  ObservationPageResolver,
  ObservationResolver,
  observationById,
} from './observation.resolver.js';
import { Organisation } from './organisation.js';
import { Outcome } from './outcome.js';
import { MeasureOutcomeResolver, OutcomeResolver, outcomesById } from './outcome.resolver.js';
import { MeasureProjectionResolver, TargetProjectionResolver } from './projection.resolver.js';
import { PublishBriefing } from './publish-briefing.js';
import { PublishObservations } from './publish-observations.js';
import { PublishedFiguresResolver } from './published-figures.resolver.js';
import { Release } from './release.js';
import { MeasureReleaseResolver, ReleaseResolver } from './release.resolver.js';
import { RescheduleRelease } from './reschedule-release.js';
import { ReviseDefinition } from './revise-definition.js';
import { ScheduleBriefing } from './schedule-briefing.js';
import { ScheduleRelease } from './schedule-release.js';
import { SetBaseline } from './set-baseline.js';
import { SetTarget } from './set-target.js';
import { SetTrajectory } from './set-trajectory.js';
import { Target } from './target.js';
import { MeasureTargetsResolver, TargetResolver, targetById } from './target.resolver.js';
import { sender } from './tell-published.js';
import { tellReleased } from './tell-released.js';
import { Trajectory } from './trajectory.js';
import { MeasureTrajectoryResolver, TrajectoryResolver } from './trajectory.resolver.js';
import { WithdrawClaim } from './withdraw-claim.js';
import { WithdrawObservation } from './withdraw-observation.js';

/** Who may add rows may not say when they were recorded: the database's clock does. */
const adds = (columns: string) => `select, insert (${columns})`;

/** What missions are to change: measures, their figures, what was promised, and how they stand. */
export const outcomes: Service = {
  ...sender,
  tasks: tellReleased,
  stream: answerSubscription,
  name: 'outcomes',
  resolvers: [
    OutcomeResolver,
    MissionResolver,
    MissionGuardrailsResolver,
    MeasureResolver,
    MeasureOutcomeResolver,
    MeasureObservationsResolver,
    MeasureAreasResolver,
    MeasureTargetsResolver,
    MeasureTrajectoryResolver,
    MeasureBaselineResolver,
    MeasureAssessmentResolver,
    ObservationResolver,
    ObservationPageResolver,
    TargetResolver,
    TargetAssessmentResolver,
    MeasureProjectionResolver,
    TargetProjectionResolver,
    TrajectoryResolver,
    BaselineResolver,
    AssessmentResolver,
    DefineOutcome,
    DefineMeasure,
    ReviseDefinition,
    SetTarget,
    SetTrajectory,
    SetBaseline,
    NameAreas,
    PublishObservations,
    WithdrawObservation,
    ScheduleRelease,
    AnnounceMeasures,
    RescheduleRelease,
    CancelRelease,
    ReleaseResolver,
    MeasureReleaseResolver,
    PublishedFiguresResolver,
    JudgeMeasure,
    ContributionClaimResolver,
    ClaimStepResolver,
    OutcomeClaimsResolver,
    ContributionClaimsResolver,
    ClaimContribution,
    ContestClaim,
    WithdrawClaim,
    BriefingResolver,
    EvidenceOfBriefingResolver,
    BriefingEvidenceResolver,
    KnownEvidenceResolver,
    BriefingQuestionResolver,
    DecisionAccountResolver,
    DecisionAccountsResolver,
    DecisionMeasuresResolver,
    NewestVintageResolver,
    ChallengeOutcomes,
    LearningCycleEffectResolver,
    MissionBriefingsResolver,
    MissionNextBriefingResolver,
    BriefingPackResolver,
    ScheduleBriefing,
    CancelBriefing,
    LockBriefingEvidence,
    HoldBriefing,
    PublishBriefing,
    AskQuestion,
    AnswerQuestion,
    CloseQuestions,
  ],
  types: [Mission, Organisation, Challenge, Contribution, Decision, LearningCycle],
  tables: [
    Outcome,
    Measure,
    NamedArea,
    DefinitionVersion,
    Target,
    Trajectory,
    Baseline,
    Judgement,
    Release,
    ContributionClaim,
    ClaimStep,
    Briefing,
    BriefingStep,
    DecisionAccount,
    BriefingQuestion,
    BriefingAnswer,
  ],
  references: {
    Mission: ({ id }) => ({ id: id! }),
    Contribution: ({ id }) => ({ id: id! }),
    Decision: decisionOf,
    LearningCycle: cycleOf,
    Challenge: ({ id }) => ({ id: id! }),
    Observation: ({ id }, context) => observationById(id!, context),
    Outcome: ({ id }, context) => context.load(outcomesById, id!),
    Measure: ({ id }, context) => context.load(measuresById, id!),
    Target: ({ id }, context) => targetById(id!, context),
  },
  migrations: [
    { name: '0001-outcomes', class: Outcomes },
    { name: '0002-observations', class: Observations },
    { name: '0003-releases', class: Releases },
    { name: '0004-briefings', class: Briefings },
    { name: '0005-published-figures', class: PublishedFigures },
    { name: '0006-suppression', class: Suppression },
    { name: '0007-briefings-called-off', class: BriefingsCalledOff },
    { name: '0008-releases-called-off', class: ReleasesCalledOff },
    { name: '0009-newest-vintages', class: NewestVintages },
    { name: '0010-orders-of-outcomes', class: OrdersOfOutcomes },
    { name: '0011-at-most-thirty-decimals', class: AtMostThirtyDecimals },
    { name: '0012-known-areas', class: KnownAreas },
    { name: '0013-one-figure-a-period', class: OneFigureAPeriod },
    { name: '0014-announced-measures', class: AnnouncedMeasures },
    { name: '0015-suppression-across', class: SuppressionAcross },
    { name: '0016-trajectories-by-name', class: TrajectoriesByName },
    { name: '0017-brought-by-releases', class: BroughtByReleases },
    { name: '0018-evidence-by-all-trajectories', class: EvidenceByAllTrajectories },
    { name: '0019-quick-lookups', class: QuickLookups },
    { name: '0020-not-applicable-is-known', class: NotApplicableIsKnown },
  ],
  privileges: {
    outcome: adds('id, title, kind, mission_ids, challenge_id, illustrative, stated_release'),
    measure: adds('id, title, outcome_id, steward_id, national_area'),
    definition: adds(
      'measure_id, number, formula, unit, decimals, polarity, frequency, source, valid_from, additive_over, comparable_with_previous, comparability_reason, stated_release',
    ),
    target: adds(
      'id, revision, measure_id, definition, kind, value, upper, period_start, period_end, legal_basis, set_by, source_url, verified, note, stated_release',
    ),
    trajectory: adds('measure_id, name, version, definition, method, author, stated_release'),
    trajectory_point: adds('measure_id, name, version, period_start, value, low, high'),
    judgement: adds('measure_id, number, verdict, name, reason, period, vintage, stated_release'),
    area_entity: 'select',
    named_area: adds('measure_id, name, source'),
    series: adds('id, measure_id, definition, area, dimensions'),
    publication: adds('id, measure_id, source, file, organisation, subject, release_id'),
    release: adds('id, revision, organisation_id, title, scheduled_at, measure_ids, reason, called_off'),
    release_telling: adds('release_id, revision'),
    published_figures: adds('kind, measure_ids, release_id'),
    observation: adds(
      'series_id, period_start, vintage, value, value_kind, status, low, high, confidence_level, sample_size, reason, publication_id, source_row, original, stated_release, release_id, withdrawn_because',
    ),
    baseline: adds('measure_id, revision, series_id, period_start, vintage, note, stated_release'),
    contribution_claim: adds(
      'id, outcome_id, contribution_id, claimant_id, mechanism, strength, evidence_url, illustrative, stated_release',
    ),
    claim_step: adds('claim_id, number, kind, organisation_id, reason, stated_release'),
    briefing: adds(
      'id, mission_id, held_at, decision_maker, expert_ids, outcome_ids, measure_ids, illustrative, stated_release',
    ),
    briefing_step: adds('briefing_id, number, state, summary, reason, stated_release'),
    briefing_evidence: adds(
      'briefing_id, measure_id, definition, series_id, period_start, vintage, trajectory_version, other_trajectories, targets, verdict, rule',
    ),
    decision_account: adds('briefing_id, place, decision_id, account'),
    briefing_question: adds('id, briefing_id, text, organisation_id, asked_for, stated_release'),
    briefing_answer: adds('question_id, briefing_id, text, stated_release'),
  },
};
