import { GraphQLError } from 'graphql';
import { Directive, Field, ObjectType } from 'type-graphql';
import { CurrencyCode, Money, type MoneyInput } from '../kernel/money.js';
import { Refused, refuse, UserError } from '../kernel/refusal.js';

@Directive('@shareable')
@ObjectType({
  implements: UserError,
  description: 'CURRENCY_MISMATCH: an amount is in another currency than the one it would join.',
})
export class CurrencyMismatch extends UserError {
  @Field(() => CurrencyCode, { description: 'The currency that is expected.' })
  expected: string;

  constructor(given: string, expected: string, path: string[]) {
    super();
    const message = `This amount is in ${given}, but ${expected} is expected here; exchange it first.`;
    Object.assign(this, { code: 'CURRENCY_MISMATCH', message, path, expected });
  }
}

/** Minor units of an amount above zero (or of the least that is allowed) in the currency; refuses anything else. */
export function minorOf(amount: MoneyInput, currency: string, path: string[] = ['amount'], least = 1n): bigint {
  if (amount.currency !== currency) throw new Refused([new CurrencyMismatch(amount.currency, currency, path)]);
  try {
    const { minor } = Money.of(amount);
    if (minor >= least) return minor;
    return refuse('BAD_USER_INPUT', `The amount must be ${least > 0n ? 'above zero' : 'zero or above'}.`, path);
  } catch (error) {
    if (error instanceof GraphQLError) refuse('BAD_USER_INPUT', error.message, path);
    throw error;
  }
}
