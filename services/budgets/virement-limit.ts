import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { Money } from '../kernel/money.js';
import { Refused } from '../kernel/refusal.js';
import { approvesAs } from './delegated-limit.js';
import { LimitExceeded } from './limit-exceeded.js';
import type { PooledBudget } from './pooled-budget.js';
import type { Virement } from './virement.js';

/** Virements between the same two allocations that lie this close together count as one: splitting passes no limit. */
const counted = '30 days';

/**
 * Above the virement limit of the pool only an accounting officer approves. Counts what moved between the two
 * allocations, in either direction, when its day or its recording is within 30 days. The allocations are locked.
 */
export async function expectWithinLimit(
  em: EntityManager,
  { pool, caller, effectiveOn }: { pool: PooledBudget; caller: Caller; effectiveOn: string },
  { fromId, toId, amountMinor, currency }: Virement,
): Promise<void> {
  const { virementLimit: limit } = pool;
  if (!limit || approvesAs(caller) === 'accounting-officer') return;
  const [before] = await query<{ moved: string }>(
    em,
    `select coalesce(sum(amount_minor), 0)::text as moved from virement
      where pool_id = ? and state = 'APPROVED' and from_id = any(?::text[]) and to_id = any(?::text[])
        and exists (select from transfer where virement_id = virement.id
          and (transfer.recorded_at > clock_timestamp() - interval '${counted}'
            or effective_on between ?::date - interval '${counted}' and ?::date + interval '${counted}'))`,
    [pool.id, [fromId, toId], [fromId, toId], effectiveOn, effectiveOn],
  );
  const moved = new Money(BigInt(before!.moved) + amountMinor, currency);
  if (moved.minor <= limit.minor) return;
  const message = `With it ${moved.amount} ${currency} move between these allocations within ${counted}; above ${limit.amount} only the accounting officer of the host may approve.`;
  throw new Refused([new LimitExceeded(limit, message)]);
}
