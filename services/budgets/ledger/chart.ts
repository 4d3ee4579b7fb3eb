import { registerEnumType } from 'type-graphql';
import { AccountKind } from './account.js';

export enum TransferKind {
  DEPOSIT = 'DEPOSIT',
  MATCH = 'MATCH',
  ALLOCATION = 'ALLOCATION',
  RESERVATION = 'RESERVATION',
  PAYMENT = 'PAYMENT',
  EXPENDITURE = 'EXPENDITURE',
}
registerEnumType(TransferKind, {
  name: 'TransferKind',
  description: 'What a transfer does. A reversal has the kind of what it reverses.',
  valuesConfig: {
    DEPOSIT: { description: 'Money came in: matched to a commitment, the rest into suspense.' },
    MATCH: { description: 'Money in suspense was matched to a commitment.' },
    ALLOCATION: { description: 'Money was set aside for a recipient.' },
    RESERVATION: { description: 'A drawdown was approved: its money is reserved.' },
    PAYMENT: { description: 'A drawdown was paid, in whole or in part.' },
    EXPENDITURE: { description: 'A recipient showed what was spent.' },
  },
});

const { CONTRIBUTOR_SOURCE, SUSPENSE, UNALLOCATED, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT } =
  AccountKind;

/** Which kind of transfer moves what: pairs of the account kind it is taken from and the one it goes to. */
export const chart: Record<TransferKind, readonly (readonly [from: AccountKind, to: AccountKind])[]> = {
  [TransferKind.DEPOSIT]: [
    [CONTRIBUTOR_SOURCE, UNALLOCATED],
    [CONTRIBUTOR_SOURCE, SUSPENSE],
  ],
  [TransferKind.MATCH]: [[SUSPENSE, UNALLOCATED]],
  [TransferKind.ALLOCATION]: [[UNALLOCATED, ALLOCATION_AVAILABLE]],
  [TransferKind.RESERVATION]: [[ALLOCATION_AVAILABLE, ALLOCATION_RESERVED]],
  [TransferKind.PAYMENT]: [[ALLOCATION_RESERVED, WITH_RECIPIENT]],
  [TransferKind.EXPENDITURE]: [[WITH_RECIPIENT, SPENT]],
};

/** Within the pool's accounts, an allocation, a drawdown and an unmatched deposit each hold a part of their own. */
export const held = {
  allocationId: new Set([ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT]),
  drawdownId: new Set([ALLOCATION_RESERVED, WITH_RECIPIENT]),
  depositId: new Set([SUSPENSE]),
} as const;

/** Transfers by which money becomes a deposit: cash in the pool, matched to a commitment. */
export const depositing: readonly TransferKind[] = [TransferKind.DEPOSIT, TransferKind.MATCH];
