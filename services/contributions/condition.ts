import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';

export enum ConditionKind {
  POLICY = 'POLICY',
  PERFORMANCE = 'PERFORMANCE',
  FIDUCIARY = 'FIDUCIARY',
  STAGE_GATE = 'STAGE_GATE',
}
registerEnumType(ConditionKind, {
  name: 'ConditionKind',
  description: 'What a condition is about.',
  valuesConfig: {
    POLICY: { description: 'A policy is decided, kept or changed.' },
    PERFORMANCE: { description: 'Work is done, to the standard that was agreed.' },
    FIDUCIARY: { description: 'Money is handled and accounted for as agreed.' },
    STAGE_GATE: { description: 'A measure has reached a value; its published figure decides, not a person.' },
  },
});

export enum ConditionStatus {
  OPEN = 'OPEN',
  MET = 'MET',
  UNMET = 'UNMET',
}
registerEnumType(ConditionStatus, {
  name: 'ConditionStatus',
  description: 'Whether a condition is met.',
  valuesConfig: {
    OPEN: { description: 'Nobody has judged it yet.' },
    MET: { description: 'It is met.' },
    UNMET: { description: 'It is not met; either side may suspend the contribution.' },
  },
});

export enum Comparator {
  AT_LEAST = 'AT_LEAST',
  AT_MOST = 'AT_MOST',
  ABOVE = 'ABOVE',
  BELOW = 'BELOW',
}
registerEnumType(Comparator, {
  name: 'GateComparator',
  description: 'How the figure of a measure is held against the value of a stage gate.',
  valuesConfig: {
    AT_LEAST: { description: 'The figure is the value or more.' },
    AT_MOST: { description: 'The figure is the value or less.' },
    ABOVE: { description: 'The figure is more than the value.' },
    BELOW: { description: 'The figure is less than the value.' },
  },
});

/** A stage gate as it is kept and hashed: the measure by its id, the value as a decimal string. */
export interface KeptGate {
  measure: string;
  period: string;
  comparator: Comparator;
  value: string;
}

/** A condition as it is kept in a version of terms and hashed with it. */
export interface KeptCondition {
  id: string;
  kind: ConditionKind;
  test: string;
  precedent: boolean;
  gate: KeptGate | null;
}

@ObjectType({ description: 'The test of a stage gate: the headline figure of a measure, held against a value.' })
export class StageGate {
  /** The id of the measure. */
  measureId: string;

  @Field(() => String, { description: 'The period the figure is of, by its label, such as 2026-27 or 2026 Q4.' })
  period: string;

  @Field(() => Comparator, { description: 'How the figure is held against the value.' })
  comparator: Comparator;

  @Field(() => Decimal, { description: 'The value, in the unit of the measure.' })
  value: string;
}

@ObjectType({
  description:
    'A condition of a contribution, part of its terms. The same condition in a later version keeps what was judged of it.',
})
export class Condition {
  @Field(() => ID, { description: 'Names it among the conditions of its contribution; made from its content.' })
  id: string;

  @Field(() => ConditionKind, { description: 'What it is about.' })
  kind: ConditionKind;

  @Field(() => String, { description: 'The test in words.' })
  test: string;

  @Field(() => Boolean, { description: 'True when it must be met before the contribution becomes binding.' })
  precedent: boolean;

  @Field(() => StageGate, { nullable: true, description: 'The test of a stage gate; null for the other kinds.' })
  gate: StageGate | null;

  @Field(() => ConditionStatus, { description: 'Whether it is met, as last judged.' })
  status: ConditionStatus;

  @Field(() => String, { nullable: true, description: 'What the last judgement rests on; null while it is OPEN.' })
  evidence: string | null;

  @Field(() => Decimal, { nullable: true, description: 'The figure a stage gate was last judged by; null otherwise.' })
  figure: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The observation that figure stands in, in its vintage; null otherwise.',
  })
  observation: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last judged; null while it is OPEN.' })
  judgedAt: Date | null;

  /** The organisation that judged it last. */
  judgedBy: string | null;
}

/** Whether a figure passes a gate. Both are exact decimals. */
export function passes(figure: string, { comparator, value }: KeptGate): boolean {
  const order = compareDecimals(figure, value);
  const outcomes: Record<Comparator, boolean> = {
    [Comparator.AT_LEAST]: order >= 0,
    [Comparator.AT_MOST]: order <= 0,
    [Comparator.ABOVE]: order > 0,
    [Comparator.BELOW]: order < 0,
  };
  return outcomes[comparator];
}

function compareDecimals(one: string, other: string): number {
  const places = Math.max(...[one, other].map((each) => each.split('.')[1]?.length ?? 0));
  const [a, b] = [one, other].map((each) => {
    const [whole, fraction = ''] = each.split('.');
    return BigInt(whole + fraction.padEnd(places, '0'));
  });
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}
