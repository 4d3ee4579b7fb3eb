import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { IllegalTransition, Refused } from '../kernel/refusal.js';

export enum DecisionState {
  OPEN = 'OPEN',
  IN_PREPARATION = 'IN_PREPARATION',
  READY = 'READY',
  DECIDED = 'DECIDED',
  IMPLEMENTING = 'IMPLEMENTING',
  REVIEWED = 'REVIEWED',
  WITHDRAWN = 'WITHDRAWN',
  SUPERSEDED = 'SUPERSEDED',
}
registerEnumType(DecisionState, {
  name: 'DecisionState',
  description: 'Where a decision stands.',
  valuesConfig: {
    OPEN: { description: 'The question has been put.' },
    IN_PREPARATION: { description: 'Options are being worked out.' },
    READY: { description: 'It can be taken.' },
    DECIDED: { description: 'It was taken.' },
    IMPLEMENTING: { description: 'It is being carried out.' },
    REVIEWED: { description: 'Its effect was looked at.' },
    WITHDRAWN: { description: 'Dropped before it was taken.' },
    SUPERSEDED: { description: 'Replaced by a later one.' },
  },
});

const undecided = [DecisionState.OPEN, DecisionState.IN_PREPARATION, DecisionState.READY];

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'A question that somebody has to settle, and how it was settled. Source: the central mission unit.',
})
@Entity()
export class Decision {
  @Field(() => ID, { description: 'Its id, decision-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Field(() => String, { description: 'The question, in plain words.' })
  @Property({ type: 'text' })
  question: string;

  @Field(() => [String], { description: 'The options on the table; may be empty while they are worked out.' })
  @Property({ type: 'array' })
  options: string[];

  @Property({ type: 'text' })
  deciderId: string;

  @Field(() => DecisionState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: DecisionState;

  @Field(() => Day, { nullable: true, description: 'The day it is due; null when none was set.' })
  @Property({ type: 'date', nullable: true })
  dueOn: string | null;

  @Field(() => String, { nullable: true, description: 'What was chosen; null until decided.' })
  @Property({ type: 'text', nullable: true })
  chosen: string | null;

  @Field(() => String, { nullable: true, description: 'Why; null until decided.' })
  @Property({ type: 'text', nullable: true })
  rationale: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was decided; null until then.' })
  @Property({ type: 'datetime', length: 3, nullable: true })
  decidedAt: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it can be undone; null when nobody has said.' })
  @Property({ type: 'boolean', nullable: true })
  reversible: boolean | null;

  @Field(() => Day, { nullable: true, description: 'When it is to be looked at again; null when not set.' })
  @Property({ type: 'date', nullable: true })
  reviewOn: string | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  /** The evidence it was just settled with: a dry run leaves nothing behind to read it from. */
  pinned?: string[];

  /** Whether somebody can still wait on it. */
  isOpen(): boolean {
    return undecided.includes(this.state);
  }

  /** Settles the question. Refuses with ILLEGAL_TRANSITION when it was settled or dropped before. */
  settle(chosen: string, rationale: string, decidedAt: Date): void {
    if (!this.isOpen()) {
      throw new Refused([new IllegalTransition(`The decision "${this.question}"`, this.state, nextStates(this.state))]);
    }
    Object.assign(this, { state: DecisionState.DECIDED, chosen, rationale, decidedAt });
  }
}

function nextStates(state: DecisionState): DecisionState[] {
  if (state === DecisionState.DECIDED) return [DecisionState.IMPLEMENTING, DecisionState.SUPERSEDED];
  if (state === DecisionState.IMPLEMENTING) return [DecisionState.REVIEWED, DecisionState.SUPERSEDED];
  return [];
}
