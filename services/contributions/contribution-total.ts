import { Field, Int, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { FinancialYear } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { CurrencyCode, Money } from '../kernel/money.js';
import { knownContributions } from './contribution.js';
import { ControlTotal, moneyKinds, Pooling } from './kinds.js';
import { ContributionState } from './states.js';
import { askEvery, demandAll } from './store.js';

@ObjectType({
  description:
    'Contributions of one mission that may be added up, added up. Each state is a total of its own: pledges are in no total but that of pledges.',
})
export class ContributionTotal {
  missionId: string;

  @Field(() => ContributionState, { description: 'The state they are all in.' })
  state: ContributionState;

  @Field(() => Pooling, { description: 'How they are all joined to the mission.' })
  pooling: Pooling;

  @Field(() => CurrencyCode, {
    nullable: true,
    description: 'The currency they are all in; null for what is not money.',
  })
  currency: string | null;

  @Field(() => FinancialYear, {
    nullable: true,
    description: 'The financial year the amounts fall into; null for what is not money.',
  })
  financialYear: string | null;

  @Field(() => ControlTotal, {
    nullable: true,
    description: 'The control total the amounts count against; null for what is not money.',
  })
  controlTotal: ControlTotal | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The sum of the amounts; null for what is not money, since units differ.',
  })
  total: Money | null;

  @Field(() => Int, {
    description: 'How many contributions have a part in it; one with several years or control totals is in several.',
  })
  count: number;
}

export interface Row {
  mission_id: string;
  state: ContributionState;
  pooling: Pooling;
  currency: string | null;
  financial_year: string | null;
  control_total: ControlTotal | null;
  total: string | null;
  count: number;
}

const notMoney = `kind not in (${moneyKinds.map((kind) => `'${kind}'`).join(', ')})`;
const none = 'null as currency, null as financial_year, null as control_total, null::numeric as total';

/** Of which missions, and under which id their sums stand: of some, each for itself, or of all together. */
const ofEach = { mission: 'mission_id', which: 'mission_id = any(?)' };
const ofAll = { mission: `''`, which: 'true' };

// Kept up to date by triggers, a few rows for each contributor however many contributions there are.
const runningTotals = (valid: string, { mission, which } = ofEach) => `
  select ${mission} as mission_id, state, pooling, currency, financial_year, control_total, sum(total) as total, sum(count)::integer as count
    from contribution_total where ${which} and ${valid} group by 1, 2, 3, 4, 5, 6 having sum(count) > 0
  union all select ${mission} as mission_id, state, pooling, ${none}, sum(count)::integer
    from contribution_count where ${which} and ${valid} and ${notMoney} group by 1, 2, 3 having sum(count) > 0`;

/** The same from the rows themselves, as known at an instant; what is not money has no amounts. */
const totalsOf = (contributions: string, valid: string, { mission, which } = ofEach) => `
  select ${mission} as mission_id, state, pooling, a.currency, a.financial_year, a.control_total, sum(a.amount) as total, count(*)::integer as count
    from (select * from ${contributions} where ${which} and state <> 'DRAFT' and ${valid}) as contribution
    left join contribution_amount a on a.contribution_id = contribution.id and a.number = contribution.number
    group by 1, 2, 3, 4, 5, 6`;

export const totalsByMission: Loader<string, ContributionTotal[]> = {
  async batch(ids, context) {
    const found = await askEvery(context, ({ at, valid }) =>
      at.knownAt
        ? at.rows<Row>(totalsOf(knownContributions(at), valid.sql), [ids, ...valid.params])
        : at.rows<Row>(runningTotals(valid.sql), [ids, ...valid.params, ids, ...valid.params]),
    );
    demandAll(found);
    return grouped(ids, added(found.answers.flat()).map(totalOf), ({ missionId }) => missionId);
  },
};

/** All missions together; each contribution names one mission, so that none is in a sum twice. */
export async function totalsOfAll(context: Context): Promise<ContributionTotal[]> {
  const found = await askEvery(context, ({ at, valid }) =>
    at.knownAt
      ? at.rows<Row>(totalsOf(knownContributions(at), valid.sql, ofAll), valid.params)
      : at.rows<Row>(runningTotals(valid.sql, ofAll), [...valid.params, ...valid.params]),
  );
  demandAll(found);
  return added(found.answers.flat()).map(totalOf);
}

const groupedBy = ['mission_id', 'state', 'pooling', 'currency', 'financial_year', 'control_total'] as const;
// After every letter, as PostgreSQL sorts what is not there.
const last = '\uffff';
const keyOf = (row: Row) => groupedBy.map((column) => row[column] ?? last).join('\0');

/** Adds up what several stores have of one kind; in the order of all that tells them apart. */
export function added(rows: Row[]): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    if (!sum) sums.set(key, { ...row });
    else {
      sum.count += row.count;
      if (sum.total !== null && row.total !== null) sum.total = (BigInt(sum.total) + BigInt(row.total)).toString();
    }
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

export const totalOf = (row: Row): ContributionTotal => ({
  missionId: row.mission_id,
  state: row.state,
  pooling: row.pooling,
  currency: row.currency,
  financialYear: row.financial_year,
  controlTotal: row.control_total,
  total: row.total === null || row.currency === null ? null : new Money(BigInt(row.total), row.currency),
  count: row.count,
});
