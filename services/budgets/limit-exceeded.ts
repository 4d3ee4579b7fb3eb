import { Field, ObjectType } from 'type-graphql';
import { Money } from '../kernel/money.js';
import { UserError } from '../kernel/refusal.js';

@ObjectType({
  implements: UserError,
  description: 'LIMIT_EXCEEDED: it is more than the rules of the pool allow, or allow this person alone.',
})
export class LimitExceeded extends UserError {
  @Field(() => Money, { description: 'The most that is allowed.' })
  limit: Money;

  constructor(limit: Money, message: string, path: string[] = ['amount']) {
    super();
    Object.assign(this, { code: 'LIMIT_EXCEEDED', message, path, limit });
  }
}
