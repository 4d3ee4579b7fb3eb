import { BigIntType, Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day, dayInLondon } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { IllegalTransition, Refused } from '../kernel/refusal.js';

export enum DependencyState {
  WAITING = 'WAITING',
  ESCALATED = 'ESCALATED',
  RESOLVED = 'RESOLVED',
  WORKED_AROUND = 'WORKED_AROUND',
  EXPIRED = 'EXPIRED',
}
registerEnumType(DependencyState, {
  name: 'DependencyState',
  description: 'Where a waiting stands.',
  valuesConfig: {
    WAITING: { description: 'Somebody waits.' },
    ESCALATED: { description: 'Taken to somebody who can end it.' },
    RESOLVED: { description: 'What was waited for has come.' },
    WORKED_AROUND: { description: 'Another way was found.' },
    EXPIRED: { description: 'It no longer matters.' },
  },
});

/** The states in which somebody still waits. */
export const waitingStates = [DependencyState.WAITING, DependencyState.ESCALATED];

const oneDay = 86_400_000;

@Directive('@key(fields: "id")')
@ObjectType({ description: 'Somebody waits on a decision, and money stands still. Source: whoever reported it.' })
@Entity()
export class Dependency {
  @Field(() => ID, { description: 'Its id, waiting-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Property({ type: 'text' })
  decisionId: string;

  @Property({ type: 'text' })
  waiterId: string;

  @Field(() => Day, { description: 'The day since which they wait.' })
  @Property({ type: 'date' })
  since: string;

  @Field(() => Day, { nullable: true, description: 'The day by which they need it; null when not stated.' })
  @Property({ type: 'date', nullable: true })
  neededBy: string | null;

  @Field(() => String, { description: 'Why they cannot go on without it.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => String, { nullable: true, description: 'What can be done meanwhile; null when nobody has said.' })
  @Property({ type: 'text', nullable: true })
  meanwhile: string | null;

  @Property({ type: new BigIntType('bigint'), nullable: true })
  blockedMinor: bigint | null;

  @Property({ type: 'text', nullable: true })
  blockedCurrency: string | null;

  @Field(() => DependencyState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: DependencyState;

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Money, {
    nullable: true,
    description: 'The money that stands still meanwhile, as reported; null when none or not known.',
  })
  get amountBlocked(): Money | null {
    return this.blockedMinor === null || this.blockedCurrency === null
      ? null
      : new Money(BigInt(this.blockedMinor), this.blockedCurrency);
  }

  /** Whole days from `since` until the day in London at the instant. */
  daysWaited(at: Date): number {
    return Math.round((Date.parse(dayInLondon(at)) - Date.parse(this.since)) / oneDay);
  }

  /** Ends the waiting. Refuses with ILLEGAL_TRANSITION when it has ended already. */
  end(state: DependencyState.RESOLVED | DependencyState.WORKED_AROUND | DependencyState.EXPIRED): void {
    if (!waitingStates.includes(this.state)) throw new Refused([new IllegalTransition('This waiting', this.state, [])]);
    this.state = state;
  }
}
