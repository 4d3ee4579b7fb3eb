import type { Statement, Transfer } from './read-ledger.js';

/** Words of the statement that are the balance of one kind of account. */
const balances: Record<string, string> = {
  suspense: 'SUSPENSE',
  unallocated: 'UNALLOCATED',
  reserved: 'ALLOCATION_RESERVED',
  spent: 'SPENT',
  refundDue: 'REFUND_DUE',
  returned: 'RETURNED',
  lapsed: 'LAPSED',
};

/** Minor units of a decimal string that has all decimals of its currency. */
export const minorOf = (decimal: string): bigint => BigInt(decimal.replace('.', ''));

/** Adds up a journal by kind of account, to be compared with the statement of the same instant. */
export class JournalSums {
  private readonly sums = new Map<string, bigint>();

  add({ postings }: Transfer): void {
    for (const { account, amount } of postings)
      this.sums.set(account.kind, (this.sums.get(account.kind) ?? 0n) + minorOf(amount.amount));
  }

  /** The first word in which journal and statement differ; null when they agree. */
  differsFrom(statement: Statement): string | null {
    const found = Object.entries(balances).find(
      ([word, kind]) => minorOf(statement[word]?.amount ?? '0') !== (this.sums.get(kind) ?? 0n),
    );
    return found?.[0] ?? null;
  }
}
