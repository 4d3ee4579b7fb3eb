import type { AccountKind } from './account.js';
import type { TransferKind } from './chart.js';
import type { ControlTotal } from './control-total.js';

/** What the ledger needs to know of a pool. */
export interface PoolFacts {
  id: string;
  currency: string;
  /** True: its accounts are of one financial year each. */
  annual: boolean;
  /** Such as `2025-26 P03`: nothing more is recorded there. */
  closedPeriods: string[];
  /** Refuses when nothing of this kind moves in the pool as it stands. */
  expectMoving(kind: TransferKind, isReversal: boolean): void;
  /** Refuses what would take effect before the pool begins. */
  expectStarted(effectiveOn: string, financialYear: string): void;
}

/** So much from one kind of account to another, in minor units above zero. */
export interface Move {
  from: AccountKind;
  to: AccountKind;
  minor: bigint;
}

/** How another currency became the pool's: at the agreed rate, and what the bank credited where that is known. */
export interface Exchanged {
  receivedMinor: bigint;
  receivedCurrency: string;
  rate: string;
  on: string;
  realisedMinor: bigint | null;
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
  virementId?: string | null;
  /** Who agreed that money changes its control total or ring-fence. */
  consent?: string | null;
  /** Left out for a deposit itself. */
  depositId?: string | null;
  exchange?: Exchanged | null;
  /** Where money is taken from, when that is another financial year or control total than the transfer's own. */
  takenFrom?: { financialYear?: string; controlTotal?: ControlTotal };
}

/** What a draft changes on one account. */
export interface Change {
  kind: AccountKind;
  financialYear: string | null;
  controlTotal: ControlTotal;
  minor: bigint;
}

/** What the draft changes on each account, by the account's key. */
export function changesOf(draft: Draft): Map<string, Change> {
  const changes = new Map<string, Change>();
  const note = (kind: AccountKind, minor: bigint, isSource: boolean) => {
    const elsewhere = isSource ? draft.takenFrom : undefined;
    const controlTotal = elsewhere?.controlTotal ?? draft.controlTotal;
    const financialYear = draft.pool.annual ? (elsewhere?.financialYear ?? draft.financialYear) : null;
    const key = [draft.pool.id, financialYear, controlTotal, kind].join(' ');
    const before = changes.get(key)?.minor ?? 0n;
    changes.set(key, { kind, financialYear, controlTotal, minor: before + minor });
  };
  for (const { from, to, minor } of draft.moves) {
    note(from, -minor, !draft.reversesId);
    note(to, minor, Boolean(draft.reversesId));
  }
  return changes;
}
