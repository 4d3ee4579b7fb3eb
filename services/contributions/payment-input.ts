import { Field, ID, InputType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { MoneyInput } from '../kernel/money.js';
import { Refused, refuse, type UserError } from '../kernel/refusal.js';
import { moneyAbove0, notInFuture } from './check-terms.js';
import type { KeptPayment } from './payment-statement.js';

@InputType({ description: 'One payment that was made.' })
export class StatedPaymentInput {
  @Field(() => MoneyInput, { description: 'How much, above zero, in the currency of the contribution.' })
  amount: MoneyInput;

  @Field(() => Day, { description: 'The day it was paid, not in the future.' })
  paidOn: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The payment reference, 1 to 200 characters, by which a receipt that names nobody can be found; shown only to the two sides and auditors.',
  })
  reference?: string | null;
}

@InputType({ description: 'What is stated of one contribution: all its payments so far, or that it is gone.' })
export class PaymentStatementInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => [StatedPaymentInput], {
    defaultValue: [],
    description: 'All payments so far, also those stated before; at most 100. Empty: nothing is paid.',
  })
  payments: StatedPaymentInput[];

  @Field(() => String, {
    nullable: true,
    description:
      'Why it is gone: its source does not list it any more; public, and without payments. One that is not binding yet is WITHDRAWN with it; of one that is, what arrived stays in the ledger until its host reverses it.',
  })
  goneBecause?: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When its publisher says it was first published, not in the future: As-Known-At counts it as known from then. Left out: from now.',
  })
  releasedAt?: Date | null;
}

/** A statement that makes sense by itself. */
export interface CheckedStatement {
  contribution: string;
  payments: KeptPayment[];
  references: (string | null)[];
  currencies: string[];
  goneBecause: string | null;
  releasedAt: Date | null;
}

const mostPayments = 100;

export function checkStatement(input: PaymentStatementInput): CheckedStatement | { refusal: UserError } {
  try {
    return checked(input);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refusal: error.userErrors[0]! };
  }
}

function checked({ contribution, payments, goneBecause = null, releasedAt = null }: PaymentStatementInput) {
  if (payments.length > mostPayments)
    refuse('BAD_USER_INPUT', `There are ${payments.length} payments; state at most ${mostPayments}.`, ['payments']);
  if (goneBecause !== null && (goneBecause.trim() === '' || payments.length > 0))
    refuse('BAD_USER_INPUT', 'What is gone has a reason and no payments.', ['goneBecause']);
  if (releasedAt && releasedAt > new Date())
    refuse('BAD_USER_INPUT', 'It was published in the future.', ['releasedAt']);
  const read = payments.map(({ amount, paidOn, reference }, place) => {
    const path = ['payments', String(place)];
    notInFuture(paidOn, [...path, 'paidOn']);
    if (typeof reference === 'string' && (reference.trim() === '' || reference.length > 200))
      refuse('BAD_USER_INPUT', 'A reference has 1 to 200 characters; leave it out where there is none.', path);
    const { minor, currency } = moneyAbove0(amount, [...path, 'amount']);
    return { kept: { paidOn, minor: minor.toString() }, reference: reference ?? null, currency };
  });
  return {
    ...{ contribution, goneBecause, releasedAt },
    payments: read.map(({ kept }) => kept),
    references: read.map(({ reference }) => reference),
    currencies: [...new Set(read.map(({ currency }) => currency))],
  };
}
