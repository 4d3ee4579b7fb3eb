import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';

export enum LearningCycleState {
  RUNNING = 'RUNNING',
  CLOSED = 'CLOSED',
}
registerEnumType(LearningCycleState, {
  name: 'LearningCycleState',
  description: 'Where a learning cycle stands.',
  valuesConfig: {
    RUNNING: { description: 'The change has been made; nobody has said yet what came of it.' },
    CLOSED: { description: 'What was observed and learned is written down, and what is done next.' },
  },
});

export enum NextStep {
  SCALE = 'SCALE',
  ADAPT = 'ADAPT',
  STOP = 'STOP',
  REPEAT = 'REPEAT',
}
registerEnumType(NextStep, {
  name: 'NextStep',
  description: 'What is done after a learning cycle.',
  valuesConfig: {
    SCALE: { description: 'The same in more places.' },
    ADAPT: { description: 'Something else, by what was learned.' },
    STOP: { description: 'It is given up.' },
    REPEAT: { description: 'The same again: it is not known well enough yet.' },
  },
});

export const longAboveDays = 31;
export const mostDays = 90;
const oneDay = 86_400_000;

/** How many days lie from one day to another, both of them counted. */
export const daysFrom = (first: string, last: string): number => (Date.parse(last) - Date.parse(first)) / oneDay + 1;

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'One change made to meet a challenge, in order to learn: what is expected of it, and then what was observed. Source: the central mission unit.',
})
@Entity()
export class LearningCycle {
  @Field(() => ID, { description: 'Its id, cycle-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  challengeId: string;

  @Field(() => String, { description: 'What is held to be so: if we do this, then that.' })
  @Property({ type: 'text' })
  hypothesis: string;

  @Field(() => String, { description: 'What is done otherwise than before.' })
  @Property({ type: 'text' })
  change: string;

  @Field(() => Day, { description: 'The day the change was made.' })
  @Property({ type: 'date' })
  startedOn: string;

  @Field(() => Day, { description: 'The last day of the cycle, as planned.' })
  @Property({ type: 'date' })
  endsOn: string;

  @Property({ type: 'text' })
  measureId: string;

  @Field(() => String, { description: 'The effect that is expected on the measure, in words.' })
  @Property({ type: 'text' })
  expected: string;

  @Field(() => Decimal, {
    nullable: true,
    description:
      'By how much the measure is expected to move, in its unit; below zero: downwards. Null where nobody said.',
  })
  @Property({ type: 'text', columnType: 'numeric', nullable: true })
  expectedChange: string | null;

  @Field(() => LearningCycleState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: LearningCycleState;

  @Field(() => Day, { nullable: true, description: 'The day it was closed on; null while it runs.' })
  @Property({ type: 'date', nullable: true })
  closedOn: string | null;

  @Field(() => String, { nullable: true, description: 'What was observed; null while it runs.' })
  @Property({ type: 'text', nullable: true })
  observed: string | null;

  @Field(() => String, { nullable: true, description: 'What was learned from it; null while it runs.' })
  @Property({ type: 'text', nullable: true })
  learned: string | null;

  @Field(() => NextStep, { nullable: true, description: 'What is done next; null while it runs.' })
  @Property({ type: 'text', nullable: true })
  next: NextStep | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Int, { description: 'How long it is planned to be, in days, the first and the last one counted.' })
  get lengthDays(): Opt<number> {
    return daysFrom(this.startedOn, this.endsOn);
  }

  @Field(() => String, {
    nullable: true,
    description: `A warning where it is longer than ${longAboveDays} days; null where it is not.`,
  })
  get warning(): string | null {
    if (this.lengthDays <= longAboveDays) return null;
    return `This cycle takes ${this.lengthDays} days; one learns more often within ${longAboveDays}.`;
  }

  /** Refuses with ILLEGAL_TRANSITION when it is closed, and with BAD_USER_INPUT a day before it started. */
  close(closedOn: string, said: { observed: string; learned: string; next: NextStep }): void {
    if (this.state === LearningCycleState.CLOSED)
      throw new Refused([new IllegalTransition('This learning cycle', this.state, [])]);
    if (closedOn < this.startedOn)
      refuse('BAD_USER_INPUT', `It started on ${this.startedOn}; it cannot have been closed before.`, ['closedOn']);
    Object.assign(this, { state: LearningCycleState.CLOSED, closedOn, ...said });
  }
}

/** Refuses with CYCLE_TOO_LONG, or BAD_USER_INPUT where it would end before it starts. */
export function checkLength(startedOn: string, endsOn: string): void {
  const days = daysFrom(startedOn, endsOn);
  if (days < 1) refuse('BAD_USER_INPUT', 'It would end before it starts.', ['endsOn']);
  if (days > mostDays)
    refuse('CYCLE_TOO_LONG', `It would take ${days} days; a cycle takes at most ${mostDays}: split it.`, ['endsOn']);
}
