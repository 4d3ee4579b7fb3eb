import { createHash } from 'node:crypto';
import { BigIntType, Entity, LockMode, type Opt, OptionalProps, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Role } from '../kernel/caller.js';
import { DateTime } from '../kernel/dates.js';
import { nounsById } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { type Allocation, AllocationState, nextAllocationStates } from './allocation.js';
import { AccountKind } from './ledger/account.js';
import { TransferKind } from './ledger/chart.js';
import type { Draft } from './ledger/draft.js';
import type { PooledBudget } from './pooled-budget.js';

export enum VirementState {
  REQUESTED = 'REQUESTED',
  APPROVED = 'APPROVED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(VirementState, {
  name: 'VirementState',
  description: 'Where a virement stands.',
  valuesConfig: {
    REQUESTED: { description: 'Asked for; nothing has moved.' },
    APPROVED: { description: 'Approved by another person, and its money moved.' },
    WITHDRAWN: { description: 'Taken back before it was approved.' },
  },
});

const { REQUESTED, APPROVED, WITHDRAWN } = VirementState;
const nextStates: Record<VirementState, VirementState[]> = {
  [REQUESTED]: [APPROVED, WITHDRAWN],
  // What has moved is moved back by a virement in the other direction.
  [APPROVED]: [],
  [WITHDRAWN]: [],
};

/** The two allocations of a virement and the pool of the first. */
export interface Parties {
  pool: PooledBudget;
  from: Allocation;
  to: Allocation;
}

@Directive('@key(fields: "id")')
@ObjectType({
  description:
    'Money that moves from one allocation of a pool to another, or is to. Its content never changes. Source: the host.',
})
@Entity()
export class Virement {
  [OptionalProps]?: 'amount';

