import { BigIntType, Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { DateTime, Day, FinancialYear } from '../../kernel/dates.js';
import { Decimal, Money } from '../../kernel/money.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import { TransferKind } from './chart.js';
import { ControlTotal } from './control-total.js';
import type { Posting } from './posting.js';

@ObjectType({ description: 'How money of another currency became money of the pool, as the source states it.' })
export class Exchange {
  @Field(() => Money, { description: 'What was received, in its own currency.' })
  received: Money;

  @Field(() => Decimal, {
    description: 'The rate as stated; sources round it, so it does not reproduce the amounts exactly.',
  })
  rate: string;

  @Field(() => Day, { description: 'The day the rate is of.' })
  on: string;

  @Field(() => Money, {
    nullable: true,
    description:
      'What the bank credited, in the currency of the pool; its difference from the amount at the agreed rate is in FX_DIFFERENCE. Null where not stated.',
  })
  realised: Money | null;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'Money moved between accounts of one pool. Never changed or deleted: a mistake is corrected by a transfer that reverses it. Source: the ledger.',
})
@Entity()
export class Transfer {
  @Field(() => ID, { description: 'Its id, transfer-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Field(() => TransferKind, { description: 'What it does.' })
  @Property({ type: 'text' })
  kind: TransferKind;

  @Property({ type: 'text' })
  poolId: string;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: new BigIntType('bigint') })
  amountMinor: bigint;

  @Field(() => Day, { description: 'The day it took effect in the world.' })
  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => DateTime, { description: 'When the hub learnt it; As-Known-At cuts by this.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Opt<Date>;

  @Field(() => FinancialYear, { description: 'The financial year it belongs to, which need not contain effectiveOn.' })
  @Property({ type: 'text' })
  financialYear: string;

  @Field(() => String, {
    description:
      'The period of that year it is recorded in, P01 to P12: that of effectiveOn, or the first open one after it.',
  })
  @Property({ type: 'text' })
  period: string;

  @Field(() => ControlTotal, { description: 'The control total it counts against.' })
  @Property({ type: 'text' })
  controlTotal: ControlTotal;

  @Field(() => String, { nullable: true, description: 'Why, in words; always stated for a reversal.' })
  @Property({ type: 'text', nullable: true })
  reason: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it is called outside: a bank, voucher or source reference.',
  })
  @Property({ type: 'text', nullable: true })
  reference: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Who agreed, and how, that the money changes its control total or ring-fence; null otherwise.',
  })
  @Property({ type: 'text', nullable: true })
  consent: string | null;

  @Property({ type: 'text', nullable: true })
  virementId: string | null;

  @Property({ type: 'text', nullable: true })
  reversesId: string | null;

  @Property({ type: 'text' })
  requestedBy: string;

  @Property({ type: 'text', nullable: true })
  approvedBy: string | null;

  @Property({ type: 'text', nullable: true })
  contributionId: string | null;

  @Property({ type: 'text', nullable: true })
  allocationId: string | null;

  @Property({ type: 'text', nullable: true })
  drawdownId: string | null;

  /** For a deposit its own id; for what is matched from its suspense, the deposit's. */
  @Property({ type: 'text', nullable: true })
  depositId: string | null;

  @Property({ type: new BigIntType('bigint'), nullable: true })
  receivedMinor: bigint | null;

  @Property({ type: 'text', nullable: true })
  receivedCurrency: string | null;

  @Property({ type: 'text', nullable: true })
  exchangeRate: string | null;

  @Property({ type: 'date', nullable: true })
  exchangedOn: string | null;

  @Property({ type: new BigIntType('bigint'), nullable: true })
  realisedMinor: bigint | null;

  /** The lines just written, so that a dry run can show them; otherwise they are read. */
  @Property({ persist: false, type: 'json', nullable: true })
  written?: Posting[];

  /** A transfer with its lines, from the row that was just inserted. */
  static justWritten(em: EntityManager, row: object, postings: Posting[]): Transfer {
    return Object.assign(nounOfRow(em, Transfer)(row as never), { written: postings });
  }

  @Field(() => Money, { description: 'How much was moved in all: the sum of what its postings add.' })
  get amount(): Money {
    return new Money(this.amountMinor, this.currency);
  }

  @Field(() => Exchange, { nullable: true, description: 'Where another currency was received; null otherwise.' })
  get exchange(): Exchange | null {
    if (!this.receivedCurrency) return null;
    const received = new Money(this.receivedMinor!, this.receivedCurrency);
    const realised = this.realisedMinor === null ? null : new Money(this.realisedMinor, this.currency);
    return Object.assign(new Exchange(), { received, rate: this.exchangeRate!, on: this.exchangedOn!, realised });
  }
}
