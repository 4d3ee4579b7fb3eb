import { historyPrivileges } from '../kernel/database.js';
import type { Service } from '../kernel/service.js';
import { Missions } from './migrations/0001-missions.js';
import { Mission } from './mission.js';
import { MissionResolver, missions as missionsById } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { OrganisationResolver, organisations } from './organisation.resolver.js';
import { ProposeMission } from './propose-mission.js';

/** Missions, what they consist of and what holds them up; the organisation register. */
export const missions: Service = {
  name: 'missions',
  portOffset: 1,
  resolvers: [MissionResolver, OrganisationResolver, ProposeMission],
  types: [],
  tables: [Mission, Organisation],
  references: {
    Mission: ({ id }, context) => context.load(missionsById, id!),
    Organisation: ({ id }, context) => context.load(organisations, id!),
  },
  migrations: [{ name: '0001-missions', class: Missions }],
  privileges: {
    organisation: 'select, insert, update',
    mission: 'select, insert, update',
    ...historyPrivileges('organisation', 'mission'),
  },
};
