import { registerEnumType } from 'type-graphql';
import { AccountKind } from './account.js';

export enum TransferKind {
  DEPOSIT = 'DEPOSIT',
  MATCH = 'MATCH',
  ALLOCATION = 'ALLOCATION',
  RESERVATION = 'RESERVATION',
  PAYMENT = 'PAYMENT',
  EXPENDITURE = 'EXPENDITURE',
  RELEASE = 'RELEASE',
  VIREMENT = 'VIREMENT',
  SWITCH = 'SWITCH',
  REFUND = 'REFUND',
  RETURN = 'RETURN',
  CARRY_OUT = 'CARRY_OUT',
  CARRY_IN = 'CARRY_IN',
  LAPSE = 'LAPSE',
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
    RELEASE: { description: 'A drawdown was voided or expired: what was still reserved is available again.' },
    VIREMENT: { description: 'Money of one allocation went back to the pool, or from the pool to another allocation.' },
    SWITCH: { description: 'Money moved to another control total, with a consent that is named.' },
    REFUND: { description: 'A recipient gave money back: to the pool, or to be returned to contributors.' },
    RETURN: { description: 'Money was given back to a contributor by its share.' },
    CARRY_OUT: { description: 'Unspent money left its financial year by an approved carry-over.' },
    CARRY_IN: { description: 'Money of the year before came into this financial year by an approved carry-over.' },
    LAPSE: { description: 'Authority expired unspent.' },
  },
});

const { CONTRIBUTOR_SOURCE, SUSPENSE, UNALLOCATED, ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT } =
  AccountKind;
const { REFUND_DUE, RETURNED, LAPSED, CARRIED_FORWARD, FX_DIFFERENCE } = AccountKind;

/** Which kind of transfer moves what: pairs of the account kind it is taken from and the one it goes to. */
export const chart: Record<TransferKind, readonly (readonly [from: AccountKind, to: AccountKind])[]> = {
  [TransferKind.DEPOSIT]: [
    [CONTRIBUTOR_SOURCE, UNALLOCATED],
    [CONTRIBUTOR_SOURCE, SUSPENSE],
    // What exchange gained against the agreed rate, and what it lost.
    [CONTRIBUTOR_SOURCE, FX_DIFFERENCE],
    [FX_DIFFERENCE, UNALLOCATED],
    [FX_DIFFERENCE, SUSPENSE],
  ],
  [TransferKind.MATCH]: [[SUSPENSE, UNALLOCATED]],
  [TransferKind.ALLOCATION]: [[UNALLOCATED, ALLOCATION_AVAILABLE]],
  [TransferKind.RESERVATION]: [[ALLOCATION_AVAILABLE, ALLOCATION_RESERVED]],
  [TransferKind.PAYMENT]: [[ALLOCATION_RESERVED, WITH_RECIPIENT]],
  [TransferKind.EXPENDITURE]: [[WITH_RECIPIENT, SPENT]],
  [TransferKind.RELEASE]: [[ALLOCATION_RESERVED, ALLOCATION_AVAILABLE]],
  [TransferKind.VIREMENT]: [
    [ALLOCATION_AVAILABLE, UNALLOCATED],
    [UNALLOCATED, ALLOCATION_AVAILABLE],
  ],
  [TransferKind.SWITCH]: [[UNALLOCATED, UNALLOCATED]],
  [TransferKind.REFUND]: [
    [WITH_RECIPIENT, UNALLOCATED],
    [WITH_RECIPIENT, REFUND_DUE],
  ],
  [TransferKind.RETURN]: [
    [REFUND_DUE, RETURNED],
    [UNALLOCATED, RETURNED],
  ],
  [TransferKind.CARRY_OUT]: [[UNALLOCATED, CARRIED_FORWARD]],
  [TransferKind.CARRY_IN]: [[CARRIED_FORWARD, UNALLOCATED]],
  [TransferKind.LAPSE]: [
    [UNALLOCATED, LAPSED],
    [ALLOCATION_AVAILABLE, LAPSED],
  ],
};

/** Within the pool's accounts, an allocation, a drawdown and an unmatched deposit each hold a part of their own. */
export const held = {
  allocationId: new Set([ALLOCATION_AVAILABLE, ALLOCATION_RESERVED, WITH_RECIPIENT, SPENT]),
  drawdownId: new Set([ALLOCATION_RESERVED, WITH_RECIPIENT]),
  depositId: new Set([SUSPENSE]),
} as const;

/** Transfers by which money becomes a deposit: cash in the pool, matched to a commitment. */
export const depositing: readonly TransferKind[] = [TransferKind.DEPOSIT, TransferKind.MATCH];
