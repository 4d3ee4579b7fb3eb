import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { FinancialYear } from '../../kernel/dates.js';
import { Money } from '../../kernel/money.js';
import { ControlTotal } from './control-total.js';

export enum AccountKind {
  CONTRIBUTOR_SOURCE = 'CONTRIBUTOR_SOURCE',
  SUSPENSE = 'SUSPENSE',
  UNALLOCATED = 'UNALLOCATED',
  ALLOCATION_AVAILABLE = 'ALLOCATION_AVAILABLE',
  ALLOCATION_RESERVED = 'ALLOCATION_RESERVED',
  WITH_RECIPIENT = 'WITH_RECIPIENT',
  SPENT = 'SPENT',
  REFUND_DUE = 'REFUND_DUE',
  RETURNED = 'RETURNED',
  LAPSED = 'LAPSED',
  CARRIED_FORWARD = 'CARRIED_FORWARD',
  FX_DIFFERENCE = 'FX_DIFFERENCE',
}
registerEnumType(AccountKind, {
  name: 'AccountKind',
  description: 'What an account of a pool holds.',
  valuesConfig: {
    CONTRIBUTOR_SOURCE: { description: 'Where money comes from; below zero by all that contributors paid in.' },
    SUSPENSE: { description: 'Receipts that no commitment explains; not yet money of the pool.' },
    UNALLOCATED: { description: 'Money of the pool that is not yet set aside.' },
    ALLOCATION_AVAILABLE: { description: 'Set aside for a recipient, not yet asked for.' },
    ALLOCATION_RESERVED: { description: 'Drawdowns approved and not yet paid.' },
    WITH_RECIPIENT: { description: 'Paid to a recipient, expenditure not yet shown.' },
    SPENT: { description: 'Expenditure that recipients have shown.' },
    REFUND_DUE: { description: 'Back from a recipient, owed to contributors.' },
    RETURNED: { description: 'Given back to contributors.' },
    LAPSED: { description: 'Authority that expired unspent.' },
    CARRIED_FORWARD: { description: 'Moved on to the next financial year.' },
    FX_DIFFERENCE: { description: 'What exchange gained or lost; may be below zero.' },
  },
});

/** The kinds that may be below zero; every other account is refused that, at the end of every day. */
export const belowZero: ReadonlySet<AccountKind> = new Set([AccountKind.CONTRIBUTOR_SOURCE, AccountKind.FX_DIFFERENCE]);

@ObjectType({
  description: 'One account of a pool: its balance is the sum of its postings. Opened by the first posting to it.',
})
@Entity()
export class Account {
  @Field(() => ID, { description: 'Its id, account-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  poolId: string;

  @Property({ type: 'text' })
  currency: string;

  @Field(() => FinancialYear, {
    nullable: true,
    description:
      'The year its authority belongs to; null in a pool whose authority does not expire at the end of a year.',
  })
  @Property({ type: 'text', nullable: true })
  financialYear: string | null;

  @Field(() => ControlTotal, { description: 'The control total its money counts against.' })
  @Property({ type: 'text' })
  controlTotal: ControlTotal;

  @Field(() => AccountKind, { description: 'What it holds.' })
  @Property({ type: 'text' })
  kind: AccountKind;

  /** Minor units, kept running by the database. */
  @Property({ type: new BigIntType('bigint'), fieldName: 'balance' })
  balanceMinor: bigint;

  /** The latest effective day of any posting to it. */
  @Property({ type: 'date', nullable: true })
  latestOn: string | null;

  get balance(): Money {
    return new Money(this.balanceMinor, this.currency);
  }
}
