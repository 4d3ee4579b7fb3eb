import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';

export enum DiscrepancyKind {
  ALLOCATION_NOT_COVERED = 'ALLOCATION_NOT_COVERED',
  DEPOSIT_IN_SUSPENSE = 'DEPOSIT_IN_SUSPENSE',
  STATED_NOT_RECEIVED = 'STATED_NOT_RECEIVED',
  RECEIVED_NOT_STATED = 'RECEIVED_NOT_STATED',
  AMOUNT_DIFFERS = 'AMOUNT_DIFFERS',
}
registerEnumType(DiscrepancyKind, {
  name: 'DiscrepancyKind',
  description: 'What does not fit together.',
  valuesConfig: {
    ALLOCATION_NOT_COVERED: {
      description:
        'By the end of a year more was asked for with approval than had been paid in; the ledger set less aside.',
    },
    DEPOSIT_IN_SUSPENSE: { description: 'Money came in that no commitment explains.' },
    STATED_NOT_RECEIVED: { description: 'A contributor states to have paid; the ledger received nothing of it.' },
    RECEIVED_NOT_STATED: {
      description:
        'The ledger received something of a contribution of which its contributor states that nothing is paid.',
    },
    AMOUNT_DIFFERS: { description: 'A contributor states to have paid another sum than the ledger received.' },
  },
});

/** A row of the SQL that finds discrepancies; amounts are minor units as text. */
export interface DiscrepancyRow extends Record<string, unknown> {
  id: string;
  kind: DiscrepancyKind;
  pool_id: string;
  currency: string;
  control_total: ControlTotal | null;
  financial_year: string;
  until: string;
  since: string;
  size: string;
  asked_for: string | null;
  paid_in: string | null;
  uncovered: string | null;
  allocation_ids: string[];
  transfer_id: string | null;
  suspense: string | null;
  contribution_id: string | null;
  stated: string | null;
  received: string | null;
}

@ObjectType({
  description:
    'Something in a pool, or between a contributor and the ledger, that does not fit together. It is shown, never forced or dropped, until people settle it.',
})
export class Discrepancy {
  @Field(() => ID, { description: 'Names it as long as it exists; the same thing found again has the same id.' })
  readonly id: string;

  @Field(() => DiscrepancyKind, { description: 'What does not fit together.' })
  readonly kind: DiscrepancyKind;

  readonly poolId: string;
  readonly allocationIds: string[];
  readonly transferId: string | null;
  readonly contributionId: string | null;

  @Field(() => FinancialYear, { description: 'The financial year it is in; of a contribution: that of `since`.' })
  readonly financialYear: string;

  @Field(() => Day, {
    description: 'Allocations: the last day of that year. A deposit: the day it came. A contribution: as `since`.',
  })
  readonly until: string;

  @Field(() => Day, {
    description:
      'Since when it is there. Allocations and deposits: as `until`. A contribution: the day of the first payment, or receipt, that the other side does not have, both taken in the order of their days.',
  })
  readonly since: string;

  @Field(() => Int, {
    description:
      'Its age: days from `since` to today in London, or to the day of As-Known-At; below zero while a year runs.',
  })
  readonly ageDays: number;

  @Field(() => Money, {
    description: 'How much it is about: what is not covered, what is in suspense, or the difference without its sign.',
  })
  readonly amount: Money;

  @Field(() => ControlTotal, { nullable: true, description: 'The control total it is in; null of a contribution.' })
  readonly controlTotal: ControlTotal | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Allocations: all that was approved to the end of the year, what is not covered included; else null.',
  })
  readonly askedFor: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Allocations: all that was deposited to the end of the year; else null.',
  })
  readonly paidIn: Money | null;

  @Field(() => Money, {
    nullable: true,
    description:
      'Allocations: asked for less paid in; zero when money that came later in the year would have done. Else null.',
  })
  readonly missing: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Allocations: the sum of those of this year that are not covered; else null.',
  })
  readonly uncovered: Money | null;

  @Field(() => Int, { description: 'How many allocations of this year are not covered.' })
  readonly uncoveredCount: number;

  @Field(() => Money, { nullable: true, description: 'Deposit: what of it is in suspense; else null.' })
  readonly suspense: Money | null;

  @Field(() => Money, {
    nullable: true,
    description:
      'Contribution: what its contributor states to have paid; zero when it is gone from its source. Else null.',
  })
  readonly stated: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Contribution: what the ledger received, matched to it or in suspense under its name; else null.',
  })
  readonly received: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Contribution: stated less received; below zero when more was received than is stated. Else null.',
  })
  readonly difference: Money | null;

  constructor(row: DiscrepancyRow, today: string) {
    const money = (minor: string | null) => (minor === null ? null : new Money(BigInt(minor), row.currency));
    this.id = row.id;
    this.kind = row.kind;
    this.poolId = row.pool_id;
    this.allocationIds = row.allocation_ids;
    this.transferId = row.transfer_id;
    this.contributionId = row.contribution_id;
    this.since = row.since;
    this.ageDays = Math.round((Date.parse(today) - Date.parse(row.since)) / 86_400_000);
    this.amount = new Money(BigInt(row.size), row.currency);
    this.stated = money(row.stated);
    this.received = money(row.received);
    this.difference =
      this.stated && this.received ? new Money(this.stated.minor - this.received.minor, row.currency) : null;
    this.financialYear = row.financial_year;
    this.until = row.until;
    this.controlTotal = row.control_total;
    this.askedFor = money(row.asked_for);
    this.paidIn = money(row.paid_in);
    this.uncovered = money(row.uncovered);
    this.uncoveredCount = row.allocation_ids.length;
    this.suspense = money(row.suspense);
    const short = this.askedFor && this.paidIn && this.askedFor.minor - this.paidIn.minor;
    this.missing = short === null ? null : new Money(short > 0n ? short : 0n, row.currency);
  }
}
