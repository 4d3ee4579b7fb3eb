import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { type Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { CurrencyCode } from '../kernel/money.js';
import { BudgetState, PooledBudget } from './pooled-budget.js';

export enum PooledBudgetOrder {
  AS_OPENED = 'AS_OPENED',
  BY_NAME = 'BY_NAME',
}
registerEnumType(PooledBudgetOrder, {
  name: 'PooledBudgetOrder',
  description: 'How pooled budgets are listed.',
  valuesConfig: {
    AS_OPENED: { description: 'In the order they were opened.' },
    BY_NAME: { description: 'By their names, those of the same name as they were opened.' },
  },
});

const orders: Record<PooledBudgetOrder, string[]> = {
  [PooledBudgetOrder.AS_OPENED]: ['id'],
  [PooledBudgetOrder.BY_NAME]: ['name', 'id'],
};

@InputType({ description: 'Which pooled budgets; every field given must hold.' })
export class PooledBudgetFilter {
  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of this host.' })
  host?: string | null;

  @Field(() => BudgetState, { nullable: true, description: 'In this state.' })
  state?: BudgetState | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'In this currency.' })
  currency?: string | null;
}

/** A page of the pools that fit a filter; totalCount counts what fits, when somebody asks for it. */
export async function pooledBudgetPage(
  context: Context,
  args: PageArgs,
  filter: PooledBudgetFilter,
  orderBy: PooledBudgetOrder,
): Promise<Page<PooledBudget>> {
  const conditions: [condition: string, value: string | null | undefined][] = [
    ['mission_id = ?', filter.mission],
    ['host_id = ?', filter.host],
    ['state = ?', filter.state],
    ['currency = ?', filter.currency],
  ];
  const given = conditions.filter(([, value]) => value !== undefined && value !== null);
  const where = given.map(([condition]) => condition).join(' and ') || 'true';
  const from = `from ${context.known('pooled_budget')} where ${where}`;
  const params = given.map(([, value]) => value);
  const [page] = await readNounPages(context, PooledBudget, [''], args, {
    ...{ sql: `select * ${from}`, params, orderBy: orders[orderBy] },
    count: async () =>
      (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
  });
  return page!;
}
