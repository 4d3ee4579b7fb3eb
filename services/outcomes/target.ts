import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Decimal } from '../kernel/money.js';
import { Released } from './released.js';

export enum TargetKind {
  POINT_BY_DATE = 'POINT_BY_DATE',
  FLOOR = 'FLOOR',
  CEILING = 'CEILING',
  CUMULATIVE_CAP = 'CUMULATIVE_CAP',
  RATE = 'RATE',
  RANGE = 'RANGE',
}
registerEnumType(TargetKind, {
  name: 'TargetKind',
  description: 'What kind of promise a target is.',
  valuesConfig: {
    POINT_BY_DATE: { description: 'The value is to be reached by the last day.' },
    FLOOR: { description: 'From the first day on it is never to be below the value.' },
    CEILING: { description: 'From the first day on it is never to be above the value.' },
    CUMULATIVE_CAP: { description: 'All periods from the first to the last day together are not to exceed the value.' },
    RATE: { description: 'It is to change by the value in a period until the last day.' },
    RANGE: { description: 'From the first day on it is to stay between the value and the upper value.' },
  },
});

@Directive('@key(fields: "id")')
@ObjectType({
  description: 'What was promised for a measure, in one of its revisions. Never changed: a newer one follows.',
})
@Entity()
export class Target extends Released {
  @Field(() => ID, { description: 'Stable readable id, the same in all revisions.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => Int, { description: 'Counts its revisions, from 1.' })
  @PrimaryKey({ type: 'integer' })
  revision: number;

  @Property({ type: 'text' })
  measureId: string;

  @Field(() => Int, { description: 'The version of the definition it was set for.' })
  @Property({ type: 'integer' })
  definition: number;

  @Field(() => TargetKind, { description: 'What kind of promise it is.' })
  @Property({ type: 'text' })
  kind: TargetKind;

  @Field(() => Decimal, { description: 'The value, in the unit of the definition; for RANGE its lower end.' })
  @Property({ type: 'text' })
  value: string;

  @Field(() => Decimal, { nullable: true, description: 'The upper end of a RANGE; null for other kinds.' })
  @Property({ type: 'text', nullable: true })
  upper: string | null;

  @Field(() => Day, { nullable: true, description: 'First day it holds for; null for one that is due on a day.' })
  @Property({ type: 'date', nullable: true })
  periodStart: string | null;

  @Field(() => Day, { nullable: true, description: 'Last day it holds for, or the day it is due; null: without end.' })
  @Property({ type: 'date', nullable: true })
  periodEnd: string | null;

  @Field(() => String, { nullable: true, description: 'The law or document that binds, where one does.' })
  @Property({ type: 'text', nullable: true })
  legalBasis: string | null;

  @Field(() => String, { description: 'Who set it.' })
  @Property({ type: 'text' })
  setBy: string;

  @Field(() => String, { nullable: true, description: 'Where it can be read, a web address.' })
  @Property({ type: 'text', nullable: true })
  sourceUrl: string | null;

  @Field(() => String, { nullable: true, description: 'Who checked it against what, in words.' })
  @Property({ type: 'text', nullable: true })
  verified: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What a reader must know, such as that the series is not the legal account; part of every ruling on it.',
  })
  @Property({ type: 'text', nullable: true })
  note: string | null;
}
