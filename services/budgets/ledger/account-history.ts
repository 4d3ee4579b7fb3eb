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
 * What each account held before the first line of its page. Its sums are taken whole, recorded day by recorded day, up to
 * the last day that no day before it overlaps, as ids follow time; from there on it is the lines, those of about a day.
 */
async function openings(context: Context, firsts: Posted[]): Promise<Map<string, bigint>> {
  const instant = context.knownAt ? [knownAt(context)] : [];
  const beforeCut = context.knownAt
    ? `and not exists (select from each_day as cut where cut.account_id = asked.account_id
        and cut.first_id < reached.first_id and cut.recorded_on >= (?::timestamptz at time zone 'UTC')::date)`
    : '';
  const ofKnown = context.knownAt ? 'join transfer on transfer.id = transfer_id and recorded_at <= ?' : '';
  const rows = await context.rows<{ account_id: string; opening: string }>(
    `with asked as (select * from unnest(?::text[], ?::text[]) as asked(account_id, before)),
     each_day as (
       select account_id, recorded_on, min(first_id) as first_id, max(last_id) as last_id, sum(change) as change
         from asked join account_day using (account_id) group by 1, 2),
     reached as (
       select *, sum(change) over before as held, max(last_id) over before as reached
         from each_day window before as (partition by account_id order by first_id rows between unbounded preceding and 1 preceding)),
     start as (
       select distinct on (account_id) asked.*, first_id, held from asked join reached using (account_id)
        where first_id <= before and (reached is null or reached < first_id)
          ${beforeCut}
        order by account_id, first_id desc)
     select account_id, (coalesce(held, 0) + coalesce(part.change, 0))::text as opening from start
       cross join lateral (
         select sum(amount) as change from posting ${ofKnown}
          where posting.account_id = start.account_id and transfer_id >= first_id and transfer_id < before) as part`,
    [firsts.map((row) => row.account_id), firsts.map((row) => row.id), ...instant, ...instant],
  );
  return new Map(rows.map((row) => [row.account_id, BigInt(row.opening)]));
}

const knownAt = (context: Context) => context.knownAt?.toISOString() ?? 'infinity';
