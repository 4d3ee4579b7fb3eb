import { createHash } from 'node:crypto';

// A second implementation of what services/budgets/ledger/seal/content.ts computes, on purpose: what verifies the ledger
// shares no code with what writes it. A test holds that both agree.

/** Canonical JSON (RFC 8785) of a value that holds no numbers: keys sorted, no white space. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`);
  return `{${parts.join(',')}}`;
}

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The hash that a transfer has after the one before it. */
export const chainHash = (previousHash: string, transfer: unknown): string =>
  sha256(previousHash + sha256(canonical(transfer)));

/** What stands before the first hash. */
export const noHash = '0'.repeat(64);
