import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { CurrencyCode, Decimal, Money, type MoneyInput } from '../kernel/money.js';
import type { KeptCondition } from './condition.js';
import { ControlTotal, Earmark, InstalmentStatus } from './kinds.js';
import { TwoTimes } from './two-times.js';

@ObjectType({ description: 'The part of a contribution that falls into one financial year and one control total.' })
@Entity()
export class ContributionAmount {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => FinancialYear, { description: 'The financial year.' })
  @PrimaryKey({ type: 'text' })
  financialYear: string;

  @Field(() => ControlTotal, { description: 'The control total.' })
  @PrimaryKey({ type: 'text' })
  controlTotal: ControlTotal;

  @Property({ type: new BigIntType('bigint'), fieldName: 'amount' })
  minor: bigint;

  @Property({ type: 'text' })
  currency: string;

  @Field(() => Money, { description: 'How much.' })
  get amount(): Money {
    return new Money(this.minor, this.currency);
  }
}

@ObjectType({
  description:
    'What was paid in another currency, as the source writes it; some sources write more decimals than the currency has.',
})
export class OriginalPayment {
  @Field(() => Decimal, { description: 'The amount in that currency.' })
  amount: string;

  @Field(() => CurrencyCode, { description: 'ISO 4217 code.' })
  currency: string;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Units of that currency for one unit of the currency of the contribution; null when not stated.',
  })
  rate: string | null;
}

@ObjectType({ description: 'One payment of a contribution, as its contributor states it.' })
export class ContributionInstalment {
  @Field(() => InstalmentStatus, { description: 'What the contributor says about it.' })
  status: InstalmentStatus;

  @Field(() => Day, { nullable: true, description: 'The day it is due; always there for DUE.' })
  dueOn: string | null;

  @Field(() => Day, { nullable: true, description: 'The day it was paid; always there for STATED_PAID.' })
  paidOn: string | null;

  @Field(() => Money, { description: 'How much, in the currency of the contribution.' })
  amount: Money;

  @Field(() => OriginalPayment, {
    nullable: true,
    description: 'What was paid in another currency; null when none is stated.',
  })
  original: OriginalPayment | null;
}

/** An instalment as it is kept and hashed: its amount as a decimal string. */
export interface KeptInstalment extends Omit<ContributionInstalment, 'amount'> {
  amount: MoneyInput;
}

/** An instalment with its place, by which its private reference is found. */
export interface PlacedInstalment extends ContributionInstalment {
  of: ContributionVersion;
  place: number;
}

@ObjectType({ description: 'Where the terms of a version come from.' })
export class ContributionProvenance {
  @Field(() => String, { description: 'The source, such as the name of a file or a system.' })
  source: string;

  @Field(() => String, { nullable: true, description: 'The row or rows in it.' })
  row: string | null;

  @Field(() => String, { nullable: true, description: 'What is written there, to the letter.' })
  original: string | null;
}

@ObjectType({
  description:
    'Terms of a contribution at one point of its negotiation. Never changed: other terms are another version.',
})
@Entity()
export class ContributionVersion extends TwoTimes {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => Int, {
    description: 'Counts the versions of a contribution from 1. Versions of a draft are not shown to others.',
  })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Property({ type: 'text' })
  contributorId: string;

  @Property({ type: 'text' })
  publicName: string;

  @Property({ type: 'text', nullable: true })
  budgetId: string | null;

  @Property({ type: new BigIntType('bigint'), fieldName: 'total', nullable: true })
  minor: bigint | null;

  @Property({ type: 'text', nullable: true })
  currency: string | null;

  @Field(() => Decimal, { nullable: true, description: 'How much of the unit; null for contributions in money.' })
  @Property({ type: 'text', nullable: true })
  quantity: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The unit of the quantity, such as full-time equivalents or tonnes.',
  })
  @Property({ type: 'text', nullable: true })
  unit: string | null;

  @Field(() => Earmark, { description: 'How far its use is bound.' })
  @Property({ type: 'text' })
  earmark: Earmark;

  @Property({ type: 'json' })
  instalments: KeptInstalment[];

  @Property({ type: 'json' })
  conditions: KeptCondition[];

  @Field(() => Day, {
    nullable: true,
    description:
      'The last day the offer stands, in London; the day after it a pledge or negotiation lapses. Null when it stands without end.',
  })
  @Property({ type: 'date', nullable: true })
  validUntil: string | null;

  @Field(() => String, { nullable: true, description: 'Why these terms; null when not said.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null;

  @Field(() => String, {
    description:
      'SHA-256 in hexadecimal of these terms as canonical JSON; what an acceptance or an approval binds. How it is made stands in the README of the service.',
  })
  @Property({ type: 'text' })
  hash: string;

  @Field(() => Money, {
    nullable: true,
    description: 'The sum of its amounts; null for contributions that are not money.',
  })
  get total(): Money | null {
    return this.minor === null ? null : new Money(this.minor, this.currency!);
  }
}
