import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller, Role } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { Money } from '../kernel/money.js';
import { Refused } from '../kernel/refusal.js';
import type { Allocation } from './allocation.js';
import { LimitExceeded } from './limit-exceeded.js';
import type { PooledBudget } from './pooled-budget.js';

type Approvable = Pick<Allocation, 'poolId' | 'recipientId' | 'amountMinor'>;

/** In which role somebody approves: the accounting officer always as that. */
export const approvesAs = ({ roles }: Caller): Role =>
  roles.has('accounting-officer') ? 'accounting-officer' : 'approver';

/**
 * What was approved in a pool for a recipient within the last 30 days, whoever approved it (rule 19): many small
 * allocations count as the large one that they are together.
 */
export class DelegatedLimits {
  private constructor(private readonly approved: Map<string, bigint>) {}

  /**
   * Reads it for the allocations whose pool has a limit. Until the database transaction ends, nobody else approves for
   * the same recipients there. Taken before the accounts are locked.
   */
  static async lock(em: EntityManager, allocations: readonly Approvable[], pools: readonly PooledBudget[]) {
    const limited = new Set(
      pools.filter(({ delegatedLimitMinor }) => delegatedLimitMinor !== null).map(({ id }) => id),
    );
    const asked = allocations.filter(({ poolId }) => limited.has(poolId));
    if (asked.length === 0) return new DelegatedLimits(new Map());
    const places = [asked.map(({ poolId }) => poolId), asked.map(({ recipientId }) => recipientId ?? '')];
    await query(
      em,
      `select pg_advisory_xact_lock(hashtext('delegated limit'), key) from (select distinct hashtext(pool || ' ' || recipient) as key
         from unnest(?::text[], ?::text[]) as asked (pool, recipient) order by 1) as asked`,
      places,
    );
    const rows = await query<{ pool: string; recipient: string; sum: string }>(
      em,
      `select pool, recipient, sum(amount_minor)::text as sum
         from (select distinct pool, recipient from unnest(?::text[], ?::text[]) as asked (pool, recipient)) as asked
         join allocation on pool_id = pool and coalesce(recipient_id, '') = recipient
        where state = 'APPROVED' and recorded_at > clock_timestamp() - interval '30 days' group by 1, 2`,
      places,
    );
    return new DelegatedLimits(new Map(rows.map(({ pool, recipient, sum }) => [`${pool} ${recipient}`, BigInt(sum)])));
  }

  /** Refuses with LIMIT_EXCEEDED what this person may not approve alone. */
  expect(allocation: Approvable, pool: PooledBudget, caller: Caller): void {
    if (!pool.delegatedLimit || approvesAs(caller) === 'accounting-officer') return;
    const sum = (this.approved.get(keyOf(allocation)) ?? 0n) + allocation.amountMinor;
    if (sum <= pool.delegatedLimit.minor) return;
    const { amount: most, currency } = pool.delegatedLimit;
    const message = `With this ${new Money(sum, currency).amount} ${currency} would be approved for this recipient within 30 days; above ${most} ${currency} only the accounting officer of the host approves. Splitting does not help: the parts are added up.`;
    throw new Refused([new LimitExceeded(pool.delegatedLimit, message, ['allocation'])]);
  }

  note(allocation: Approvable): void {
    this.approved.set(keyOf(allocation), (this.approved.get(keyOf(allocation)) ?? 0n) + allocation.amountMinor);
  }
}

const keyOf = ({ poolId, recipientId }: Approvable) => `${poolId} ${recipientId ?? ''}`;
