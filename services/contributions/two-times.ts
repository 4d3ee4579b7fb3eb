import { Entity, Property } from '@mikro-orm/core';
import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';

/** What a contributor's system may have published before the hub learnt it. */
@ObjectType()
@Entity({ abstract: true })
export abstract class TwoTimes {
  @Field(() => DateTime, { description: 'When the hub learnt it.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When its source says it had published it; null when it does not say.',
  })
  @Property({ type: 'datetime', length: 3, nullable: true })
  releasedAt: Date | null;
}
