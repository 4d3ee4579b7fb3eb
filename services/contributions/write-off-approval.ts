import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Directive, Field, ObjectType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { DateTime, Day } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';
import { Refusal, UserError } from '../kernel/refusal.js';
import { hashOf } from './hash.js';
import { Side } from './kinds.js';

@ObjectType({
  description:
    'That one side approved a write-off. It binds the hash of what was approved. Never changed. Source: the approver.',
})
@Entity({ tableName: 'write_off_approval' })
export class WriteOffApproval {
  @PrimaryKey({ type: 'text' })
  contributionId: string;

  /** Counts the approvals of one contribution. */
  @PrimaryKey({ type: 'integer' })
  ordinal: number;

  @Field(() => String, {
    description:
      'SHA-256, in hexadecimal, of what was approved: contribution, its version, which write-off of it, amount, day and reason.',
  })
  @Property({ type: 'text' })
  contentHash: string;

  @Field(() => Side, { description: 'For which side.' })
  @Property({ type: 'text' })
  side: Side;

  @Property({ type: 'text' })
  contributorId: string;

  /** The person. */
  @Property({ type: 'text' })
  subject: string;

  @Property({ type: 'text' })
  organisation: string;

  /** Of the contribution, when it was approved: a later one has not been approved. */
  @Property({ type: 'integer' })
  version: number;

  @Property({ type: new BigIntType('bigint'), fieldName: 'amount' })
  minor: bigint;

  @Property({ type: 'text' })
  currency: string;

  @Field(() => String, { description: 'Why it is to be written off.' })
  @Property({ type: 'text' })
  reason: string;

  @Field(() => Day, { description: 'From which day it is not to be expected any more.' })
  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => DateTime, { name: 'approvedAt', description: 'When.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Date;

  @Field(() => Money, { description: 'How much.' })
  get amount(): Money {
    return new Money(this.minor, this.currency);
  }
}

/** What is to be written off of a contribution as it stands. */
export interface WriteOffContent {
  contribution: string;
  version: number;
  /** Which write-off of it this is, so that an approval counts once. */
  place: number;
  money: Money;
  reason: string;
  effectiveOn: string;
}

export const contentHashOf = ({ money: { amount, currency }, ...content }: WriteOffContent): string =>
  hashOf({ ...content, amount: { amount, currency } });

/** The approval that waits for the other side's: the last one, unless it has come into force or what it is about has changed. */
export const waiting = <Approval extends Pick<WriteOffApproval, 'version' | 'contentHash'>>(
  approvals: readonly Approval[],
  version: number,
  writtenOff: readonly { contentHash: string | null }[],
): Approval | null => {
  const last = approvals.at(-1);
  if (!last || last.version !== version) return null;
  return writtenOff.some(({ contentHash }) => contentHash === last.contentHash) ? null : last;
};

export interface WriteOffStanding {
  /** How many approvals there were, and write-offs. */
  approvalCount: number;
  writeOffCount: number;
  pending: WriteOffApproval | null;
}

/** How the write-offs of a contribution that is locked stand. */
export async function readWriteOffs(em: EntityManager, id: string, version: number): Promise<WriteOffStanding> {
  const rows = await query(
    em,
    `select * from write_off_approval where contribution_id = ? order by ordinal desc limit 1`,
    [id],
  );
  const last = rows.map((row) => em.map(WriteOffApproval, row as never) as WriteOffApproval);
  const writtenOff = (
    await query<{ content_hash: string | null }>(em, `select content_hash from write_off where contribution_id = ?`, [
      id,
    ])
  ).map((row) => ({ contentHash: row.content_hash }));
  return {
    approvalCount: last[0]?.ordinal ?? 0,
    writeOffCount: writtenOff.length,
    pending: waiting(last, version, writtenOff),
  };
}

@Directive('@shareable')
@ObjectType({
  implements: UserError,
  description: 'NOT_WHAT_WAITS: the other side has approved a write-off of something else.',
})
export class NotWhatWaits extends UserError {
  @Field(() => Money, { description: 'How much waits for a second approval.' })
  amount: Money;

  @Field(() => Day, { description: 'From which day it is not to be expected any more.' })
  effectiveOn: string;

  @Field(() => String, { description: 'Why it is to be written off.' })
  reason: string;

  constructor({ amount, effectiveOn, reason }: WriteOffApproval) {
    super();
    const what = `${amount.amount} ${amount.currency} from ${effectiveOn}, because: ${reason}`;
    const message = `The other side has approved to write off ${what}. Approve just that, or have the other side approve another one.`;
    Object.assign(this, { code: 'NOT_WHAT_WAITS', message, path: [], amount, effectiveOn, reason });
  }
}

export interface Approver {
  side: Side;
  subject: string;
  organisation: string;
}

/**
 * What stands against this approval beside the one that waits; null where there is nothing. A side may approve another
 * write-off than before, which then takes the place of its first one.
 */
export function againstApproval(
  pending: WriteOffApproval,
  contentHash: string,
  { side, subject, organisation }: Approver,
): UserError | null {
  const isSame = pending.contentHash === contentHash;
  if (pending.side === side && !isSame) return null;
  if (pending.side === side || pending.subject === subject || pending.organisation === organisation) {
    const message = 'Two people of two organisations approve a write-off; yours has approved it already.';
    return new Refusal('SEPARATION_OF_DUTIES', message);
  }
  return isSame ? null : new NotWhatWaits(pending);
}
