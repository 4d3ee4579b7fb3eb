import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql';
import { type Page, PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day, FinancialYear } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { BadUserInput } from '../kernel/refusal.js';
import { TransferKind } from './ledger/chart.js';
import { momentsOf } from './ledger/moved.js';
import { Transfer } from './ledger/transfer.js';
import type { PooledBudget } from './pooled-budget.js';

export enum TransferOrder {
  RECORDED_LATEST_FIRST = 'RECORDED_LATEST_FIRST',
  RECORDED_EARLIEST_FIRST = 'RECORDED_EARLIEST_FIRST',
  EFFECTIVE_LATEST_FIRST = 'EFFECTIVE_LATEST_FIRST',
  EFFECTIVE_EARLIEST_FIRST = 'EFFECTIVE_EARLIEST_FIRST',
  LARGEST_FIRST = 'LARGEST_FIRST',
}
registerEnumType(TransferOrder, {
  name: 'TransferOrder',
  description: 'How transfers are listed.',
  valuesConfig: {
    RECORDED_LATEST_FIRST: { description: 'As the ledger recorded them, the latest first.' },
    RECORDED_EARLIEST_FIRST: { description: 'As the ledger recorded them, the earliest first.' },
    EFFECTIVE_LATEST_FIRST: { description: 'By the day they took effect, the latest first.' },
    EFFECTIVE_EARLIEST_FIRST: { description: 'By the day they took effect, the earliest first.' },
    LARGEST_FIRST: { description: 'By their amount, the largest first.' },
  },
});

const orders: Record<TransferOrder, { orderBy: string[]; descending: boolean }> = {
  [TransferOrder.RECORDED_LATEST_FIRST]: { orderBy: ['id'], descending: true },
  [TransferOrder.RECORDED_EARLIEST_FIRST]: { orderBy: ['id'], descending: false },
  [TransferOrder.EFFECTIVE_LATEST_FIRST]: { orderBy: ['effective_on', 'id'], descending: true },
  [TransferOrder.EFFECTIVE_EARLIEST_FIRST]: { orderBy: ['effective_on', 'id'], descending: false },
  [TransferOrder.LARGEST_FIRST]: { orderBy: ['amount_minor', 'id'], descending: true },
};

@InputType({ description: 'Which transfers of a pool; each field that is set narrows the list further.' })
export class TransferFilter {
  @Field(() => TransferKind, { nullable: true, description: 'Only of this kind, reversals of it included.' })
  kind?: TransferKind | null;

  @Field(() => Day, { nullable: true, description: 'Only what took effect on this day or later.' })
  effectiveFrom?: string | null;

  @Field(() => Day, { nullable: true, description: 'Only what took effect on this day or earlier.' })
  effectiveTo?: string | null;

  @Field(() => FinancialYear, { nullable: true, description: 'Only of this financial year.' })
  financialYear?: string | null;

  @Field(() => String, { nullable: true, description: 'Only recorded in this period of a year, P01 to P12.' })
  period?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only of this contribution.' })
  contribution?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only of this allocation.' })
  allocation?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only of this drawdown.' })
  drawdown?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Only of this amount or more, in the currency of the pool.' })
  minAmount?: MoneyInput | null;
}

@ArgsType()
export class TransferArgs extends PageArgs {
  @Field(() => TransferFilter, { nullable: true, description: 'Which transfers; left out, all.' })
  filter?: TransferFilter | null;

  @Field(() => TransferOrder, { defaultValue: TransferOrder.RECORDED_LATEST_FIRST, description: 'In which order.' })
  orderBy: TransferOrder;
}

interface Asked {
  pool: PooledBudget;
  args: TransferArgs;
}

const alikeKey = ({ args }: Asked) => JSON.stringify([args.first, args.after, args.orderBy, args.filter]);

/** Pages of transfers of many pools: one SQL statement for all that ask for the same page. */
export const transferLists: Loader<Asked, Page<Transfer>> = {
  cacheKey: (asked) => asked.pool.id + alikeKey(asked),
  async batch(asked, context) {
    const found = new Map<Asked, Page<Transfer>>();
    for (const alike of grouped([...new Set(asked.map(alikeKey))], asked, alikeKey)) {
      const { args } = alike[0]!;
      const poolIds = alike.map(({ pool }) => pool.id);
      for (const { pool } of alike) checkFilter(args.filter ?? {}, pool);
      const [where, params] = conditionsOf(args.filter ?? {}, context);
      const sql = `select * from transfer where pool_id = parent.id and ${where}`;
      const pages = await readNounPages(context, Transfer, poolIds, args, { sql, params, ...orders[args.orderBy] });
      for (const [place, page] of pages.entries()) found.set(alike[place]!, page);
    }
    return asked.map((each) => found.get(each)!);
  },
};

function checkFilter({ period, minAmount }: TransferFilter, { id, currency }: PooledBudget): void {
  if (period && !/^P(0[1-9]|1[0-2])$/.test(period)) throw new BadUserInput('A period is written P01 to P12.');
  if (minAmount && minAmount.currency !== currency)
    throw new BadUserInput(`Budget ${id} is in ${currency}; minAmount is in ${minAmount.currency}.`);
}

/**
 * Between which ids the transfers lie that took effect on these days and were known at this instant, by the sums per day and
 * those per hour of the instant's own day: a list in the order of recording is read from there on, not from the newest transfer.
 */
function boundsOf(
  { effectiveFrom, effectiveTo }: TransferFilter,
  context: Context,
): [where: string, params: unknown[]] {
  if (!effectiveFrom && !effectiveTo && !context.knownAt) return ['', []];
  const bound = (which: string, table: string) => `(select ${which}
     from account join ${table} on account_id = account.id
    where account.pool_id = parent.id and day >= ? and day <= ?`;
  const days = [effectiveFrom ?? '-infinity', effectiveTo ?? 'infinity'];
  const first = ` and id >= ${bound('min(first_id)', 'account_day')}`;
  const last = bound('max(last_id)', 'account_day');
  if (!context.knownAt) return [`${first}) and id <= ${last})`, [...days, ...days]];
  const { day, hour } = momentsOf(context.knownAt);
  const until = ` and id <= greatest(${last} and recorded_on < ?::date),
      ${bound('max(last_id)', 'account_hour')} and hour >= ? and hour <= ?))`;
  const params = [...days, day, ...days, day, hour];
  if (!effectiveFrom && !effectiveTo) return [until, params];
  return [`${first} and recorded_on <= ?::date)${until}`, [...days, day, ...params]];
}

function conditionsOf(filter: TransferFilter, context: Context): [where: string, params: unknown[]] {
  const conditions: [condition: string, value: unknown][] = [
    ['kind = ?', filter.kind],
    ['effective_on >= ?', filter.effectiveFrom],
    ['effective_on <= ?', filter.effectiveTo],
    ['financial_year = ?', filter.financialYear],
    ['period = ?', filter.period],
    ['contribution_id = ?', filter.contribution],
    ['allocation_id = ?', filter.allocation],
    ['drawdown_id = ?', filter.drawdown],
    ['amount_minor >= ?', filter.minAmount && Money.of(filter.minAmount).minor.toString()],
    ['recorded_at <= ?', context.knownAt?.toISOString() ?? 'infinity'],
  ];
  const asked = conditions.filter(([, value]) => value !== undefined && value !== null);
  const [bounds, params] = boundsOf(filter, context);
  return [
    asked.map(([condition]) => condition).join(' and ') + bounds,
    [...asked.map(([, value]) => value), ...params],
  ];
}
