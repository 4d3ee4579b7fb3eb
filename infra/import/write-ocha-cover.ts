import 'reflect-metadata';
import { toDecimal, toMinor } from '../../services/kernel/money.js';
import { fundCurrency } from './read-ocha-contributions.js';
import type { Work } from './write-batches.js';
import type { Uncovered } from './write-ocha-allocations.js';
import { hostPublisher, type Pool } from './write-ocha-funds.js';

interface Money {
  amount: string;
  currency: string;
}

interface Shortfalls {
  discrepancies: {
    nodes: { financialYear: string; until: string; missing: Money; uncovered: Money; uncoveredCount: number }[];
  };
}

// A fund has one for each year at most, so that one page holds all.
const read = `query Shortfalls($budget: ID!) {
  discrepancies(first: 100, filter: { budget: $budget, kind: ALLOCATION_NOT_COVERED }) {
    nodes { financialYear until missing { amount currency } uncovered { amount currency } uncoveredCount }
  }
}`;

/** Notes what the hub itself says is not covered, year by year and in all. Nothing was forced and nothing dropped. */
export async function noteShortfalls({ hub, report }: Work, uncovered: readonly Uncovered[]): Promise<void> {
  const pools = new Map<string, Pool>(uncovered.map(({ pool }) => [pool.id, pool]));
  let [count, minor] = [0, 0n];
  for (const { id: budget, fund } of pools.values()) {
    const variables = { budget };
    const question = { service: 'budgets', client: hostPublisher, document: read, variables } as const;
    const { discrepancies } = await hub.ask<Shortfalls>(question);
    for (const { until, missing, uncovered: sum, uncoveredCount } of discrepancies.nodes) {
      const short = `${missing.currency} ${missing.amount} more is allocated than was paid in`;
      const those = `${uncoveredCount} allocations of that year, ${sum.currency} ${sum.amount}, are not covered`;
      report.note(`${fund.name}: until ${until}, ${short}; ${those}.`);
      [count, minor] = [count + uncoveredCount, minor + toMinor(sum.amount, fundCurrency)];
    }
  }
  if (pools.size > 1) {
    const sum = `${fundCurrency} ${toDecimal(minor, fundCurrency)}`;
    report.note(`In ${pools.size} funds together, ${count} allocations, ${sum}, are not covered.`);
  }
}
