import { createHash } from 'node:crypto';
import { BigIntType, Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Role } from '../kernel/caller.js';
import { DateTime, Day, FinancialYear } from '../kernel/dates.js';
import { nounsById } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { AllocationProvenance } from './allocation-provenance.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import { ControlTotal } from './ledger/control-total.js';
import type { Draft, PoolFacts } from './ledger/draft.js';

export enum AllocationState {
  PROPOSED = 'PROPOSED',
  RECOMMENDED = 'RECOMMENDED',
  APPROVED = 'APPROVED',
  UNCOVERED = 'UNCOVERED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(AllocationState, {
  name: 'AllocationState',
  description: 'Where an allocation stands.',
  valuesConfig: {
    PROPOSED: { description: 'Asked for.' },
    RECOMMENDED: { description: 'Recommended by the pool manager or the mission unit; not approved yet.' },
    APPROVED: { description: 'Approved and its money set aside.' },
    UNCOVERED: { description: 'Approved by people, but the pool did not hold the money: nothing was set aside.' },
    WITHDRAWN: { description: 'Taken back before its money was set aside.' },
  },
});

const { PROPOSED, RECOMMENDED, APPROVED, UNCOVERED, WITHDRAWN } = AllocationState;
export const nextAllocationStates: Record<AllocationState, AllocationState[]> = {
  [PROPOSED]: [RECOMMENDED, APPROVED, UNCOVERED, WITHDRAWN],
  [RECOMMENDED]: [APPROVED, UNCOVERED, WITHDRAWN],
  // A reversal of the transfer that set the money aside takes the approval back with it.
  [APPROVED]: [PROPOSED],
  [UNCOVERED]: [APPROVED, UNCOVERED, WITHDRAWN],
  [WITHDRAWN]: [],
};

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'Money of a pool set aside, or to be, for a recipient and a challenge. Its content never changes. Source: the host.',
})
@Entity()
export class Allocation {
  @Field(() => ID, { description: 'Its id, allocation-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  poolId: string;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: 'text', nullable: true })
  recipientId: string | null;

  @Property({ type: 'text', nullable: true })
  challengeId: string | null;

  @Field(() => String, { description: 'What it is for, in plain words.' })
  @Property({ type: 'text' })
  purpose: string;

  @Field(() => String, { nullable: true, description: 'What it is called outside; unique in its pool.' })
  @Property({ type: 'text', nullable: true })
  reference: string | null;

  @Field(() => FinancialYear, { description: 'The financial year it belongs to.' })
  @Property({ type: 'text' })
  financialYear: string;

  @Field(() => ControlTotal, { description: 'The control total it counts against.' })
  @Property({ type: 'text' })
  controlTotal: ControlTotal;

  @Property({ type: new BigIntType('bigint') })
  amountMinor: bigint;

  @Field(() => Day, {
    description:
      'The day it is to take effect. Its approval may take effect later; see the transfer that set it aside.',
  })
  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => String, {
    description:
      'Fingerprint (SHA-256, base64url) of all that was proposed, but not of where it was read; an approval binds it.',
  })
  @Property({ type: 'text' })
  hash: string;

  @Field(() => AllocationState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: AllocationState;

  @Field(() => String, {
    nullable: true,
    description: 'The ring-fence its money stands in; money leaves it only with a consent that is named.',
  })
  @Property({ type: 'text', nullable: true })
  ringFence: Opt<string | null>;

  @Field(() => AllocationProvenance, {
    nullable: true,
    description: 'Where it was read, as first stated; null when not stated.',
  })
  @Property({ type: 'json', nullable: true })
  provenance: AllocationProvenance | null;

  @Property({ type: 'text' })
  requestedBy: string;

  @Property({ type: 'text', nullable: true })
  recommendedBy: Opt<string | null>;

  @Property({ type: 'text', nullable: true })
  approvedBy: string | null;

  /** In which role it was approved: above the pool's delegated limit only the accounting officer may. */
  @Property({ type: 'text', nullable: true })
  approvedAs: Role | null;

  @Field(() => String, {
    nullable: true,
    description: 'Fingerprint of what was approved, the same as `hash`; null while not approved.',
  })
  @Property({ type: 'text', nullable: true })
  approvedHash: string | null;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt of its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Money, { description: 'How much.' })
  get amount(): Money {
    return new Money(this.amountMinor, this.currency);
  }

  /** From a row, outside the entity manager: for batches, where that would cost more than all the rest. */
  static of(row: Record<string, string | null>): Allocation {
    return Object.assign(new Allocation(), {
      ...{ id: row.id, poolId: row.pool_id, currency: row.currency, recipientId: row.recipient_id },
      ...{ challengeId: row.challenge_id, purpose: row.purpose, reference: row.reference, state: row.state },
      ...{ financialYear: row.financial_year, controlTotal: row.control_total, amountMinor: BigInt(row.amount_minor!) },
      ...{ effectiveOn: row.effective_on, hash: row.hash, requestedBy: row.requested_by },
      ...{ ringFence: row.ring_fence, recommendedBy: row.recommended_by, approvedAs: row.approved_as },
      ...{ approvedBy: row.approved_by, approvedHash: row.approved_hash, version: Number(row.version) },
    });
  }

  /** Refuses with ILLEGAL_TRANSITION when it cannot go there from where it stands. */
  expectNext(state: AllocationState): void {
    const allowed = nextAllocationStates[this.state];
    if (!allowed.includes(state))
      throw new Refused([new IllegalTransition(`Allocation ${this.id}`, this.state, allowed)]);
  }

  /** Refuses unless this person may approve exactly what was proposed, now. */
  expectApprovable(approver: string, hashSeen: string | null | undefined): void {
    this.expectNext(APPROVED);
    if (approver === this.requestedBy || approver === this.recommendedBy) {
      refuse('SEPARATION_OF_DUTIES', 'You proposed or recommended this allocation; another person must approve it.');
    }
    this.expectSeen(hashSeen);
  }

  /** Refuses with HASH_MISMATCH when somebody decided on another content than was proposed. */
  expectSeen(hashSeen: string | null | undefined): void {
    if (hashSeen && hashSeen !== this.hash) {
      refuse('HASH_MISMATCH', `What you saw (${hashSeen}) is not what was proposed (${this.hash}); read it again.`, [
        'hash',
      ]);
    }
  }

  /** The transfer that sets its money aside on the day, at the earliest the day it was proposed for. */
  setAside(pool: PoolFacts, approvedBy: string, effectiveOn: string): Draft {
    if (effectiveOn < this.effectiveOn) {
      refuse('BAD_USER_INPUT', `It was proposed for ${this.effectiveOn}; it cannot take effect earlier.`, [
        'effectiveOn',
      ]);
    }
    const { financialYear, controlTotal, requestedBy, reference, purpose, id: allocationId } = this;
    const { UNALLOCATED: from, ALLOCATION_AVAILABLE: to } = AccountKind;
    const moves = [{ from, to, minor: this.amountMinor }];
    const what = { kind: TransferKind.ALLOCATION, pool, moves, allocationId, reference, reason: purpose };
    return { ...what, effectiveOn, financialYear, controlTotal, requestedBy, approvedBy };
  }
}

export const allocations = nounsById(Allocation, 'allocation');

/**
 * What a fingerprint is taken of. Where it was read is left out: an approval is of what is to be done with the money,
 * the same file under another name proposes nothing new, and what was approved before keeps its fingerprint.
 */
export interface Proposal {
  poolId: string;
  currency: string;
  recipientId: string | null;
  challengeId: string | null;
  purpose: string;
  reference: string | null;
  financialYear: string;
  controlTotal: ControlTotal;
  amountMinor: bigint;
  effectiveOn: string;
  ringFence: string | null;
  /** Its parts in order; none when it is released whole. */
  stages: { gate: string; amountMinor: bigint }[];
}

/** The fingerprint of a proposal: the same for the same content, another for any other. */
export function hashOf(proposal: Proposal): string {
  const { poolId, currency, recipientId, challengeId, purpose, reference } = proposal;
  const { financialYear, controlTotal, amountMinor, effectiveOn, ringFence, stages } = proposal;
  const content = [
    ...[poolId, currency, recipientId, challengeId, purpose, reference],
    ...[financialYear, controlTotal, amountMinor.toString(), effectiveOn, ringFence],
    stages.map((stage) => [stage.gate, stage.amountMinor.toString()]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
