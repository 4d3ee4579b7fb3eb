import { createHash } from 'node:crypto';

/** One line of a transfer as it is sealed. Amounts are decimal strings with all decimals of the currency. */
export interface SealedPosting {
  account: string;
  amount: string;
  controlTotal: string;
  financialYear: string | null;
  kind: string;
}

export interface Amount {
  amount: string;
  currency: string;
}

/** A transfer as it is sealed: everything that is recorded of it. Whatever is not there is null, never left out. */
export interface SealedTransfer {
  allocation: string | null;
  amount: string;
  approvedBy: string | null;
  consent: string | null;
  contribution: string | null;
  controlTotal: string;
  currency: string;
  deposit: string | null;
  drawdown: string | null;
  effectiveOn: string;
  exchange: { on: string; rate: string; realised: Amount | null; received: Amount } | null;
  financialYear: string;
  id: string;
  kind: string;
  period: string;
  pool: string;
  /** In the order of their accounts' ids. */
  postings: SealedPosting[];
  reason: string | null;
  /** ISO 8601 in UTC with milliseconds: 2026-03-31T23:59:59.000Z. */
  recordedAt: string;
  reference: string | null;
  requestedBy: string;
  reverses: string | null;
  virement: string | null;
}

/** The hash before the first: 64 zeros. */
export const beforeTheFirst = '0'.repeat(64);

/**
 * The canonical text of a transfer, for any program that wants to compute it too: canonical JSON (RFC 8785), that is
 * the keys of every object sorted, no white space, strings as ECMAScript writes them. It holds strings and nulls only.
 */
export const canonicalText = (transfer: SealedTransfer): string =>
  JSON.stringify({ ...transfer, postings: transfer.postings.toSorted(byAccount) }, sorted);

/** SHA-256 of the canonical text in UTF-8, hexadecimal. */
export const contentHash = (transfer: SealedTransfer): string => sha256(canonicalText(transfer));

/** The hash of a number in the chain: SHA-256 of the two hexadecimal hashes, one after the other. */
export const chainedHash = (previousHash: string, content: string): string => sha256(previousHash + content);

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

const byAccount = (a: SealedPosting, b: SealedPosting) => (a.account < b.account ? -1 : 1);

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
