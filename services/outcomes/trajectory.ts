import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { Released } from './released.js';

@ObjectType({ description: 'What a trajectory expects of one period.' })
export class TrajectoryPoint {
  @Field(() => String, { description: 'The period by its label.' })
  period: string;

  @Field(() => Day, { description: 'First day of the period.' })
  periodStart: string;

  @Field(() => Decimal, { description: 'What is expected, in the unit of the definition.' })
  value: string;

  @Field(() => Decimal, { nullable: true, description: 'Lower end of the band that still counts as on course.' })
  low: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Upper end of that band.' })
  high: string | null;
}

/** The trajectory that is meant where none is named. */
export const main = 'main';

@ObjectType({
  description: 'The course a measure is expected to take to its end. Never changed: a newer version follows.',
})
@Entity()
export class Trajectory extends Released {
  @PrimaryKey({ type: 'text' })
  measureId: string;

  @Field(() => String, {
    description:
      'Which of the trajectories of its measure it is, each by another method; main is the one verdicts go by.',
  })
  @PrimaryKey({ type: 'text' })
  name: string;

  @Field(() => Int, { description: 'Counts the versions of this trajectory, from 1.' })
  @PrimaryKey({ type: 'integer' })
  version: number;

  @Field(() => Int, { description: 'The version of the definition it was made for.' })
  @Property({ type: 'integer' })
  definition: number;

  @Field(() => String, { description: 'How it was made.' })
  @Property({ type: 'text' })
  method: string;

  @Field(() => String, { description: 'Who made it.' })
  @Property({ type: 'text' })
  author: string;

  /** Its points as they were read with it, without their labels. */
  stated?: Omit<TrajectoryPoint, 'period'>[];

  /** The points it was just made with: a dry run leaves nothing behind to read them from. */
  madeWith?: TrajectoryPoint[];
}
