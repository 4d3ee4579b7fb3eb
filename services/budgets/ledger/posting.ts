import { Field, ObjectType } from 'type-graphql';
import { Money } from '../../kernel/money.js';
import { Account } from './account.js';

@ObjectType({ description: 'One line of a transfer: what it adds to, or takes from, one account. Never changed.' })
export class Posting {
  @Field(() => Account, { description: 'The account; its balance is as of now or of the instant asked for.' })
  account: Account;

  @Field(() => Money, { description: 'Above zero: added to the account; below zero: taken from it. Never zero.' })
  amount: Money;

  constructor(account: Account, minor: bigint) {
    this.account = account;
    this.amount = new Money(minor, account.currency);
  }
}
