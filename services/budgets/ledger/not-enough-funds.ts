import { Field, ObjectType } from 'type-graphql';
import { Money } from '../../kernel/money.js';
import { UserError } from '../../kernel/refusal.js';

@ObjectType({
  implements: UserError,
  description:
    'NOT_ENOUGH_FUNDS: an account, allocation, drawdown or deposit does not hold what would be taken from it.',
})
export class NotEnoughFunds extends UserError {
  @Field(() => Money, {
    description: 'The most that can be taken: from the effective day on, at the end of every day.',
  })
  available: Money;

  constructor(available: Money, day: string, path: string[] = ['amount']) {
    super();
    const message = `From ${day} on, only ${available.amount} ${available.currency} can be taken; ask for less, or wait until more has come.`;
    Object.assign(this, { code: 'NOT_ENOUGH_FUNDS', message, path, available });
  }
}
