import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';

export enum DiscrepancyKind {
  ALLOCATION_NOT_COVERED = 'ALLOCATION_NOT_COVERED',
  DEPOSIT_IN_SUSPENSE = 'DEPOSIT_IN_SUSPENSE',
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
  },
});

/** A row of the SQL that finds discrepancies; amounts are minor units as text. */
export interface DiscrepancyRow extends Record<string, unknown> {
  id: string;
  kind: DiscrepancyKind;
  pool_id: string;
  currency: string;
  control_total: ControlTotal;
  financial_year: string;
  until: string;
  asked_for: string | null;
  paid_in: string | null;
  uncovered: string | null;
  allocation_ids: string[];
  transfer_id: string | null;
  suspense: string | null;
}

@ObjectType({
  description:
    'Something in a pool that does not fit together. It is shown, never forced or dropped, until people settle it.',
})
export class Discrepancy {
  @Field(() => ID, { description: 'Names it as long as it exists; the same thing found again has the same id.' })
  readonly id: string;

  @Field(() => DiscrepancyKind, { description: 'What does not fit together.' })
  readonly kind: DiscrepancyKind;

  readonly poolId: string;
  readonly allocationIds: string[];
  readonly transferId: string | null;

  @Field(() => FinancialYear, { description: 'The financial year it is in.' })
  readonly financialYear: string;

  @Field(() => Day, { description: 'Allocations: the last day of that year. A deposit: the day it came.' })
  readonly until: string;

  @Field(() => ControlTotal, { description: 'The control total it is in.' })
  readonly controlTotal: ControlTotal;

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

  constructor(row: DiscrepancyRow) {
    const money = (minor: string | null) => (minor === null ? null : new Money(BigInt(minor), row.currency));
    this.id = row.id;
    this.kind = row.kind;
    this.poolId = row.pool_id;
    this.allocationIds = row.allocation_ids;
    this.transferId = row.transfer_id;
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
