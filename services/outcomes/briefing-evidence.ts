import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';
import { Verdict } from './assessment.js';

export enum EvidenceChange {
  NEW_MEASURE = 'NEW_MEASURE',
  NEW_PERIOD = 'NEW_PERIOD',
  RESTATED = 'RESTATED',
  DEFINITION_CHANGED = 'DEFINITION_CHANGED',
  TARGET_CHANGED = 'TARGET_CHANGED',
  TRAJECTORY_CHANGED = 'TRAJECTORY_CHANGED',
  VERDICT_CHANGED = 'VERDICT_CHANGED',
}
registerEnumType(EvidenceChange, {
  name: 'EvidenceChange',
  description: 'What is otherwise than when evidence was locked.',
  valuesConfig: {
    NEW_MEASURE: { description: 'It was no evidence then.' },
    NEW_PERIOD: { description: 'The newest figure is that of another period.' },
    RESTATED: { description: 'The very figure that was locked has a newer vintage.' },
    DEFINITION_CHANGED: { description: 'The measure has a newer definition.' },
    TARGET_CHANGED: { description: 'A target was added or revised.' },
    TRAJECTORY_CHANGED: { description: 'There is a newer trajectory, or another one.' },
    VERDICT_CHANGED: { description: 'The verdict is another one.' },
  },
});

/** Which vintage of which figure, or none. */
interface FigurePin {
  seriesId: string;
  periodStart: string;
  vintage: number;
}

/** Which version of which trajectory. */
export interface TrajectoryPin {
  name: string;
  version: number;
}

@ObjectType({ description: 'What was or is known of a measure: exact versions, and the verdict they give.' })
export class KnownEvidence {
  @Field(() => Int, { description: 'The newest version of its definition.' })
  definition: number;

  @Field(() => Verdict, { description: 'How it stood by them.' })
  verdict: Verdict;

  @Field(() => String, { description: 'The rule by which that was found, with the numbers.' })
  rule: string;

  measureId: string;
  pin: FigurePin | null;
  trajectoryVersion: number | null;
  /** Those by other methods, in the order of names; null where only the main one was pinned. */
  others: TrajectoryPin[] | null;
  targets: { id: string; revision: number }[];
}

@ObjectType({
  description:
    'One measure as evidence: what was known at one instant (when evidence was locked, a decision taken, a learning cycle started), beside what is known now.',
})
export class BriefingEvidence {
  @Field(() => DateTime, {
    nullable: true,
    description:
      'The instant of knownThen: when it was locked, decided or started; null where a measure was no evidence of the last briefing.',
  })
  lockedAt: Date | string | null;

  @Field(() => KnownEvidence, {
    nullable: true,
    description:
      'What was known then, exactly; what was locked never changes. Null where it was no evidence, or not defined yet.',
  })
  knownThen: KnownEvidence | null;

  measureId: string;
}

/** What is otherwise now. `restated` says whether the figure known then has a newer vintage. */
export function changesBetween(then: KnownEvidence | null, now: KnownEvidence, restated: boolean): EvidenceChange[] {
  if (!then) return [EvidenceChange.NEW_MEASURE];
  const periodOf = ({ pin }: KnownEvidence) => pin?.periodStart ?? null;
  const targetsOf = ({ targets }: KnownEvidence) => JSON.stringify(targets.map(({ id, revision }) => [id, revision]));
  const happened: [EvidenceChange, boolean][] = [
    [EvidenceChange.NEW_PERIOD, periodOf(then) !== periodOf(now)],
    [EvidenceChange.RESTATED, restated],
    [EvidenceChange.DEFINITION_CHANGED, then.definition !== now.definition],
    [EvidenceChange.TARGET_CHANGED, targetsOf(then) !== targetsOf(now)],
    [EvidenceChange.TRAJECTORY_CHANGED, then.trajectoryVersion !== now.trajectoryVersion || hasOthers(then, now)],
    [EvidenceChange.VERDICT_CHANGED, then.verdict !== now.verdict],
  ];
  return happened.filter(([, has]) => has).map(([change]) => change);
}

/** Whether trajectories by other methods are others now; unknown, so not said, where they were not pinned. */
function hasOthers({ others }: KnownEvidence, now: KnownEvidence): boolean {
  const pins = (some: TrajectoryPin[] | null) => JSON.stringify(some?.map(({ name, version }) => [name, version]));
  return others !== null && pins(others) !== pins(now.others);
}
