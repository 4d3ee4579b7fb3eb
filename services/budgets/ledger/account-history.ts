import { Field, ObjectType } from 'type-graphql';
import { connectionOf, type Page, type PageArgs, pageOf, readPages } from '../../kernel/connection.js';
import type { Context } from '../../kernel/context.js';
import type { Row } from '../../kernel/database.js';
import { DateTime, Day } from '../../kernel/dates.js';
import { grouped, type Loader } from '../../kernel/loader.js';
import { Money } from '../../kernel/money.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import type { Account } from './account.js';
import { Transfer } from './transfer.js';

@ObjectType({ description: 'One line in the history of an account: a posting, and what the account held after it.' })
export class AccountLine {
  @Field(() => Transfer, { description: 'The transfer that the posting belongs to.' })
  transfer: Transfer;

  @Field(() => Day, { description: 'The day it took effect in the world.' })
  effectiveOn: string;

  @Field(() => DateTime, { description: 'When the hub learnt it.' })
  recordedAt: Date;

  @Field(() => Money, { description: 'Above zero: added to the account; below zero: taken from it.' })
  amount: Money;

  @Field(() => Money, { description: 'The sum of this and all lines before it.' })
  balance: Money;
}

@ObjectType({
  description: 'A page of the history of an account, in the order the ledger recorded it: the newest last.',
})
export class AccountLineConnection extends connectionOf(AccountLine) {}

interface Asked {
  account: Account;
  args: PageArgs;
}

interface Posted extends Row {
  id: string;
  account_id: string;
  posted: string;
  after: bigint;
}

const alikeKey = ({ args }: Asked) => JSON.stringify([args.first, args.after ?? null]);

/** Pages of the histories of many accounts: one SQL statement for all that ask for the same page, one for what they begin with. */
export const accountHistories: Loader<Asked, Page<AccountLine>> = {
  cacheKey: (asked) => asked.account.id + alikeKey(asked),
  async batch(asked, context) {
    const found = new Map<Asked, Page<AccountLine>>();
    for (const alike of grouped([...new Set(asked.map(alikeKey))], asked, alikeKey)) {
      const pages = await readAlike(context, alike);
      for (const [place, page] of pages.entries()) found.set(alike[place]!, page);
    }
    return asked.map((each) => found.get(each)!);
  },
};

async function readAlike(context: Context, alike: Asked[]): Promise<Page<AccountLine>[]> {
  const { args } = alike[0]!;
  const ids = alike.map(({ account }) => account.id);
  const slices = await readPages<Posted>(context, ids, args, {
    // Line by line ("offset 0"): joined otherwise, every transfer before the page would be read.
    sql: `select transfer.*, posting.account_id, posting.transfer_id, posting.amount::text as posted
            from posting cross join lateral (
              select * from transfer where id = posting.transfer_id and recorded_at <= ? offset 0) as transfer
           where posting.account_id = parent.id`,
    params: [knownAt(context)],
    orderBy: ['transfer_id'],
  });
  const firsts = slices.flatMap(({ rows }) => rows.slice(0, 1));
  const opening = args.after ? await openings(context, firsts) : new Map<string, bigint>();
  const transferOf = nounOfRow(context.orm.em, Transfer);
  return slices.map((slice, place) => {
    const { id, currency } = alike[place]!.account;
    let balance = opening.get(id) ?? 0n;
    for (const row of slice.rows) row.after = balance += BigInt(row.posted);
    const lineOf = (row: Posted) => {
      const transfer = transferOf(row);
      const { effectiveOn, recordedAt } = transfer;
      const amount = new Money(BigInt(row.posted), currency);
      return Object.assign(new AccountLine(), {
        ...{ transfer, effectiveOn, recordedAt, amount, balance: new Money(row.after, currency) },
      });
    };
    return pageOf(slice, lineOf, async () => null);
  });
}

/**
 * What each account held before the first line of its page: the sums per day that end before it, and one by one the lines
 * of the days that it lies in, or that the instant cuts. As ids follow time, these are the lines of about a day.
 */
async function openings(context: Context, firsts: Posted[]): Promise<Map<string, bigint>> {
  const cut = context.knownAt ? [knownAt(context)] : [];
  const cutDay = `(?::timestamptz at time zone 'UTC')::date`;
  const isWhole = `last_id < asked.before ${cut.length > 0 ? `and recorded_on < ${cutDay}` : ''}`;
  const isPart = `first_id < asked.before and not (${isWhole}) ${cut.length > 0 ? `and recorded_on <= ${cutDay}` : ''}`;
  const rows = await context.rows<{ account_id: string; opening: string }>(
    `select asked.account_id, (whole.change + coalesce(part.change, 0))::text as opening
       from unnest(?::text[], ?::text[]) as asked(account_id, before)
       cross join lateral (
         select coalesce(sum(change) filter (where ${isWhole}), 0) as change, min(first_id) filter (where ${isPart}) as since
           from account_day where account_id = asked.account_id and first_id < asked.before) as whole
       cross join lateral (
         select sum(posting.amount) as change from posting
           cross join lateral (select * from transfer where id = posting.transfer_id offset 0) as transfer
           join account_day as day on day.account_id = posting.account_id and day.day = transfer.effective_on
            and day.recorded_on = (transfer.recorded_at at time zone 'UTC')::date and day.kind = transfer.kind
            and day.financial_year = transfer.financial_year
          where posting.account_id = asked.account_id and posting.transfer_id >= whole.since and posting.transfer_id < asked.before
            and ${isPart} ${cut.length > 0 ? 'and transfer.recorded_at <= ?' : ''}) as part`,
    [firsts.map((row) => row.account_id), firsts.map((row) => row.id), ...cut, ...cut, ...cut, ...cut, ...cut, ...cut],
  );
  return new Map(rows.map((row) => [row.account_id, BigInt(row.opening)]));
}

const knownAt = (context: Context) => context.knownAt?.toISOString() ?? 'infinity';
