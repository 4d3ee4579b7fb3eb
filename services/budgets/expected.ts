import { BigIntType, Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { DateTime } from '../kernel/dates.js';
import { Money } from '../kernel/money.js';

@ObjectType({
  description:
    'What one contributor is bound to pay into a pool. Source: the commitment, as the contributions service told it.',
})
@Entity()
export class Expected {
  /** The contribution's id. */
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  missionId: string;

  @Property({ type: 'text' })
  contributorId: string;

  /** Null while its mission has no pool for it. */
  @Property({ type: 'text', nullable: true })
  poolId: string | null;

  @Property({ type: 'text' })
  currency: string;

  @Property({ type: new BigIntType('bigint'), fieldName: 'committed' })
  committedMinor: bigint;

  @Property({ type: new BigIntType('bigint'), fieldName: 'written_off' })
  writtenOffMinor: bigint;

  /** Kept by the database from the postings. */
  @Property({ type: new BigIntType('bigint'), fieldName: 'deposited' })
  depositedMinor: bigint;

  @Property({ type: 'date' })
  effectiveOn: string;

  @Field(() => DateTime, { description: 'When the hub first expected it.' })
  @Property({ type: 'datetime', length: 3 })
  recordedAt: Opt<Date>;

  @Field(() => Money, { description: 'Binding, as last agreed; what was written off is still in it.' })
  get committed(): Money {
    return new Money(this.committedMinor, this.currency);
  }

  @Field(() => Money, { description: 'Cash or cover in the pool, matched to it; never above committed - written off.' })
  get deposited(): Money {
    return new Money(this.depositedMinor, this.currency);
  }

  @Field(() => Money, { description: 'The part that will not come.' })
  get writtenOff(): Money {
    return new Money(this.writtenOffMinor, this.currency);
  }

  @Field(() => Money, { description: 'Committed - deposited - written off.' })
  get outstanding(): Money {
    return new Money(this.committedMinor - this.writtenOffMinor - this.depositedMinor, this.currency);
  }
}

/** How much more can be matched to a contribution, and in which pool. */
export interface Room {
  id: string;
  missionId: string;
  currency: string;
  poolId: string | null;
  deposited: bigint;
  left: bigint;
}

/** Locks what is expected of these contributions, in the order of their ids. */
export async function lockExpected(em: EntityManager, ids: string[]): Promise<Map<string, Room>> {
  if (ids.length === 0) return new Map();
  const rows = await query<Record<'id' | 'mission_id' | 'currency' | 'pool_id' | 'deposited' | 'left', string>>(
    em,
    `select id, mission_id, currency, pool_id, deposited::text, (committed - written_off - deposited)::text as left
       from expected where id = any(?::text[]) order by id for no key update`,
    [ids],
  );
  const rooms = rows.map(
    ({ id, mission_id, currency, pool_id, deposited, left }): Room => ({
      ...{ id, currency, missionId: mission_id, poolId: pool_id },
      ...{ deposited: BigInt(deposited), left: BigInt(left) },
    }),
  );
  return new Map(rooms.map((room) => [room.id, room]));
}

const columns = 'id, mission_id, contributor_id, currency, effective_on, recorded_at';

/**
 * What is expected, to stand after `from`: as it is, or as known at the request's instant, added up from what had been
 * recorded of commitments and postings by then. `which` narrows it by the columns of `expected`.
 */
export function expectedAsKnown(context: Context, which: string): string {
  if (!context.knownAt) return `(select * from expected where ${which}) as expected`;
  const instant = `'${context.knownAt.toISOString()}'`;
  return `(select ${columns.replace(/\w+/g, 'expected.$&')}, known.pool_id, known.committed, known.written_off,
      coalesce((select sum(posting.amount) from transfer join posting on posting.transfer_id = transfer.id
        join account on account.id = posting.account_id
        where transfer.contribution_id = expected.id and account.kind = 'UNALLOCATED'
          and transfer.kind in ('DEPOSIT', 'MATCH') and transfer.recorded_at <= ${instant}), 0) as deposited
    from expected cross join lateral (
      select max(pool_id) filter (where place = 1) as pool_id, sum(committed) as committed, sum(written_off) as written_off
        from (select *, row_number() over (order by id desc) as place from expected_change
               where contribution_id = expected.id and recorded_at <= ${instant}) as changed
      having count(*) > 0) as known
    where ${which}) as expected`;
}
