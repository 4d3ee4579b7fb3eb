import { historyPrivileges } from '../kernel/database.js';
import type { Service } from '../kernel/service.js';
import { ActivateMission } from './activate-mission.js';
import { AddChallenge } from './add-challenge.js';
import { AddLever } from './add-lever.js';
import { Challenge } from './challenge.js';
import { ChallengeResolver, challenges, LeverResolver, levers, MissionChallenges } from './challenge.resolver.js';
import { Decide } from './decide.js';
import { Decision } from './decision.js';
import { DecisionResolver, decisions, MissionDecisions } from './decision.resolver.js';
import { Dependency } from './dependency.js';
import { DependencyResolver, MissionWaiting } from './dependency.resolver.js';
import { Insight } from './insight.js';
import { InsightResolver, MissionInsights } from './insight.resolver.js';
import { Lever } from './lever.js';
import { Missions } from './migrations/0001-missions.js';
import { WhatMissionsConsistOf } from './migrations/0002-what-missions-consist-of.js';
import { Mission } from './mission.js';
import { MissionResolver, missions as missionsById } from './mission.resolver.js';
import { OpenDecision } from './open-decision.js';
import { Organisation } from './organisation.js';
import { OrganisationResolver, organisations } from './organisation.resolver.js';
import { ProposeMission } from './propose-mission.js';
import { RegisterOrganisations } from './register-organisations.js';
import { ReportWaiting } from './report-waiting.js';
import { ResolveWaiting } from './resolve-waiting.js';
import { ShareInsight } from './share-insight.js';
import { sender } from './tell-successions.js';

const changing = ['organisation', 'mission', 'challenge', 'lever', 'decision', 'dependency'];

/** Missions, what they consist of and what holds them up; the organisation register. */
export const missions: Service = {
  ...sender,
  name: 'missions',
  resolvers: [
    ...([MissionResolver, OrganisationResolver, ChallengeResolver, LeverResolver, MissionChallenges] as const),
    ...[DecisionResolver, MissionDecisions, DependencyResolver, MissionWaiting, InsightResolver, MissionInsights],
    ...[RegisterOrganisations, ProposeMission, ActivateMission, AddChallenge, AddLever],
    ...[OpenDecision, Decide, ReportWaiting, ResolveWaiting, ShareInsight],
  ],
  types: [],
  tables: [Mission, Organisation, Challenge, Lever, Decision, Dependency, Insight],
  references: {
    Mission: ({ id }, context) => context.load(missionsById, id!),
    Organisation: ({ id }, context) => context.load(organisations, id!),
    Challenge: ({ id }, context) => context.load(challenges, id!),
    Lever: ({ id }, context) => context.load(levers, id!),
    Decision: ({ id }, context) => context.load(decisions, id!),
  },
  migrations: [
    { name: '0001-missions', class: Missions },
    { name: '0002-what-missions-consist-of', class: WhatMissionsConsistOf },
  ],
  privileges: {
    ...Object.fromEntries(changing.map((table) => [table, 'select, insert, update'])),
    insight: 'select, insert',
    insight_as_known: 'select',
    ...historyPrivileges(...changing),
  },
};
