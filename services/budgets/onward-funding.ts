import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { CurrencyCode, Money } from '../kernel/money.js';
import { ControlTotal } from './ledger/control-total.js';

@ObjectType({
  description:
    'What was paid into all pools of all missions, in one currency and control total, each pound counted once.',
})
export class OverMissionsTotal {
  @Field(() => CurrencyCode, { description: 'The currency; never added up with another one.' })
  currency: string;

  @Field(() => ControlTotal, { description: 'The control total; never added up with another one.' })
  controlTotal: ControlTotal;

  @Field(() => Money, { description: 'The sum of what was deposited into pools, as their statements say.' })
  deposited: Money;

  @Field(() => Money, {
    description:
      'Of it: money that came out of another pool, as its contributor states, at most what that pool paid to it. It is in the sum above twice.',
  })
  netted: Money;

  @Field(() => Money, { description: 'Deposited less netted: each pound once.' })
  net: Money;
}

/** What came into pools, by currency and control total: as kept, or as known at the request's instant. */
const depositedIn = (context: Context) =>
  context.knownAt
    ? `select account.currency, account.control_total, sum(posting.amount) as deposited from transfer
         join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
        where transfer.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED' and recorded_at <= ? group by 1, 2`
    : `select account.currency, account.control_total, sum(moved.amount) as deposited from account
         join account_movement as moved on moved.account_id = account.id
        where moved.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED' and ?::text is not null group by 1, 2`;

// Of several contributions out of one allocation the first by id are netted, as far as what was paid reaches.
const totals = (context: Context) => `
  with passed as (
    select onward.allocation_id, onward.contribution_id, account.currency, account.control_total, sum(posting.amount) as amount
      from onward_funding as onward join transfer on transfer.contribution_id = onward.contribution_id
      join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
     where transfer.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED' and onward.recorded_at <= ? and transfer.recorded_at <= ?
     group by 1, 2, 3, 4),
  paid as (
    select transfer.allocation_id, sum(posting.amount) as amount from transfer
      join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
     where transfer.allocation_id in (select allocation_id from onward_funding) and transfer.recorded_at <= ?
       and account.kind in ('WITH_RECIPIENT', 'SPENT') group by 1),
  netted as (
    select passed.currency, passed.control_total, greatest(0, least(passed.amount, coalesce(paid.amount, 0) - coalesce(
        sum(passed.amount) over (partition by passed.allocation_id order by contribution_id, control_total
          rows between unbounded preceding and 1 preceding), 0))) as amount
      from passed left join paid using (allocation_id))
  select currency, control_total, deposited::text, coalesce((select sum(amount) from netted
      where netted.currency = deposits.currency and netted.control_total = deposits.control_total), 0)::text as netted
    from (${depositedIn(context)}) as deposits where deposited <> 0 order by 1, 2`;

type Row = Record<'currency' | 'control_total' | 'deposited' | 'netted', string>;

export async function totalsOverMissions(context: Context): Promise<OverMissionsTotal[]> {
  const instant = context.knownAt?.toISOString() ?? 'infinity';
  const rows = await context.rows<Row>(totals(context), [instant, instant, instant, instant]);
  return rows.map(({ currency, control_total, deposited, netted }) => ({
    ...{ currency, controlTotal: control_total as ControlTotal },
    deposited: new Money(BigInt(deposited), currency),
    netted: new Money(BigInt(netted), currency),
    net: new Money(BigInt(deposited) - BigInt(netted), currency),
  }));
}
