import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Decimal } from '../kernel/money.js';
import { Target } from './target.js';

export enum Reach {
  REACHED = 'REACHED',
  TOWARDS = 'TOWARDS',
  AWAY = 'AWAY',
  STILL = 'STILL',
  UNKNOWN = 'UNKNOWN',
}
registerEnumType(Reach, {
  name: 'Reach',
  description: 'Whether a target is reached at the pace of the newest figures.',
  valuesConfig: {
    REACHED: { description: 'The newest figure meets it already; for a rate, the pace does.' },
    TOWARDS: { description: 'The line moves towards it; reachedIn says when, where that is within a hundred years.' },
    AWAY: { description: 'The line moves away from it.' },
    STILL: { description: 'Given how the figures scatter, no movement can be told from none.' },
    UNKNOWN: { description: 'There is no line, no target, or none that the line may be held against.' },
  },
});

@ObjectType({
  description:
    'Where the newest figures of the whole lead if they go on as they did: a straight line by least squares. It is no verdict and never takes the place of one. The line goes through the figures of at most the newest 24 months, 12 quarters or 10 years, never across a break; figures that are missing are left out, seasons and the intervals of single figures are not counted.',
})
export class Projection {
  @Field(() => String, { description: 'The method with its numbers in words, or why there is no line.' })
  rule: string;

  @Field(() => Target, {
    nullable: true,
    description: 'The target it looks at; null when none is set that a line can be held against.',
  })
  target: Target | null;

  @Field(() => Int, { description: 'How many figures the line goes through, at least 5; 0 when there is no line.' })
  figureCount: number;

  @Field(() => String, { nullable: true, description: 'The period of the first of them; null when there is no line.' })
  from: string | null;

  @Field(() => String, { nullable: true, description: 'The period of the last of them; null when there is no line.' })
  until: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'How much it changes from one period to the next, in the unit of the definition; null without a line.',
  })
  changePerPeriod: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The period of the target’s last day; null when it has none, or when that day is not ahead.',
  })
  period: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'What the line gives for that period, in the unit of the definition; null when the rule says why not.',
  })
  expected: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Lower end of the prediction interval of that figure.' })
  low: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Upper end of the prediction interval of that figure.' })
  high: string | null;

  @Field(() => Decimal, { nullable: true, description: 'How sure the interval is, in percent: 95.' })
  confidenceLevel: string | null;

  @Field(() => Reach, { description: 'Whether the target is reached at this pace.' })
  reach: Reach;

  @Field(() => String, {
    nullable: true,
    description: 'The period in which the line first meets the target; null unless it moves towards it.',
  })
  reachedIn: string | null;
}
