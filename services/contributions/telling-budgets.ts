import type { EntityManager } from '@mikro-orm/postgresql';
import { sendEvent } from '../kernel/events.js';
import type { Service } from '../kernel/service.js';
import { type ContributionKind, isMoney, Pooling } from './kinds.js';

/** Who sends the events of this service, and to whom. */
export const sender: Pick<Service, 'name' | 'sendsTo'> = { name: 'contributions', sendsTo: ['budgets'] };

// Everything goes in one order: a write-off must not overtake the commitment it lessens.
const order = 'contributions';

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
  sendEvent(em, sender, 'contributions.committed', order, { commitments });

export const tellWrittenOff = (em: EntityManager, writtenOff: WrittenOff): Promise<void> =>
  sendEvent(em, sender, 'contributions.written-off', order, writtenOff);
