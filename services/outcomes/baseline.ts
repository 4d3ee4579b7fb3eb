import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Released } from './released.js';

@ObjectType({ description: 'What a measure is compared with: one exact vintage of one figure.' })
@Entity()
export class Baseline extends Released {
  @PrimaryKey({ type: 'text' })
  measureId: string;

  @Field(() => Int, { description: 'Counts the baselines of this measure, from 1.' })
  @PrimaryKey({ type: 'integer' })
  revision: number;

  @Property({ type: 'uuid' })
  seriesId: string;

  @Property({ type: 'date' })
  periodStart: string;

  @Property({ type: 'integer' })
  vintage: number;

  @Field(() => String, { nullable: true, description: 'Why this one, where it was said.' })
  @Property({ type: 'text', nullable: true })
  note: string | null;
}
