import { BigIntType, Entity, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, Int, ObjectType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { Day } from '../kernel/dates.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Money, toDecimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import type { Allocation } from './allocation.js';

@ObjectType({
  description: 'A part of an allocation that is released when its gate is passed. Source: the proposal; then the host.',
})
@Entity()
export class AllocationStage {
  @PrimaryKey({ type: 'text' })
  allocationId: string;

  @Field(() => Int, { description: 'Its place, from 1; stages are released in this order.' })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => String, { description: 'What must be shown before it is released.' })
  @Property({ type: 'text' })
  gate: string;

  @Property({ type: new BigIntType('bigint') })
  amountMinor: bigint;

  /** Of its allocation. */
  @Property({ type: 'text', persist: false })
  currency: string;

  @Field(() => Day, { nullable: true, description: 'The day it was released; null while it is not.' })
  @Property({ type: 'date', nullable: true })
  releasedOn: string | null;

  @Field(() => String, { nullable: true, description: 'What showed that the gate is passed; null while not released.' })
  @Property({ type: 'text', nullable: true })
  evidence: string | null;

  @Field(() => Money, { description: 'How much of the allocation it is.' })
  get amount(): Money {
    return new Money(this.amountMinor, this.currency);
  }
}

/** The stages of allocations in their order, as known at the request's instant. */
export const stagesOfAllocation: Loader<string, AllocationStage[]> = {
  async batch(allocationIds, context) {
    const found = await context.nouns(
      AllocationStage,
      `select allocation_id, number, gate, stage.amount_minor, currency,
              case when released_at <= known.at then released_on end as released_on,
              case when released_at <= known.at then evidence end as evidence
         from allocation_stage as stage join allocation on allocation.id = allocation_id
         cross join (values (?::timestamptz)) as known (at)
        where allocation_id = any(?::text[]) and stage.recorded_at <= known.at order by allocation_id, number`,
      [context.knownAt?.toISOString() ?? 'infinity', allocationIds],
    );
    return grouped(allocationIds, found, ({ allocationId }) => allocationId);
  },
};

/** Refuses with STAGE_NOT_RELEASED what goes beyond the stages released so far; the allocation's accounts are locked. */
export async function expectReleased(em: EntityManager, { id, currency }: Allocation, minor: bigint): Promise<void> {
  const [found] = await query<{ released: string; drawn: string }>(
    em,
    `select coalesce(sum(amount_minor) filter (where released_by is not null), 0)::text as released,
            (select coalesce(sum(balance), 0) from holding where holder_id = allocation_id
               and account_kind in ('ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT'))::text as drawn
       from allocation_stage where allocation_id = ? group by allocation_id`,
    [id],
  );
  if (!found || BigInt(found.drawn) + minor <= BigInt(found.released)) return;
  const [released, drawn] = [found.released, found.drawn].map((each) => toDecimal(BigInt(each), currency));
  const message = `Of this allocation ${released} ${currency} is released and ${drawn} ${currency} is drawn; release its next stage first.`;
  refuse('STAGE_NOT_RELEASED', message);
}
