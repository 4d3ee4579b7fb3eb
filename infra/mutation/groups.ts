/** Rules that are changed together, and the tests that have to notice. */
export interface Group {
  name: string;
  rules: string[];
  tests: string[];
  /** Whether its tests ask PostgreSQL; without it a change is tried in half the time. */
  asksDatabase: boolean;
}

const inBudgets = (...names: string[]) => names.map((name) => `services/budgets/${name}.ts`);

/** The rules of the ledger and of approvals. Few tests for each, because every change starts jest anew. */
export const groups: Group[] = [
  {
    name: 'ledger',
    rules: inBudgets('ledger/chart', 'ledger/draft', 'ledger/period', 'ledger/budget-statement', 'ledger/cover'),
    tests: inBudgets(
      ...['ledger/chart.test', 'ledger/draft.test', 'ledger/period.test', 'ledger/budget-statement.test'],
      'ledger/cover.test',
    ),
    asksDatabase: false,
  },
  {
    name: 'shares',
    rules: inBudgets('shares', 'apportionment', 'year-turn'),
    tests: inBudgets('shares.test', 'apportionment.test', 'year-turn.test'),
    asksDatabase: false,
  },
  {
    name: 'deposits',
    rules: inBudgets('deposit-rules', 'amount', 'verdict'),
    tests: inBudgets('deposit-rules.test', 'verdict.test'),
    asksDatabase: false,
  },
  {
    name: 'approvals',
    rules: inBudgets('allocation', 'virement', 'drawdown'),
    tests: inBudgets('approval-rules.test'),
    asksDatabase: false,
  },
  {
    name: 'limits',
    rules: inBudgets('approvals', 'delegated-limit', 'virement-limit', 'allocation-stage'),
    tests: inBudgets('limits-in-database.test'),
    asksDatabase: true,
  },
  {
    name: 'writing',
    rules: inBudgets('ledger/ledger'),
    tests: inBudgets('ledger-rules.test'),
    asksDatabase: true,
  },
];
