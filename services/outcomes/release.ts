import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';

@ObjectType({
  description:
    'An announced release: all figures in it become public at the same instant. Never changed: it is moved, announced for more or called off by a newer revision.',
})
@Entity()
export class Release {
  @Field(() => ID, { description: 'Stable id, the same in all revisions.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => Int, {
    description: 'Counts its revisions, from 1; state it as expectedVersion to change it.',
  })
  @PrimaryKey({ type: 'integer' })
  revision: number;

  @Property({ type: 'text' })
  organisationId: string;

  @Field(() => String, { description: 'What is released, in a few words.' })
  @Property({ type: 'text' })
  title: string;

  @Field(() => DateTime, {
    description: 'When it becomes public, by the clock of the hub’s database; called off, when it was to.',
  })
  @Property({ type: 'datetime', length: 3 })
  scheduledAt: Date;

  @Property({ type: 'array' })
  measureIds: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Why it was moved, announced for more or called off; null for the first revision.',
  })
  @Property({ type: 'text', nullable: true })
  reason: string | null;

  @Property({ type: 'boolean', default: false })
  calledOff: Opt<boolean>;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was called off, after which it never comes; else null.',
  })
  get calledOffAt(): Opt<Date> | null {
    return this.calledOff ? this.recordedAt : null;
  }

  @Field(() => DateTime, { description: 'When this revision was announced; As-Known-At cuts here.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'statement_timestamp()' })
  recordedAt: Opt<Date>;
}
