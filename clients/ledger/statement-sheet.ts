import type { Budget, Statement } from './read-ledger.js';

export interface StatementLine {
  word: string;
  amount: string | null;
}

/** A statement as a table: what it is of in every row, so that a row says the same wherever it is pasted. */
export interface StatementSheet {
  columns: readonly string[];
  texts: [budget: string, name: string, knownAt: string];
  currency: string;
  lines: StatementLine[];
}

export function statementSheet(budget: Budget, statement: Statement, knownAt: string): StatementSheet {
  return {
    columns: ['budget', 'name', 'known_at', 'word', 'amount', 'currency'],
    texts: [budget.id, budget.name, knownAt],
    currency: budget.currency,
    lines: Object.entries(statement).map(([word, found]) => ({ word, amount: found?.amount ?? null })),
  };
}
