import { iatiNames, iatiOf } from './iati.js';
import type { Transfer } from './read-ledger.js';

/** What a column holds decides how a file writes it: only text can carry a formula into a spreadsheet. */
export type CellKind = 'text' | 'amount' | 'number';

export interface Column {
  name: string;
  kind: CellKind;
  of(transfer: Transfer, posting: Transfer['postings'][number]): string | number | null;
}

const text = (name: string, of: Column['of']): Column => ({ name, kind: 'text', of });
const money = (name: string, of: Column['of']): Column => ({ name, kind: 'amount', of });

const iati = (transfer: Transfer, { account, amount }: Transfer['postings'][number]) =>
  iatiOf(transfer.kind, account.kind, amount.amount);

/** The columns of the journal: one line per posting, with what its transfer says. */
export const journal: readonly Column[] = [
  { name: 'number', kind: 'number', of: ({ number }) => number },
  text('transfer', ({ id }) => id),
  text('kind', ({ kind }) => kind),
  text('reverses', ({ reverses }) => reverses?.id ?? null),
  text('effective_on', ({ effectiveOn }) => effectiveOn),
  text('recorded_at', ({ recordedAt }) => recordedAt),
  text('financial_year', ({ financialYear }) => financialYear),
  text('period', ({ period }) => period),
  text('account', (_transfer, { account }) => account.kind),
  text('account_control_total', (_transfer, { account }) => account.controlTotal),
  text('account_financial_year', (_transfer, { account }) => account.financialYear),
  money('amount', (_transfer, { amount }) => amount.amount),
  text('currency', ({ amount }) => amount.currency),
  text('iati_transaction_type', (transfer, posting) => iati(transfer, posting)?.code ?? null),
  text('iati_transaction_type_name', (transfer, posting) => iatiNames[iati(transfer, posting)?.code ?? ''] ?? null),
  money('iati_value', (transfer, posting) => iati(transfer, posting)?.value ?? null),
  text('contribution', ({ contribution }) => contribution?.id ?? null),
  text('allocation', ({ allocation }) => allocation?.id ?? null),
  text('drawdown', ({ drawdown }) => drawdown?.id ?? null),
  text('deposit', ({ deposit }) => deposit?.id ?? null),
  text('virement', ({ virement }) => virement?.id ?? null),
  text('reference', ({ reference }) => reference),
  text('reason', ({ reason }) => reason),
  text('consent', ({ consent }) => consent),
  money('received', ({ exchange }) => exchange?.received.amount ?? null),
  text('received_currency', ({ exchange }) => exchange?.received.currency ?? null),
  text('exchange_rate', ({ exchange }) => exchange?.rate ?? null),
  text('exchanged_on', ({ exchange }) => exchange?.on ?? null),
  money('realised', ({ exchange }) => exchange?.realised?.amount ?? null),
  text('requested_by', ({ requestedBy }) => requestedBy),
  text('approved_by', ({ approvedBy }) => approvedBy),
  text('account_id', (_transfer, { account }) => account.id),
  text('hash', ({ hash }) => hash),
];

/** The lines of a transfer in the journal, in the order of the columns. */
export const linesOf = (transfer: Transfer): (string | number | null)[][] =>
  transfer.postings.map((posting) => journal.map(({ of }) => of(transfer, posting)));
