import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../../kernel/context.js';
import type { Row } from '../../kernel/database.js';
import { grouped, type Loader } from '../../kernel/loader.js';
import { Money } from '../../kernel/money.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import { Account } from './account.js';
import { movedUntil } from './moved.js';
import { cutKey, type StatementCut } from './statement.js';

@ObjectType({
  description:
    'One account in a trial balance. The debits of all lines add up to their credits. Source: the postings of the ledger.',
})
export class TrialBalanceLine {
  @Field(() => Account, {
    nullable: true,
    description:
      'The account. Null in the last line of a trial balance of one control total: what was switched to and from others.',
  })
  account: Account | null;

  @Field(() => Money, { description: 'What the account holds: the sum of its postings where that is above zero.' })
  debit: Money;

  @Field(() => Money, {
    description: 'What was taken from it beyond what it held: the sum below zero, without its sign.',
  })
  credit: Money;

  constructor(account: Account | null, minor: bigint, currency: string) {
    this.account = account;
    this.debit = new Money(minor > 0n ? minor : 0n, currency);
    this.credit = new Money(minor < 0n ? -minor : 0n, currency);
  }
}

export interface TrialBalanceAsked {
  pool: { id: string; currency: string };
  cut: StatementCut;
}

/** Trial balances of many pools: one SQL statement for all that are cut alike. */
export const trialBalances: Loader<TrialBalanceAsked, TrialBalanceLine[]> = {
  cacheKey: ({ pool, cut }) => pool.id + cutKey(cut),
  async batch(asked, context) {
    const found = new Map<TrialBalanceAsked, TrialBalanceLine[]>();
    const cuts = [...new Set(asked.map(({ cut }) => cutKey(cut)))];
    for (const alike of grouped(cuts, asked, ({ cut }) => cutKey(cut))) {
      const poolIds = alike.map(({ pool }) => pool.id);
      const rows = await read(context, poolIds, alike[0]!.cut);
      for (const [place, lines] of grouped(poolIds, rows, (row) => row.pool_id).entries()) {
        found.set(alike[place]!, linesOf(context, alike[place]!.pool.currency, lines));
      }
    }
    return asked.map((each) => found.get(each)!);
  },
};

interface Moved extends Row {
  pool_id: string;
  moved: string;
}

function linesOf(context: Context, currency: string, rows: Moved[]): TrialBalanceLine[] {
  const accountOf = nounOfRow(context.orm.em, Account);
  const lines = rows.map((row) => new TrialBalanceLine(accountOf(row), BigInt(row.moved), currency));
  const net = rows.reduce((sum, { moved }) => sum + BigInt(moved), 0n);
  return net === 0n ? lines : [...lines, new TrialBalanceLine(null, -net, currency)];
}

const order = `order by pool_id, account.financial_year, account.control_total, account.kind`;

function read(context: Context, poolIds: string[], cut: StatementCut): Promise<Moved[]> {
  const { effectiveOn, financialYear, controlTotal } = cut;
  if (effectiveOn === null && context.knownAt === null) {
    return context.rows<Moved>(
      `select account.*, sum(moved.amount)::text as moved
         from account join account_movement as moved on moved.account_id = account.id
        where pool_id = any(?::text[]) and moved.financial_year = coalesce(?, moved.financial_year)
          and control_total = coalesce(?, control_total)
        group by account.id ${order}`,
      [poolIds, financialYear, controlTotal],
    );
  }
  const moved = movedUntil(context, poolIds, cut);
  return context.rows<Moved>(
    `select account.*, moved.change::text as moved
       from (select account_id, sum(change) as change from ${moved.sql} as each group by 1 having sum(postings) > 0) as moved
       join account on account.id = moved.account_id and control_total = coalesce(?, control_total)
      ${order}`,
    [...moved.params, controlTotal],
  );
}
