import { historyPrivileges } from '../kernel/database.js';
import type { Service } from '../kernel/service.js';
import { ActivateMission } from './activate-mission.js';
import { AddChallenge } from './add-challenge.js';
import { AddLever } from './add-lever.js';
import { Challenge } from './challenge.js';
import { ChallengeResolver, challenges, LeverResolver, levers, MissionChallenges } from './challenge.resolver.js';
import { CloseLearningCycle } from './close-learning-cycle.js';
import { Decide } from './decide.js';
import { Decision } from './decision.js';
import { DecisionResolver, decisions, MissionDecisions } from './decision.resolver.js';
import { DecisionEvidenceResolver } from './decision-evidence.js';
import { Dependency } from './dependency.js';
import { DependencyResolver, MissionWaiting } from './dependency.resolver.js';
import { InputPledge } from './input-pledge.js';
import { InputPledgeResolver, inputPledges, MissionInputPledges } from './input-pledge.resolver.js';
import { Insight } from './insight.js';
import { InsightResolver, MissionInsights } from './insight.resolver.js';
import { LearningCycle } from './learning-cycle.js';
import {
  ChallengeLearningCycles,
  LearningCycleResolver,
  learningCycles,
  MissionLearningCycles,
} from './learning-cycle.resolver.js';
import { Lever } from './lever.js';
import { Measure } from './measure.js';
import { Missions } from './migrations/0001-missions.js';
import { WhatMissionsConsistOf } from './migrations/0002-what-missions-consist-of.js';
import { EvidenceOfDecisions } from './migrations/0003-evidence-of-decisions.js';
import { LearningCycles } from './migrations/0004-learning-cycles.js';
import { InputPledges } from './migrations/0005-input-pledges.js';
import { WhatChallengesSpendOn } from './migrations/0006-what-challenges-spend-on.js';
import { FiltersAndOrders } from './migrations/0007-filters-and-orders.js';
import { Mission } from './mission.js';
import { MissionResolver, missions as missionsById } from './mission.resolver.js';
import { Observation } from './observation.js';
import { OpenDecision } from './open-decision.js';
import { Organisation } from './organisation.js';
import { OrganisationResolver, organisations } from './organisation.resolver.js';
import { Outcome } from './outcome.js';
import { PledgeInput } from './pledge-input.js';
import { ProposeMission } from './propose-mission.js';
import { RegisterOrganisations } from './register-organisations.js';
import { ReportWaiting } from './report-waiting.js';
import { ResolveWaiting } from './resolve-waiting.js';
import { SettleInputPledge } from './settle-input-pledge.js';
import { ShareInsight } from './share-insight.js';
import { StartLearningCycle } from './start-learning-cycle.js';
import { sender } from './tell-successions.js';

const changing = ['organisation', 'mission', 'challenge', 'lever', 'decision', 'dependency'];

/** Missions, what they consist of and what holds them up; the organisation register. */
export const missions: Service = {
  ...sender,
  name: 'missions',
  resolvers: [
    ...([MissionResolver, OrganisationResolver, ChallengeResolver, LeverResolver, MissionChallenges] as const),
    ...[
      DecisionEvidenceResolver,
      DecisionResolver,
      MissionDecisions,
      DependencyResolver,
      MissionWaiting,
      InsightResolver,
      MissionInsights,
    ],
    ...[LearningCycleResolver, ChallengeLearningCycles, MissionLearningCycles, StartLearningCycle, CloseLearningCycle],
    ...[InputPledgeResolver, MissionInputPledges, PledgeInput, SettleInputPledge],
    ...[RegisterOrganisations, ProposeMission, ActivateMission, AddChallenge, AddLever],
    ...[OpenDecision, Decide, ReportWaiting, ResolveWaiting, ShareInsight],
  ],
  types: [Observation, Measure, Outcome],
  tables: [Mission, Organisation, Challenge, Lever, Decision, Dependency, Insight, LearningCycle, InputPledge],
  references: {
    Mission: ({ id }, context) => context.load(missionsById, id!),
    Organisation: ({ id }, context) => context.load(organisations, id!),
    Challenge: ({ id }, context) => context.load(challenges, id!),
    Lever: ({ id }, context) => context.load(levers, id!),
    Decision: ({ id }, context) => context.load(decisions, id!),
    InputPledge: ({ id }, context) => context.load(inputPledges, id!),
    LearningCycle: ({ id }, context) => context.load(learningCycles, id!),
  },
  migrations: [
    { name: '0001-missions', class: Missions },
    { name: '0002-what-missions-consist-of', class: WhatMissionsConsistOf },
    { name: '0003-evidence-of-decisions', class: EvidenceOfDecisions },
    { name: '0004-learning-cycles', class: LearningCycles },
    { name: '0005-input-pledges', class: InputPledges },
    { name: '0006-what-challenges-spend-on', class: WhatChallengesSpendOn },
    { name: '0007-filters-and-orders', class: FiltersAndOrders },
  ],
  privileges: {
    ...Object.fromEntries(changing.map((table) => [table, 'select, insert, update'])),
    insight: 'select, insert',
    decision_evidence: 'select, insert',
    insight_as_known: 'select',
    learning_cycle: 'select, insert, update (state, closed_on, observed, learned, next, version)',
    input_pledge: 'select, insert, update (state, delivered, evidence, settled_on, version)',
    ...historyPrivileges(...changing, 'learning_cycle', 'input_pledge'),
  },
};
