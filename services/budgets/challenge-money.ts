import { Field, ObjectType } from 'type-graphql';
import { CurrencyCode, Money } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';

/** What is summed up, by the name of its field; the SQL is over one posting and its transfer. */
export const sums = {
  allocated: `account.kind = 'ALLOCATION_AVAILABLE' and transfer.kind = 'ALLOCATION'`,
  movedIn: `account.kind = 'ALLOCATION_AVAILABLE' and transfer.kind = 'VIREMENT' and posting.amount > 0`,
  movedOut: `account.kind = 'ALLOCATION_AVAILABLE' and transfer.kind = 'VIREMENT' and posting.amount < 0`,
  lapsed: `account.kind = 'ALLOCATION_AVAILABLE' and transfer.kind = 'LAPSE'`,
  drawnDown: `account.kind = 'WITH_RECIPIENT' and transfer.kind = 'PAYMENT'`,
  refunded: `account.kind = 'WITH_RECIPIENT' and transfer.kind = 'REFUND'`,
  spent: `account.kind = 'SPENT'`,
};
type Sum = keyof typeof sums;
const goesOut: ReadonlySet<string> = new Set<Sum>(['movedOut', 'lapsed', 'refunded']);

@ObjectType({
  description:
    'Money that moved in the allocations for one challenge, of one pool and control total; reversals are taken off. Never added up with that of another pool or control total. Source: the ledger.',
})
export class ChallengeMoney {
  @Field(() => CurrencyCode, { description: 'The currency of the pool.' })
  currency: string;

  @Field(() => ControlTotal, { description: 'The control total it counts against.' })
  controlTotal: ControlTotal;

  @Field(() => Money, { description: 'Set aside by approved allocations.' })
  allocated: Money;

  @Field(() => Money, { description: 'Moved in from other allocations.' })
  movedIn: Money;

  @Field(() => Money, { description: 'Moved out to other allocations.' })
  movedOut: Money;

  @Field(() => Money, { description: 'Authority that expired before it was drawn on.' })
  lapsed: Money;

  @Field(() => Money, { description: 'Paid to recipients.' })
  drawnDown: Money;

  @Field(() => Money, { description: 'Paid back by recipients.' })
  refunded: Money;

  @Field(() => Money, { description: 'Expenditure that recipients have shown, certified or not.' })
  spent: Money;

  poolId: string;
}

export interface ChallengeMoneyRow extends Record<Sum, string> {
  place: number;
  pool_id: string;
  currency: string;
  control_total: ControlTotal;
}

export function challengeMoneyOf(row: ChallengeMoneyRow): ChallengeMoney {
  const { pool_id: poolId, currency, control_total: controlTotal } = row;
  const amounts = (Object.keys(sums) as Sum[]).map((name) => {
    const minor = BigInt(row[name]);
    return [name, new Money(goesOut.has(name) ? -minor : minor, currency)];
  });
  return Object.assign(new ChallengeMoney(), { poolId, currency, controlTotal, ...Object.fromEntries(amounts) });
}
