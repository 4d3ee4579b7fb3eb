import { Field, ID, InputType } from 'type-graphql';
import { Day, FinancialYear } from '../kernel/dates.js';
import { Decimal, MoneyInput } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';

@InputType({ description: 'How money of another currency became money of the pool, as the source states it.' })
export class ExchangeInput {
  @Field(() => MoneyInput, { description: 'What was received, in its own currency; not that of the pool.' })
  received: MoneyInput;

  @Field(() => Decimal, { description: 'The rate as stated, above zero. It is kept, not applied.' })
  rate: string;

  @Field(() => Day, { description: 'The day the rate is of.' })
  on: string;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'What the bank credited, above zero, in the currency of the pool. Its difference from amount, which is at the agreed rate, is posted to FX_DIFFERENCE. Left out: no difference.',
  })
  realised?: MoneyInput | null;
}

// biome-ignore lint/suspicious/noExplicitAny: a mixin takes any constructor.
type Constructor = abstract new (...args: any[]) => object;

/** The fields of a deposit on top of another input: a single deed has an idempotency key of its own, a row has none. */
export function withDeposit<Base extends Constructor>(base: Base) {
  @InputType({ description: 'A deposit.' })
  abstract class Deposited extends base {
    @Field(() => ID, { description: 'The pool it came into.' })
    budget: string;

    @Field(() => ID, {
      nullable: true,
      description: 'The contribution the payer names. Left out, or not known here: the money goes to suspense.',
    })
    contribution?: string | null;

    @Field(() => MoneyInput, {
      description: 'How much came, above zero, in the currency of the pool; where exchanged, at the agreed rate.',
    })
    amount: MoneyInput;

    @Field(() => Day, { description: 'The day it came; not in the future, in London.' })
    effectiveOn: string;

    @Field(() => FinancialYear, {
      nullable: true,
      description: 'The financial year it belongs to; left out, the one that contains effectiveOn.',
    })
    financialYear?: string | null;

    @Field(() => ControlTotal, {
      nullable: true,
      description: 'The control total it counts against; may be left out where the pool has only one.',
    })
    controlTotal?: ControlTotal | null;

    @Field(() => String, {
      description:
        'What the receipt is called outside, 1 to 200 characters. It names one receipt of the pool for ever: the same again is not recorded twice.',
    })
    reference: string;

    @Field(() => ExchangeInput, { nullable: true, description: 'Where another currency was received.' })
    exchange?: ExchangeInput | null;
  }
  return Deposited;
}

class Row {}

@InputType({ description: 'One deposit of several.' })
export class DepositInput extends withDeposit(Row) {}
