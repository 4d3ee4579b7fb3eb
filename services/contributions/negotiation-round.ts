import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';
import { Side } from './kinds.js';

export enum RoundAnswer {
  COUNTER = 'COUNTER',
  ACCEPT = 'ACCEPT',
  DECLINE = 'DECLINE',
}
registerEnumType(RoundAnswer, {
  name: 'RoundAnswer',
  description: 'What a side does in a round.',
  valuesConfig: {
    COUNTER: { description: 'It offers these terms.' },
    ACCEPT: { description: 'It accepts the last terms of the other side.' },
    DECLINE: { description: 'It walks away.' },
  },
});

@ObjectType({ description: 'One turn of a negotiation. Seen by the two sides and auditors only; never changed.' })
@Entity()
export class NegotiationRound {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => Int, { description: 'Counts the rounds from 1.' })
  @PrimaryKey({ type: 'integer' })
  ordinal: number;

  @Field(() => Side, { name: 'from', description: 'Whose turn it was.' })
  @Property({ type: 'text' })
  side: Side;

  @Field(() => RoundAnswer, { description: 'What it did.' })
  @Property({ type: 'text' })
  answer: RoundAnswer;

  @Property({ type: 'integer' })
  number: number;

  @Field(() => String, { nullable: true, description: 'What it said; null when nothing.' })
  @Property({ type: 'text', nullable: true })
  message: string | null;

  @Field(() => [String], { description: 'What it wants answered.' })
  @Property({ type: 'array' })
  openQuestions: string[];

  @Property({ type: 'text' })
  byOrganisation: string;

  @Field(() => DateTime, { description: 'When.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;
}
