import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Released } from './released.js';

export enum Verdict {
  AHEAD = 'AHEAD',
  ON = 'ON',
  BEHIND = 'BEHIND',
  NOT_DISTINGUISHABLE = 'NOT_DISTINGUISHABLE',
  NO_DATA = 'NO_DATA',
  NOT_COMPARABLE = 'NOT_COMPARABLE',
}
registerEnumType(Verdict, {
  name: 'Verdict',
  description: 'How a measure stands against what was promised.',
  valuesConfig: {
    AHEAD: { description: 'Better than expected.' },
    ON: { description: 'As expected, within the band or kept.' },
    BEHIND: { description: 'Worse than expected, or broken.' },
    NOT_DISTINGUISHABLE: { description: 'Too close to tell, given how exact the figure is.' },
    NO_DATA: { description: 'Something needed to judge is not there; the rule says what.' },
    NOT_COMPARABLE: { description: 'The series was broken between the figure and what it would be judged by.' },
  },
});

/** A verdict with its reason. */
export interface Ruling {
  verdict: Verdict;
  rule: string;
}

@ObjectType({ description: 'How a measure stands, computed when it is read, by a rule that is stated.' })
export class Assessment implements Ruling {
  @Field(() => Verdict, { description: 'The verdict.' })
  verdict: Verdict;

  @Field(() => String, { description: 'The rule by which it was found, in one or two sentences with the numbers.' })
  rule: string;

  /** Whose judgement may stand beside it; null for the verdict on a single target. */
  measureId: string | null;

  /** The version of a trajectory by which it was found; null where another promise, or none, was looked at. */
  path: { name: string; version: number } | null;
}

@ObjectType({ description: 'What a person judged, beside the computed verdict and never in its place.' })
@Entity()
export class Judgement extends Released {
  @PrimaryKey({ type: 'text' })
  measureId: string;

  @Field(() => Int, { description: 'Counts the judgements of this measure, from 1.' })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => Verdict, { description: 'The verdict of this person.' })
  @Property({ type: 'text' })
  verdict: Verdict;

  @Field(() => String, { description: 'Who judged.' })
  @Property({ type: 'text' })
  name: string;

  @Field(() => String, { description: 'Why.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => String, {
    nullable: true,
    description: 'The newest period when it was judged; null: there was no figure.',
  })
  @Property({ type: 'text', nullable: true })
  period: string | null;

  @Field(() => Int, { nullable: true, description: 'The vintage of that figure; compare both with latest.' })
  @Property({ type: 'integer', nullable: true })
  vintage: number | null;
}
