import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { ConditionStatus } from './condition.js';

/** That somebody judged a condition; the last judgement counts. Never changed. */
@Entity()
export class ConditionJudgement {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @PrimaryKey({ type: 'text' })
  conditionId: string;

  @PrimaryKey({ type: 'integer' })
  ordinal: number;

  @Property({ type: 'text' })
  status: ConditionStatus;

  @Property({ type: 'text' })
  evidence: string;

  /** What the figure of the measure was, where a stage gate was judged. */
  @Property({ type: 'text', nullable: true })
  value: string | null;

  @Property({ type: 'text', nullable: true })
  observationId: string | null;

  @Property({ type: 'text' })
  byOrganisation: string;

  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;
}
