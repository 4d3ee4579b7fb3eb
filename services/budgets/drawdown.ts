import { BigIntType, Entity, LockMode, type Opt, OptionalProps, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Day } from '../kernel/dates.js';
import { nounsById } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';

export enum DrawdownState {
  REQUESTED = 'REQUESTED',
  APPROVED = 'APPROVED',
  PAID = 'PAID',
  VOIDED = 'VOIDED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(DrawdownState, {
  name: 'DrawdownState',
  description: 'Where a drawdown stands.',
  valuesConfig: {
    REQUESTED: { description: 'Asked for by the recipient.' },
    APPROVED: { description: 'Its money is reserved; a part of it may be paid already.' },
    PAID: { description: 'Paid in full.' },
    VOIDED: { description: 'Taken back: what was still reserved is available to the allocation again.' },
    EXPIRED: { description: 'Not paid in time: what was still reserved is available to the allocation again.' },
  },
});

const { REQUESTED, APPROVED, PAID, VOIDED, EXPIRED } = DrawdownState;
const nextStates: Record<DrawdownState, DrawdownState[]> = {
  [REQUESTED]: [APPROVED, VOIDED],
  // Back only by reversing a transfer: the reservation, or a payment that was made.
  [APPROVED]: [PAID, VOIDED, EXPIRED, REQUESTED],
  [PAID]: [APPROVED],
  [VOIDED]: [APPROVED],
  [EXPIRED]: [APPROVED],
};

@Directive('@key(fields: "id")')
@ObjectType({ description: 'Money that a recipient asks for out of its allocation. Source: the recipient.' })
@Entity()
export class Drawdown {
  [OptionalProps]?: 'amount';

  @Field(() => ID, { description: 'Its id, drawdown-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  allocationId: string;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: new BigIntType('bigint') })
  amountMinor: bigint;

  @Field(() => String, { nullable: true, description: 'What it is for, where stated.' })
  @Property({ type: 'text', nullable: true })
  purpose: string | null;

  @Field(() => String, {
    description:
      'Fingerprint (SHA-256, base64url) of all that was asked for: the allocation, how much and what for; an approval binds it.',
  })
  @Property({ type: 'text', generated: 'drawdown_hash(allocation_id, currency, amount_minor, purpose)' })
  hash: Opt<string>;

  @Field(() => DrawdownState, { description: 'Where it stands.' })
  @Property({ type: 'text' })
  state: DrawdownState;

  @Field(() => Day, {
    nullable: true,
    description: 'The last day it may be paid; after it the reservation expires. Null: it does not.',
  })
  @Property({ type: 'date', nullable: true })
  expiresOn: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was voided or expired; null otherwise.' })
  @Property({ type: 'text', nullable: true })
  endReason: string | null;

  @Property({ type: 'text' })
  requestedBy: string;

  @Property({ type: 'text', nullable: true })
  approvedBy: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Fingerprint of what was approved, the same as `hash`; null while not approved.',
  })
  @Property({ type: 'text', nullable: true })
  approvedHash: Opt<string | null>;

  @Field(() => Int, { description: 'Counts its changes, for expectedVersion.' })
  @Property({ type: 'integer', version: true })
  version: Opt<number>;

  @Field(() => DateTime, { description: 'When the hub learnt of its present state.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;

  @Field(() => Money, { description: 'How much is asked for.' })
  get amount(): Money {
    return new Money(this.amountMinor, this.currency);
  }

  /** Refuses with ILLEGAL_TRANSITION when it does not stand where the deed needs it. */
  expectState(...states: DrawdownState[]): void {
    if (states.includes(this.state)) return;
    throw new Refused([new IllegalTransition(`Drawdown ${this.id}`, this.state, nextStates[this.state])]);
  }

  /** Refuses unless this person may approve exactly what was asked for, now. */
  expectApprovable(approver: string, hashSeen: string | null | undefined): void {
    this.expectState(REQUESTED);
    if (approver === this.requestedBy) {
      refuse('SEPARATION_OF_DUTIES', 'You asked for this drawdown; another person must approve it.');
    }
    if (hashSeen && hashSeen !== this.hash) {
      refuse('HASH_MISMATCH', `What you saw (${hashSeen}) is not what was asked for (${this.hash}); read it again.`, [
        'hash',
      ]);
    }
  }

  /** Refuses with RESERVATION_EXPIRED after the last day it may be paid, in London. */
  expectNotExpired(today: string): void {
    if (!this.expiresOn || today <= this.expiresOn) return;
    const message = `Its reservation ended on ${this.expiresOn}; its money goes back to the allocation. Ask for it anew.`;
    refuse('RESERVATION_EXPIRED', message, ['drawdown']);
  }

  /** Finds and locks a drawdown for a deed; refuses with UNKNOWN_DRAWDOWN where there is none. */
  static async lock(em: EntityManager, id: string): Promise<Drawdown> {
    const found = await em.findOne(Drawdown, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return found ?? refuse('UNKNOWN_DRAWDOWN', `There is no drawdown ${id}.`, ['drawdown']);
  }
}

export const drawdowns = nounsById(Drawdown, 'drawdown');
