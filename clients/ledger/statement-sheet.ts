import type { Budget, Statement, Statements } from './read-ledger.js';

export interface StatementLine {
  controlTotal: string;
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

/**
 * The whole pool first, as only it knows what is committed; then each control total by itself, where there are several.
 * What adds several up names them all, as in `CDEL + RDEL_PROGRAMME`: it is for orientation.
 */
export function statementSheet(budget: Budget, { whole, parts }: Statements, knownAt: string): StatementSheet {
  return {
    columns: ['budget', 'name', 'known_at', 'word', 'amount', 'currency', 'control_total'],
    texts: [budget.id, budget.name, knownAt],
    currency: budget.currency,
    lines: [
      ...linesOf(budget.controlTotals.join(' + '), whole),
      ...parts.flatMap(([controlTotal, statement]) => linesOf(controlTotal, statement)),
    ],
  };
}

const linesOf = (controlTotal: string, statement: Statement): StatementLine[] =>
  Object.entries(statement).map(([word, found]) => ({ controlTotal, word, amount: found?.amount ?? null }));
