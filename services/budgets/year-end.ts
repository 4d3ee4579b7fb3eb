import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { Contribution } from './contribution.js';
import { AccountKind } from './ledger/account.js';
import { depositing, TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import { Cover } from './ledger/cover.js';
import { Organisation } from './organisation.js';
import type { PooledBudget } from './pooled-budget.js';
import { splitByShares } from './shares.js';
import { type Stakes, stakesOf } from './stakes.js';
import { carryOverCap, countsIn } from './year-turn.js';

@ObjectType({ description: 'The part of one contribution in what is returned.' })
export class YearEndShare {
  @Field(() => Contribution, { nullable: true, description: 'The contribution.' })
  contribution: Contribution;

  @Field(() => Organisation, { nullable: true, description: 'Who brought it.' })
  contributor: Organisation;

  @Field(() => Money, { description: 'Its part, exact to the penny.' })
  amount: Money;
}

@ObjectType({
  description:
    'What is left of one financial year in one control total, and what can become of it. Always: unspent = unallocated + available + reserved + with recipients; unallocated + available = may be carried over + will lapse. Source: the ledger.',
})
export class YearEndLine {
  @Field(() => ControlTotal, { description: 'The control total; never added up with another one.' })
  controlTotal: ControlTotal;

  @Field(() => Money, { description: 'What came in for the year and no recipient has shown as spent.' })
  unspent: Money;

  @Field(() => Money, { description: 'Of it: not set aside.' })
  unallocated: Money;

  @Field(() => Money, { description: 'Of it: set aside and not asked for by recipients.' })
  available: Money;

  @Field(() => Money, { description: 'Of it: drawdowns approved and not paid.' })
  reserved: Money;

  @Field(() => Money, { description: 'Of it: paid to recipients, expenditure not yet shown.' })
  withRecipients: Money;

  @Field(() => Money, { description: 'Carried over into the next year already.' })
  carriedOver: Money;

  @Field(() => Money, {
    description:
      'What carryOver takes: not set aside since the last day of the year, within the cap of the pool; zero once it was carried over.',
  })
  mayBeCarriedOver: Money;

  @Field(() => Money, {
    description:
      'The rest of what is not set aside, and what is set aside and not asked for: it lapses if nothing is done.',
  })
  willLapse: Money;

  @Field(() => [YearEndShare], {
    description:
      'Whose share it is, by contribution, if what may be carried over and what will lapse is returned instead.',
  })
  shares: YearEndShare[];
}

export interface YearEndAsked {
  pool: PooledBudget;
  financialYear: string;
}

interface YearEndRow {
  pool_id: string;
  financial_year: string;
  control_total: ControlTotal;
  account: AccountKind;
  /** Null where the row is of one day after the end of the year. */
  cause: TransferKind | null;
  day: string | null;
  amount: string;
}

/** The year ends of many pools: three SQL statements for all of a request. */
export const yearEnds: Loader<YearEndAsked, YearEndLine[]> = {
  cacheKey: ({ pool, financialYear }) => `${pool.id} ${financialYear}`,
  async batch(asked, context) {
    const rows = await read(context, asked);
    const poolIds = [...new Set(asked.map(({ pool }) => pool.id))];
    const knownAt = context.knownAt?.toISOString() ?? 'infinity';
    const stakes = await stakesOf((sql, params) => context.rows(sql, params), poolIds, knownAt);
    const keys = asked.map(({ pool, financialYear }) => `${pool.id} ${financialYear}`);
    return grouped(keys, rows, (row) => `${row.pool_id} ${row.financial_year}`).map((found, place) => {
      const { pool, financialYear } = asked[place]!;
      if (!pool.annual || !countsIn(pool, financialYear)) return [];
      return pool.controlTotals.map((controlTotal) => {
        const ofTotal = found.filter(({ control_total }) => control_total === controlTotal);
        return lineOf({ pool, financialYear }, controlTotal, ofTotal, stakes.get(pool.id)!);
      });
    });
  },
};

function lineOf(
  { pool, financialYear }: YearEndAsked,
  controlTotal: ControlTotal,
  rows: readonly YearEndRow[],
  stakes: Stakes,
): YearEndLine {
  const sum = (account: AccountKind, causes?: readonly TransferKind[]) =>
    rows
      .filter((row) => row.account === account && row.cause !== null && (causes?.includes(row.cause) ?? true))
      .reduce((total, { amount }) => total + BigInt(amount), 0n);
  const money = (minor: bigint) => new Money(minor, pool.currency);
  const { UNALLOCATED, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, CARRIED_FORWARD } = AccountKind;
  const [unallocated, available] = [sum(UNALLOCATED), sum(ALLOCATION_AVAILABLE)];
  const [reserved, withRecipients] = [sum(ALLOCATION_RESERVED), sum(WITH_RECIPIENT)];
  const carriedOver = sum(CARRIED_FORWARD, [TransferKind.CARRY_OUT]);
  const cap = carryOverCap(pool, sum(UNALLOCATED, [...depositing, TransferKind.CARRY_IN]));
  const left = carriedOver > 0n ? 0n : leftSinceYearEnd(unallocated, rows);
  const mayBeCarriedOver = cap !== null && cap < left ? cap : left;
  const atStake = splitByShares(unallocated + available, stakes.at(financialYear, controlTotal));
  return Object.assign(new YearEndLine(), {
    controlTotal,
    unspent: money(unallocated + available + reserved + withRecipients),
    ...{ unallocated: money(unallocated), available: money(available) },
    ...{ reserved: money(reserved), withRecipients: money(withRecipients), carriedOver: money(carriedOver) },
    mayBeCarriedOver: money(mayBeCarriedOver),
    willLapse: money(unallocated - mayBeCarriedOver + available),
    shares: [...atStake].flatMap(([id, minor]) =>
      minor === 0n
        ? []
        : Object.assign(new YearEndShare(), {
            contribution: Object.assign(new Contribution(), { id }),
            contributor: Object.assign(new Organisation(), { id: stakes.contributorOf(id) }),
            amount: money(minor),
          }),
    ),
  });
}

/** A carry-over takes effect on the last day of the year: what came back only after it is not there to be carried. */
function leftSinceYearEnd(unallocated: bigint, rows: readonly YearEndRow[]): bigint {
  const later = rows.filter(({ day }) => day !== null);
  const days = later.map(({ day, amount }) => ({ place: '', day: day!, change: BigInt(amount) }));
  return new Cover([['', unallocated]], days).available('', '');
}

/** Sums by kind of account and transfer; and, after the end of the year, what changed day by day in what is not set aside. */
function read(context: Context, asked: readonly YearEndAsked[]): Promise<YearEndRow[]> {
  const params = [asked.map(({ pool }) => pool.id), asked.map(({ financialYear }) => financialYear)];
  const place = 'asked.pool_id, asked.financial_year';
  const these = 'asked as (select distinct * from unnest(?::text[], ?::text[]) as asked (pool_id, financial_year))';
  if (context.knownAt) {
    return context.rows<YearEndRow>(
      `with ${these}, line as (
         select ${place}, account.control_total, account.kind as account, transfer.kind as cause, effective_on, posting.amount
           from asked join transfer on transfer.pool_id = asked.pool_id and transfer.financial_year = asked.financial_year
           join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
          where account.financial_year = asked.financial_year and recorded_at <= ?)
       select pool_id, financial_year, control_total, account, cause, null::date as day, sum(amount)::text as amount
         from line group by 1, 2, 3, 4, 5
       union all select pool_id, financial_year, control_total, account, null, effective_on, sum(amount)::text
         from line where account = 'UNALLOCATED' and effective_on > financial_year_end(financial_year) group by 1, 2, 3, 4, 6`,
      [...params, context.knownAt.toISOString()],
    );
  }
  const ofPlace = 'account.pool_id = asked.pool_id and account.financial_year = asked.financial_year';
  return context.rows<YearEndRow>(
    `with ${these}
     select ${place}, control_total, account.kind as account, moved.kind as cause, null::date as day, amount::text
       from asked join account on ${ofPlace} join account_movement as moved on moved.account_id = account.id
     union all select ${place}, control_total, account.kind, null, day, sum(change)::text
       from asked join account on ${ofPlace} join account_day on account_day.account_id = account.id
      where account.kind = 'UNALLOCATED' and day > financial_year_end(asked.financial_year) group by 1, 2, 3, 4, 6`,
    params,
  );
}
