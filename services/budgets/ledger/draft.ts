import type { AccountKind } from './account.js';
import type { TransferKind } from './chart.js';
import type { ControlTotal } from './control-total.js';

/** What the ledger needs to know of a pool. */
export interface PoolFacts {
  id: string;
  currency: string;
  /** True: its accounts are of one financial year each. */
  annual: boolean;
}

/** So much from one kind of account to another, in minor units above zero. */
export interface Move {
  from: AccountKind;
  to: AccountKind;
  minor: bigint;
}

/** A transfer that is asked for: everything the ledger does not add itself. */
export interface Draft {
  kind: TransferKind;
  pool: PoolFacts;
  effectiveOn: string;
  financialYear: string;
  controlTotal: ControlTotal;
  moves: Move[];
  requestedBy: string;
  approvedBy?: string | null;
  reason?: string | null;
  reference?: string | null;
  reversesId?: string;
  contributionId?: string | null;
  allocationId?: string | null;
  drawdownId?: string | null;
  /** Left out for a deposit itself. */
  depositId?: string | null;
  exchange?: { receivedMinor: bigint; receivedCurrency: string; rate: string; on: string } | null;
}

/** What the draft changes on each kind of account, in minor units. */
export function changesOf({ moves }: Draft): Map<AccountKind, bigint> {
  const changes = new Map<AccountKind, bigint>();
  for (const { from, to, minor } of moves) {
    changes.set(from, (changes.get(from) ?? 0n) - minor);
    changes.set(to, (changes.get(to) ?? 0n) + minor);
  }
  return changes;
}
