import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { DateTime, Day, FinancialYear } from '../kernel/dates.js';
import { Side } from './kinds.js';
import { ContributionState } from './states.js';
import { TwoTimes } from './two-times.js';

@ObjectType({
  description: 'One step in the life of a contribution: a change of its state or of its terms. Never changed.',
})
@Entity({ tableName: 'contribution_state' })
export class ContributionStep extends TwoTimes {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => Int, { description: 'Counts the steps; the version of the contribution after it.' })
  @PrimaryKey({ type: 'integer' })
  sequence: number;

  @Field(() => ContributionState, { description: 'Where it stood after the step.' })
  @Property({ type: 'text' })
  state: ContributionState;

  @Field(() => Int, { description: 'The number of the version of its terms after the step.' })
  @Property({ type: 'integer' })
  number: number;

  @Field(() => Day, { description: 'The day it was so in the world.' })
  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => String, { nullable: true, description: 'Why; null when the step needs no reason.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null;

  @Property({ type: 'text', nullable: true })
  byOrganisation: string | null;

  @Field(() => DateTime, { description: 'From when As-Known-At counts it as known: released, else recorded.' })
  @Property({ type: 'datetime', length: 3 })
  knownAt: Date;
}

@ObjectType({ description: 'That one side approved a commitment. It binds the hash of the version that was approved.' })
@Entity()
export class CommitmentApproval {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => String, { description: 'The hash of the version that was approved.' })
  @PrimaryKey({ type: 'text' })
  versionHash: string;

  @Field(() => Side, { description: 'For which side.' })
  @PrimaryKey({ type: 'text' })
  side: Side;

  @Property({ type: 'text' })
  contributorId: string;

  /** The person. */
  @Property({ type: 'text' })
  subject: string;

  @Property({ type: 'text' })
  organisation: string;

  @Field(() => Day, {
    nullable: true,
    description: 'The day it was to be binding from, where the approver stated one.',
  })
  @Property({ type: 'date', nullable: true })
  effectiveOn: string | null;

  @Field(() => [FinancialYear], {
    nullable: true,
    description:
      'The financial years for which the accounting officer confirmed that the money is there; null for the mission.',
  })
  @Property({ type: 'array', nullable: true })
  coverYears: string[] | null;

  @Field(() => DateTime, { name: 'approvedAt', description: 'When.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;
}
