import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { UserError } from '../kernel/refusal.js';

@ObjectType({ description: 'A binding amount that is not expected any more. It stays visible.' })
@Entity({ tableName: 'write_off' })
export class ContributionWriteOff {
  @Field(() => ID, { description: 'Its id, write-off-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  contributionId: string;

  /** Of what the two sides approved; null for what was recorded before two approvals were needed. */
  @Property({ type: 'text', nullable: true })
  contentHash: string | null;

  @Property({ type: new BigIntType('bigint'), fieldName: 'amount' })
  minor: bigint;

  @Property({ type: 'text' })
  currency: string;

  @Field(() => String, { description: 'Why.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => Day, { description: 'From which day it is not expected any more.' })
  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => DateTime, { description: 'When the hub learnt it.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;

  @Field(() => Money, { description: 'How much.' })
  get amount(): Money {
    return new Money(this.minor, this.currency);
  }
}

@Directive('@shareable')
@ObjectType({
  implements: UserError,
  description: 'MORE_THAN_OUTSTANDING: no more can be written off than is outstanding.',
})
export class MoreThanOutstanding extends UserError {
  @Field(() => Money, { description: 'Committed less deposited less written off.' })
  outstanding: Money;

  constructor(outstanding: Money) {
    super();
    const message = `Only ${outstanding.amount} ${outstanding.currency} is outstanding; no more can be written off.`;
    Object.assign(this, { code: 'MORE_THAN_OUTSTANDING', message, path: ['amount'], outstanding });
  }
}
