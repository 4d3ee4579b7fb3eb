import { cleanEnergyBriefing } from './clean-energy/briefing.js';
import { cleanEnergy } from './clean-energy/mission.js';
import { cleanEnergyMoney } from './clean-energy/money.js';
import { cleanEnergyOutcomes } from './clean-energy/outcomes.js';
import { economicGrowth } from './economic-growth/mission.js';
import { economicGrowthMoney } from './economic-growth/money.js';
import { economicGrowthOutcomes } from './economic-growth/outcomes.js';
import { healthyLives } from './healthy-lives/mission.js';
import { healthyLivesMoney } from './healthy-lives/money.js';
import { healthyLivesOutcomes } from './healthy-lives/outcomes.js';
import { opportunity } from './opportunity/mission.js';
import { opportunityMoney } from './opportunity/money.js';
import { opportunityOutcomes } from './opportunity/outcomes.js';
import { saferStreets } from './safer-streets/mission.js';
import { saferStreetsMoney } from './safer-streets/money.js';
import { saferStreetsOutcomes } from './safer-streets/outcomes.js';
import type { BriefingContent, MissionContent, MoneyContent, OutcomeContent } from './shape.js';

export interface DemoMission {
  mission: MissionContent;
  money: MoneyContent;
  outcomes: OutcomeContent[];
  briefing?: BriefingContent;
}

/** The five missions of the demo world. */
export const demoMissions: readonly DemoMission[] = [
  {
    mission: cleanEnergy,
    money: cleanEnergyMoney,
    outcomes: cleanEnergyOutcomes,
    briefing: cleanEnergyBriefing,
  },
  { mission: healthyLives, money: healthyLivesMoney, outcomes: healthyLivesOutcomes },
  { mission: opportunity, money: opportunityMoney, outcomes: opportunityOutcomes },
  { mission: saferStreets, money: saferStreetsMoney, outcomes: saferStreetsOutcomes },
  { mission: economicGrowth, money: economicGrowthMoney, outcomes: economicGrowthOutcomes },
];
