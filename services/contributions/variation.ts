import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ObjectType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { toDecimal } from '../kernel/money.js';
import { Refusal, Refused } from '../kernel/refusal.js';
import type { Contribution } from './contribution.js';
import { Side } from './kinds.js';
import type { RoundAnswer } from './negotiation-round.js';
import { lastRound, readVersion } from './standing.js';
import { ContributionState } from './states.js';
import { ContributionVersion } from './version.js';

@ObjectType({
  description:
    'Other terms for a contribution that is binding already, offered or agreed. Until two people of two organisations have approved them the terms before them hold.',
})
export class ContributionVariation {
  @Field(() => ContributionVersion, { description: 'The terms.' })
  version: ContributionVersion;

  @Field(() => Side, { name: 'from', description: 'Who offered them.' })
  side: Side;

  @Field(() => Boolean, { description: 'True when the other side has accepted them.' })
  agreed: boolean;
}

const { COMMITTED, PART_DEPOSITED, DEPOSITED } = ContributionState;

/** The states in which binding terms can be followed by others. */
export const canBeVaried = (state: ContributionState): boolean => state === COMMITTED || state === PART_DEPOSITED;

/** Whether the last round of talks is about terms that come after those in force and nobody walked away from. */
export const isOpen = (last: { number: number; answer: RoundAnswer | null }, inForce: number): boolean =>
  last.number > inForce && last.answer !== 'DECLINE';

/** The variation that a deed finds under way. Throws ILLEGAL_TRANSITION where the contribution cannot be varied now. */
export async function variationOf(em: EntityManager, contribution: Contribution) {
  const last = await lastRound(em, contribution.id);
  if (!isOpen(last, contribution.number)) return null;
  if (!canBeVaried(contribution.state)) throw new Refused([contribution.cannot()]);
  const version = await readVersion(em, contribution.id, last.number);
  return { version, side: last.side!, agreed: last.answer === 'ACCEPT', ordinal: last.ordinal };
}

/** What is settled of a contribution in money: what has arrived, and what is not expected any more. In minor units. */
export interface Settled {
  deposited: bigint;
  writtenOff: bigint;
}

/** What this side knows of a contribution: deposits from the ledger's events, write-offs from its own table. */
export async function readSettled(em: EntityManager, id: string): Promise<Settled> {
  const [row] = await query<{ deposited: string | null; written_off: string }>(
    em,
    `select (select deposited from ledger_deposit where contribution_id = c.id order by id desc limit 1) as deposited,
       (select coalesce(sum(amount), 0) from write_off where contribution_id = c.id) as written_off
     from (values (?)) as c(id)`,
    [id],
  );
  return { deposited: BigInt(row!.deposited ?? 0), writtenOff: BigInt(row!.written_off) };
}

/** Where a binding contribution of this total stands. */
export function stateBy({ deposited, writtenOff }: Settled, total: bigint | null): ContributionState {
  if (total === null || deposited === 0n) return COMMITTED;
  return deposited + writtenOff >= total ? DEPOSITED : PART_DEPOSITED;
}

/** LESS_THAN_DEPOSITED: terms below what has come, or that leave nothing of what has not. Null when they may be. */
export function belowSettled(settled: Settled, total: bigint | null, currency: string | null): Refusal | null {
  if (total === null) return null;
  const { deposited, writtenOff } = settled;
  const least = deposited + writtenOff;
  if (deposited > 0n ? total >= least : total > least) return null;
  const bound = deposited > 0n ? 'not below' : 'above';
  const message = `${toDecimal(deposited, currency!)} has arrived and ${toDecimal(writtenOff, currency!)} is written off; the new total is ${bound} ${toDecimal(least, currency!)} ${currency}.`;
  return new Refusal('LESS_THAN_DEPOSITED', message, ['terms']);
}
