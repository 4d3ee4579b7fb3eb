/**
 * How transfers of the hub read in the IATI standard 2.03, codelist TransactionType
 * (https://iatistandard.org/en/iati-standard/203/codelists/transactiontype/). A mapping, not what the hub keeps.
 *
 * Each kind counts on certain accounts only, so that the values of a journal add up to what IATI would be told: what is
 * taken back (a reversal, a refund, a lapse, a virement out) is the same type below zero, as IATI asks for. Code 7,
 * Reimbursement, is money that a recipient had laid out before; the hub has no such transfer. What only moves inside the
 * pool (reservations, releases, matches, switches, carry-over) is no transaction in IATI.
 */
export const iatiNames: Record<string, string> = {
  1: 'Incoming Funds',
  2: 'Outgoing Commitment',
  3: 'Disbursement',
  4: 'Expenditure',
};

interface Mapping {
  code: string;
  accounts: readonly string[];
  /** True: the value is the amount of the posting with its sign turned round. */
  turned?: boolean;
}

const mappings: Record<string, Mapping> = {
  DEPOSIT: { code: '1', accounts: ['UNALLOCATED', 'SUSPENSE'] },
  RETURN: { code: '1', accounts: ['RETURNED'], turned: true },
  ALLOCATION: { code: '2', accounts: ['ALLOCATION_AVAILABLE'] },
  VIREMENT: { code: '2', accounts: ['ALLOCATION_AVAILABLE'] },
  LAPSE: { code: '2', accounts: ['ALLOCATION_AVAILABLE'] },
  PAYMENT: { code: '3', accounts: ['WITH_RECIPIENT'] },
  REFUND: { code: '3', accounts: ['WITH_RECIPIENT'] },
  EXPENDITURE: { code: '4', accounts: ['SPENT'] },
};

/** The IATI type and value of a posting; null where it is none. Amounts are decimal strings. */
export function iatiOf(kind: string, account: string, amount: string): { code: string; value: string } | null {
  const mapping = mappings[kind];
  if (!mapping?.accounts.includes(account)) return null;
  return { code: mapping.code, value: mapping.turned ? turned(amount) : amount };
}

const turned = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
