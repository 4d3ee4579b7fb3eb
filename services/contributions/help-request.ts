import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';

export enum HelpAnswerKind {
  YES = 'YES',
  NO = 'NO',
  COUNTER = 'COUNTER',
}
registerEnumType(HelpAnswerKind, {
  name: 'HelpAnswerKind',
  description: 'What an organisation answers to a request for help.',
  valuesConfig: {
    YES: { description: 'It helps as asked.' },
    NO: { description: 'It does not help.' },
    COUNTER: { description: 'It helps otherwise than asked.' },
  },
});

@ObjectType({
  description:
    'What a mission asks an organisation for. Source: the central mission unit. Seen by the two of them and auditors only.',
})
@Entity()
export class HelpRequest {
  @Field(() => ID, { description: 'Its id, <organisation>:help-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  /** The organisation that is asked. */
  @Property({ type: 'text' })
  contributorId: string;

  @Property({ type: 'text' })
  missionId: string;

  @Property({ type: 'text', nullable: true })
  challengeId: string | null;

  @Property({ type: 'text', nullable: true })
  leverId: string | null;

  @Field(() => String, { description: 'What it is asked for.' })
  @Property({ type: 'text' })
  question: string;

  @Field(() => Day, { nullable: true, description: 'By when an answer is needed; null when not said.' })
  @Property({ type: 'date', nullable: true })
  answerBy: string | null;

  @Property({ type: 'text' })
  bySubject: string;

  @Property({ type: 'text' })
  byOrganisation: string;

  @Field(() => DateTime, { name: 'askedAt', description: 'When it was asked.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}

@ObjectType({ description: 'What an organisation answered to a request for help. Never changed.' })
@Entity()
export class HelpAnswer {
  @PrimaryKey({ type: 'text' })
  helpRequestId: string;

  @Property({ type: 'text' })
  contributorId: string;

  @Field(() => HelpAnswerKind, { description: 'The answer.' })
  @Property({ type: 'text' })
  answer: HelpAnswerKind;

  @Field(() => String, { description: 'Why.' })
  @Property({ type: 'text' })
  reason: string;

  @Property({ type: 'text', nullable: true })
  contributionId: string | null;

  @Property({ type: 'text' })
  bySubject: string;

  @Field(() => DateTime, { name: 'answeredAt', description: 'When.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}