  @Field(() => ID, { description: 'Its id, virement-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  poolId: string;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: 'text' })
  fromId: string;

  @Property({ type: 'text' })
  toId: string;

  @Property({ type: new BigIntType('bigint') })
  amountMinor: bigint;

  @Field(() => String, { description: 'Why the money is to move.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Who agreed, and how, that the money changes its control total or ring-fence; null where nobody was named.',
  })
  @Property({ type: 'text', nullable: true })
  consent: string | null;

  @Field(() => String, {
    description: 'Fingerprint (SHA-256, base64url) of all that was asked for; an approval binds it.',
  })
  @Property({ type: 'text' })
  hash: string;

  @Field(() => VirementState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: VirementState;

  @Property({ type: 'text' })
  requestedBy: string;

  @Property({ type: 'text', nullable: true })
  approvedBy: string | null;

  /** In which role it was approved: above the pool's virement limit only the accounting officer may. */
  @Property({ type: 'text', nullable: true })
  approvedAs: Role | null;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt of its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Money, { description: 'How much moves.' })
  get amount(): Money {
    return new Money(this.amountMinor, this.currency);
  }

  /** Refuses with ILLEGAL_TRANSITION when it cannot go there from where it stands. */
  expectNext(state: VirementState): void {
    const allowed = nextStates[this.state];
    if (!allowed.includes(state))
      throw new Refused([new IllegalTransition(`Virement ${this.id}`, this.state, allowed)]);
  }

  /** Refuses unless this person may approve exactly what was asked for, now. */
  expectApprovable(approver: string, hashSeen: string | null | undefined): void {
    this.expectNext(APPROVED);
    if (approver === this.requestedBy) {
      refuse('SEPARATION_OF_DUTIES', 'You asked for this virement; another person must approve it.');
    }
    if (hashSeen && hashSeen !== this.hash) {
      refuse('HASH_MISMATCH', `What you saw (${hashSeen}) is not what was asked for (${this.hash}); read it again.`, [
        'hash',
      ]);
    }
  }

  /** Its transfers, all or none: out of the one allocation, to the other control total where that differs, into the other. */
  drafts({ pool, from, to }: Parties, approvedBy: string, effectiveOn: string): Draft[] {
    const { UNALLOCATED, ALLOCATION_AVAILABLE } = AccountKind;
    const { amountMinor: minor, requestedBy, reason, id: virementId } = this;
    const consent = crossesBorder(from, to) ? this.consent : null;
    const all = { pool, effectiveOn, requestedBy, approvedBy, reason, consent, virementId };
    const placeOf = ({ financialYear, controlTotal }: Allocation) => ({ financialYear, controlTotal });
    const taken: Draft = {
      ...{ ...all, ...placeOf(from), kind: TransferKind.VIREMENT, allocationId: from.id },
      moves: [{ from: ALLOCATION_AVAILABLE, to: UNALLOCATED, minor }],
    };
    const switched: Draft = {
      ...{ ...all, ...placeOf(to), kind: TransferKind.SWITCH, takenFrom: { controlTotal: from.controlTotal } },
      moves: [{ from: UNALLOCATED, to: UNALLOCATED, minor }],
    };
    const given: Draft = {
      ...{ ...all, ...placeOf(to), kind: TransferKind.VIREMENT, allocationId: to.id },
      moves: [{ from: UNALLOCATED, to: ALLOCATION_AVAILABLE, minor }],
    };
    return from.controlTotal === to.controlTotal ? [taken, given] : [taken, switched, given];
  }

  /** Finds and locks a virement for a deed; refuses with UNKNOWN_VIREMENT where there is none. */
  static async lock(em: EntityManager, id: string): Promise<Virement> {
    const found = await em.findOne(Virement, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return found ?? refuse('UNKNOWN_VIREMENT', `There is no virement ${id}.`, ['virement']);
  }
}

export const virements = nounsById(Virement, 'virement');

const crossesBorder = (from: Allocation, to: Allocation) =>
  from.controlTotal !== to.controlTotal || from.ringFence !== to.ringFence;

/** Refuses money that would leave its pool or year, and without a named consent its control total or ring-fence. */
export function expectWithinBorders({ pool, from, to }: Parties, consent: string | null): void {
  if (from.id === to.id) refuse('BAD_USER_INPUT', 'Name two allocations: money moves from one to the other.', ['to']);
  if (from.poolId !== to.poolId) {
    refuse('POOL_MISMATCH', 'These allocations are of two pools; return the money to its contributors instead.', [
      'to',
    ]);
  }
  if (pool.annual && from.financialYear !== to.financialYear) {
    const message = `Money of ${from.financialYear} cannot move into ${to.financialYear}; carry it over first.`;
    refuse('FINANCIAL_YEAR_MISMATCH', message, ['to']);
  }
  if (consent) return;
  if (from.controlTotal !== to.controlTotal) {
    const message = `This would turn ${from.controlTotal} into ${to.controlTotal}; name who consented to it, and how.`;
    refuse('CONTROL_TOTAL_MISMATCH', message, ['consent']);
  }
  if (from.ringFence !== to.ringFence) {
    const message = `This would cross the ring-fence ${from.ringFence ?? to.ringFence}; name who consented to it, and how.`;
    refuse('RING_FENCE', message, ['consent']);
  }
}

/** Refuses with ILLEGAL_TRANSITION unless the money of both is set aside. */
export function expectSetAside({ from, to }: Parties): void {
  for (const { id, state } of [from, to]) {
    if (state === AllocationState.APPROVED) continue;
    throw new Refused([new IllegalTransition(`Allocation ${id}`, state, nextAllocationStates[state])]);
  }
}

/** The fingerprint of a virement: the same for the same content, another for any other. */
export function hashOfVirement(
  asked: Pick<Virement, 'poolId' | 'currency' | 'fromId' | 'toId' | 'amountMinor' | 'reason' | 'consent'>,
): string {
  const { poolId, currency, fromId, toId, amountMinor, reason, consent } = asked;
  const content = [poolId, currency, fromId, toId, amountMinor.toString(), reason, consent];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
