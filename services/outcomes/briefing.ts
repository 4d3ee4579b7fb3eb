import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';
import type { KnownEvidence } from './briefing-evidence.js';
import { Released } from './released.js';

/** In the order in which a briefing goes through them, none left out; called off is it only before the second of them. */
export enum BriefingState {
  SCHEDULED = 'SCHEDULED',
  EVIDENCE_LOCKED = 'EVIDENCE_LOCKED',
  HELD = 'HELD',
  PUBLISHED = 'PUBLISHED',
  QUESTIONS_CLOSED = 'QUESTIONS_CLOSED',
  CALLED_OFF = 'CALLED_OFF',
}
registerEnumType(BriefingState, {
  name: 'BriefingState',
  description: 'Where a briefing stands. Each state is followed by the next one; SCHEDULED may be by CALLED_OFF too.',
  valuesConfig: {
    SCHEDULED: { description: 'Announced.' },
    EVIDENCE_LOCKED: { description: 'The evidence is pinned to exact vintages; not public yet.' },
    HELD: { description: 'It took place; nothing of it is public yet.' },
    PUBLISHED: { description: 'Public, and never changed from now on; questions are taken.' },
    QUESTIONS_CLOSED: { description: 'Every question is answered and no more are taken.' },
    CALLED_OFF: { description: 'It is not held; its step says why. Nothing follows.' },
  },
});

const order: BriefingState[] = Object.values(BriefingState).filter((state) => state !== BriefingState.CALLED_OFF);
export const stateNumbered = (number: number): BriefingState => order[number - 1]!;
export const numberOf = (state: BriefingState): number => order.indexOf(state) + 1;

/** The states that follow a state. */
export const statesAfter = (state: BriefingState): BriefingState[] => {
  if (state === BriefingState.CALLED_OFF) return [];
  const next = order.slice(numberOf(state), numberOf(state) + 1);
  return state === BriefingState.SCHEDULED ? [...next, BriefingState.CALLED_OFF] : next;
};

@ObjectType({ description: 'That a briefing came into a state. Never changed: the next one follows.' })
@Entity()
export class BriefingStep extends Released {
  @PrimaryKey({ type: 'text' })
  briefingId: string;

  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => BriefingState, { description: 'The state it came into.' })
  @Property({ type: 'text' })
  state: BriefingState;

  @Field(() => String, { nullable: true, description: 'Why it was called off; null for any other step.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null;

  /** What was said, where this is the publication. */
  @Property({ type: 'text', nullable: true })
  summary: string | null;
}

@ObjectType({
  description:
    'A regular account of a mission: the office that decides answers for its decisions in the light of the evidence it had. That it is to be held, when and about what is public; its evidence and text are once it is published, and never change then. Source: the central mission unit.',
})
@Entity()
export class Briefing extends Released {
  @Field(() => ID, { description: 'Its id, briefing-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Field(() => DateTime, { description: 'When it is, or was, to be held.' })
  @Property({ type: 'datetime', length: 3 })
  heldAt: Date;

  @Field(() => String, { description: 'The office that accounts for its decisions, such as "Secretary of State".' })
  @Property({ type: 'text' })
  decisionMaker: string;

  @Property({ type: 'array' })
  expertIds: string[];

  @Property({ type: 'array' })
  outcomeIds: string[];

  @Property({ type: 'array' })
  measureIds: string[];

  @Field(() => Boolean, { description: 'True when made up to show the hub; false when it is real.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  /** What a deed has just made of it: a dry run leaves nothing behind to read it from. */
  madeWith?: { steps: BriefingStep[]; evidence?: KnownEvidence[]; accounts?: DecisionAccount[] };
}

@ObjectType({ description: 'How a decision was accounted for in a briefing.' })
@Entity()
export class DecisionAccount {
  @PrimaryKey({ type: 'text' })
  briefingId: string;

  @PrimaryKey({ type: 'integer' })
  place: number;

  @Property({ type: 'text' })
  decisionId: string;

  @Field(() => String, { description: 'What was said for it.' })
  @Property({ type: 'text' })
  account: string;
}

@ObjectType({ description: 'The answer of the central mission unit to a question. Never changed.' })
@Entity()
export class BriefingAnswer extends Released {
  @PrimaryKey({ type: 'text' })
  questionId: string;

  @Property({ type: 'text' })
  briefingId: string;

  @Field(() => String, { description: 'The answer.' })
  @Property({ type: 'text' })
  text: string;
}

@ObjectType({ description: 'A question about a published briefing. Never changed, only answered.' })
@Entity()
export class BriefingQuestion extends Released {
  @Field(() => ID, { description: 'Its id, question-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  briefingId: string;

  @Field(() => String, { description: 'The question.' })
  @Property({ type: 'text' })
  text: string;

  @Property({ type: 'text' })
  organisationId: string;

  @Field(() => String, {
    nullable: true,
    description: 'For whom it was put, such as "a member of the public"; null: for the organisation itself.',
  })
  @Property({ type: 'text', nullable: true })
  askedFor: string | null;

  /** The answer just given: a dry run leaves nothing behind to read it from. */
  madeWith?: BriefingAnswer;
}

/** How far a briefing has come by its steps: how many there are. */
export const versionAfter = (steps: readonly BriefingStep[]): number => steps.at(-1)?.number ?? 0;
export const stateAfter = (steps: readonly BriefingStep[]): BriefingState =>
  steps.at(-1)?.state ?? BriefingState.SCHEDULED;
export const isPublished = (steps: readonly BriefingStep[]): boolean =>
  versionAfter(steps) >= numberOf(BriefingState.PUBLISHED);
