import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, Int, ObjectType } from 'type-graphql';
import { Day } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { TwoTimes } from './two-times.js';

/** A payment as it is kept; its private reference stands apart. */
export interface KeptPayment {
  paidOn: string;
  /** Minor units, in decimal digits. */
  minor: string;
}

@ObjectType({ description: 'One payment, as its contributor states it.' })
export class StatedPayment {
  @Field(() => Day, { description: 'The day it was paid.' })
  paidOn: string;

  @Field(() => Money, { description: 'How much, in the currency of the contribution.' })
  amount: Money;

  of: PaymentStatement;
  place: number;
}

@ObjectType({
  description:
    'What a contributor stated at one time to have paid of a contribution: all of it, so that the last statement says it all. Never changed; another one follows. Source: the contributor.',
})
@Entity()
export class PaymentStatement extends TwoTimes {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  @Field(() => Int, { name: 'number', description: 'Counts the statements of a contribution, from 1.' })
  @PrimaryKey({ type: 'integer' })
  ordinal: number;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: new BigIntType('bigint'), fieldName: 'stated' })
  minor: bigint;

  @Property({ type: 'json' })
  payments: KeptPayment[];

  @Field(() => String, {
    nullable: true,
    description:
      'Why the contribution is gone: its source does not list it any more. It stays here, with nothing stated as paid. Null while it is listed.',
  })
  @Property({ type: 'text', nullable: true })
  goneBecause: string | null;

  @Property({ type: 'text' })
  byOrganisation: string;

  @Field(() => Money, { description: 'The sum of the payments.' })
  get total(): Money {
    return new Money(this.minor, this.currency);
  }
}
