/**
 * What a demo mission is written as: plain facts and figures, in the words of the published schema. Things are named by
 * short keys that mean something only inside the demo; the loader puts the ids of the hub in their place.
 */
export interface MissionContent {
  id: string;
  name: string;
  purpose: string;
  meaning: 'PRIORITY' | 'CHALLENGE' | 'SPIRIT';
  ambition: 'COMMITTED' | 'ASPIRATIONAL';
  horizon: string;
  lead: string;
  challenges: ChallengeContent[];
  levers: LeverContent[];
  decisions: DecisionContent[];
  waiting: WaitingContent[];
  insights: InsightContent[];
  cycles?: CycleContent[];
  pledges?: PledgeContent[];
}

export interface ChallengeContent {
  id: string;
  name: string;
  archetype: string;
  operatingModel: string;
  /** Left out where nobody has said. */
  spending?: 'PREVENTION' | 'ACUTE';
  /** Whole percent for each mission it serves, at most 100 together. */
  missions: { mission: string; weight: number }[];
}

export interface LeverContent {
  key: string;
  challenge: string;
  name: string;
  controller: string;
  leverage: 1 | 2 | 3 | 4 | 5;
  rationale: string;
  evidence: 'STRONG' | 'MODERATE' | 'WEAK' | 'UNKNOWN';
}

export interface DecisionContent {
  key: string;
  question: string;
  options: string[];
  decider: string;
  dueOn: string;
  reversible: boolean;
  reviewOn?: string;
  /** Who settled it and how; left out while it is open. */
  settled?: SettledContent;
}

export interface SettledContent {
  by: string;
  chosen: string;
  rationale: string;
  decidedAt: string;
  /** Ids of measures: their newest figures are pinned as what it was taken on. */
  evidence?: string[];
}

/** A change made in order to learn; left open where nothing came of it yet. */
export interface CycleContent {
  key: string;
  challenge: string;
  hypothesis: string;
  change: string;
  startedOn: string;
  endsOn: string;
  measure: string;
  expected: string;
  expectedChange?: string;
  came?: { closedOn: string; observed: string; learned: string; next: 'SCALE' | 'ADAPT' | 'STOP' | 'REPEAT' };
}

/** What an organisation said it would put in; left open where its day has not come. */
export interface PledgeContent {
  key: string;
  pledger: string;
  text: string;
  quantity: string;
  unit: string;
  dueOn: string;
  outcome: string;
  settled?: { how: 'MET' | 'NOT_MET' | 'PARTIALLY_MET'; delivered: string; evidence: string; settledOn: string };
}

export interface WaitingContent {
  key: string;
  decision: string;
  waiter: string;
  since: string;
  neededBy: string;
  reason: string;
  meanwhile: string;
  /** Pounds that stand still. */
  blocked?: string;
}

export interface InsightContent {
  key: string;
  text: string;
  profession: string;
  area: string;
  themes: string[];
  sharedBy: string;
  visibility: 'PUBLIC' | 'MISSION';
  /** Keys of decisions that it led to or changed. */
  changed: string[];
}

export type ControlTotal = 'RDEL_ADMIN' | 'RDEL_PROGRAMME' | 'CDEL';

/** What a mission accounted for in public, and what contributions are claimed to do for its outcomes. */
export interface BriefingContent {
  key: string;
  heldAt: string;
  decisionMaker: string;
  experts: string[];
  summary: string;
  /** By the keys of decisions. */
  accounts: { decision: string; account: string }[];
  /** Without an answer it is still open. */
  questions: { key: string; by: string; askedFor?: string; text: string; answer?: string }[];
  /** By the keys of contributions. */
  claims: { contribution: string; outcome: string; mechanism: string; contested?: { by: string; reason: string } }[];
}

/** Pounds of one financial year and control total. */
export interface Amount {
  year: string;
  of: ControlTotal;
  pounds: string;
}

/** Money of a mission: the pool, what goes into it and what comes out. All of it is made up. */
export interface MoneyContent {
  pool: {
    name: string;
    host: string;
    manager: string;
    controlTotals: ControlTotal[];
  };
  contributions: ContributionContent[];
  allocations: AllocationContent[];
}

export interface Terms {
  amounts?: Amount[];
  quantity?: { of: string; unit: string };
  earmark?: 'NONE' | 'SOFT' | 'HARD';
  reason?: string;
}

