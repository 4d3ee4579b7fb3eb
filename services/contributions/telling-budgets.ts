import type { EntityManager } from '@mikro-orm/postgresql';
import { sendEvent } from '../kernel/events.js';
import type { Service } from '../kernel/service.js';
import { type ContributionKind, isMoney, Pooling } from './kinds.js';

/** Who sends the events of this service, and to whom. */
export const sender: Pick<Service, 'name' | 'sendsTo'> = { name: 'contributions', sendsTo: ['budgets'] };

/** Whether the ledger of a pool is to know about it. */
export const isForPool = ({ kind, pooling }: { kind: ContributionKind; pooling: Pooling }): boolean =>
  pooling === Pooling.POOLED && isMoney(kind);

export interface Commitment {
  contributionId: string;
  contributorId: string;
  missionId: string;
  budgetId: string;
  currency: string;
  /** The total of the version that was approved, as a decimal string. */
  amount: string;
  effectiveOn: string;
}

export interface WrittenOff {
  contributionId: string;
  /** As a decimal string. */
  amount: string;
  currency: string;
  effectiveOn: string;
}

export const tellCommitted = (em: EntityManager, commitments: Commitment[]): Promise<void> =>
  sendEvent(
    em,
    sender,
    'contributions.committed',
    commitments.map(({ contributionId }) => contributionId),
    { commitments },
  );

export const tellWrittenOff = (em: EntityManager, writtenOff: WrittenOff): Promise<void> =>
  sendEvent(em, sender, 'contributions.written-off', writtenOff.contributionId, writtenOff);

/** What a contributor states to have paid of a contribution: all of it, or that it is gone from its source. */
export interface Stated {
  contributionId: string;
  contributorId: string;
  missionId: string;
  budgetId: string | null;
  ordinal: number;
  currency: string;
  /** Amounts as decimal strings; references are for the ledger to find a receipt by, and are not shown. */
  payments: { amount: string; paidOn: string; reference: string | null }[];
  goneBecause: string | null;
  knownAt: string;
}

export const tellStated = (em: EntityManager, statements: Stated[]): Promise<void> =>
  sendEvent(
    em,
    sender,
    'contributions.stated',
    statements.map(({ contributionId }) => contributionId),
    { statements },
  );