export interface Round {
  by: 'MISSION' | 'CONTRIBUTOR';
  message: string;
  openQuestions?: string[];
  /** Left out in a first round: the terms stand as pledged. */
  terms?: Terms;
}

export interface ContributionContent {
  key: string;
  contributor: string;
  kind:
    | 'MONEY'
    | 'BUDGET_COVER'
    | 'SECONDED_STAFF'
    | 'ASSET'
    | 'DATA'
    | 'SERVICE'
    | 'REGULATORY_ACTION'
    | 'OUTCOME_SHARE';
  pooling: 'POOLED' | 'ALIGNED' | 'IN_KIND';
  publicName: string;
  challenge?: string;
  lever?: string;
  terms: Terms;
  /** Kept to itself by the contributor. */
  draft?: true;
  rounds?: Round[];
  agreed?: {
    instrument: 'MOU' | 'SECTION_75' | 'COVER_TRANSFER' | 'GRANT' | 'CONTRACT' | 'SECTOR_DEAL';
    signedOn: string;
    reference: string;
  };
  committedOn?: string;
  deposits?: { reference: string; year: string; of: ControlTotal; pounds: string; on: string }[];
  declined?: string;
  withdrawn?: string;
}

export interface AllocationContent {
  key: string;
  recipient: string;
  challenge: string;
  purpose: string;
  year: string;
  of: ControlTotal;
  pounds: string;
  on: string;
  /** Whether the board has approved it. */
  approved: boolean;
  drawdowns: DrawdownContent[];
}

export interface DrawdownContent {
  pounds: string;
  purpose: string;
  /** The day its money is reserved; left out while it is only asked for. */
  approvedOn?: string;
  paidOn?: string;
  /** Evidenced expenditure of the recipient. */
  spent?: { pounds: string; on: string; evidence: string }[];
}

export interface OutcomeContent {
  id: string;
  title: string;
  kind: 'OUTPUT' | 'OUTCOME' | 'IMPACT' | 'GUARDRAIL';
  challenge?: string;
  /** Made up to show the hub, as nobody publishes its figures; left out where the figures are real. */
  illustrative?: true;
  measures: MeasureContent[];
}

export interface DefinitionContent {
  formula: string;
  unit: string;
  decimals: number;
  polarity: 'HIGHER' | 'LOWER' | 'RANGE';
  frequency: 'MONTH' | 'QUARTER' | 'YEAR' | 'FINANCIAL_YEAR' | 'ACADEMIC_YEAR';
  source: string;
  /** The day of its first figures; left out where no source says when they were released. */
  releasedOn?: string;
  /** Only for a later version: why it may or may not be compared with the one before. */
  since?: { validFrom: string; comparable: boolean; reason: string };
}

export interface MeasureContent {
  id: string;
  title: string;
  steward: string;
  area: string;
  /** The first version and those that followed it. */
  definitions: [DefinitionContent, ...DefinitionContent[]];
  /** What was published together, the oldest first. Real figures only. */
  publications: PublicationContent[];
  baseline?: { period: string; note: string };
  targets?: TargetContent[];
  /** Made up to show the hub; the loader says so in it. */
  trajectory?: { definition: number; method: string; points: PointContent[] };
  judgement?: { verdict: string; name: string; reason: string };
}

export interface PublicationContent {
  /** Who published it, what and when, fit to be cited. */
  source: string;
  file?: string;
  /** The day it was released; left out where the source does not say. */
  releasedOn?: string;
  definition?: number;
  reason: 'NEW_DATA' | 'METHOD' | 'ERROR' | 'ROUTINE';
  figures: Record<string, Figure>;
}

/** A figure as published, or why there is none; B marks the first after a break in the series. */
export type Figure = string | null | { value: string; status: 'B' | 'P' | 'E' };

export interface TargetContent {
  id: string;
  definition?: number;
  kind: 'POINT_BY_DATE' | 'FLOOR' | 'CEILING' | 'CUMULATIVE_CAP' | 'RATE' | 'RANGE';
  value: string;
  from?: string;
  until?: string;
  legalBasis?: string;
  setBy: string;
  url?: string;
  verified?: string;
  note?: string;
}

export interface PointContent {
  period: string;
  value: string;
  low?: string;
  high?: string;
}
