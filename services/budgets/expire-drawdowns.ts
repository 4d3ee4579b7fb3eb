import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { dayInLondon } from '../kernel/dates.js';
import { inTransaction } from '../kernel/transaction.js';
import { Allocation } from './allocation.js';
import { releaseDraft } from './drawdown-draft.js';
import { Ledger } from './ledger/ledger.js';
import { PooledBudget } from './pooled-budget.js';
import { attempt } from './verdict.js';

const atOnce = 100;

interface Due {
  id: string;
  allocation_id: string;
  reserved: string;
  expires_on: string;
  effective_on: string;
}

/**
 * Gives back what is reserved for drawdowns whose last day is over in London (rule 10), on the day after it. Processes
 * that do so at the same moment share the work: each leaves to the other what that has locked. What its pool does not
 * take now, because it is frozen or the rest of its year is closed, waits for a later run.
 */
export async function expireDrawdowns(em: EntityManager): Promise<void> {
  const today = dayInLondon(new Date());
  for (let after: string | null = ''; after !== null; ) {
    const beyond: string = after;
    after = await inTransaction(em, (each) => expireSome(each, today, beyond));
  }
}

/** Expires the next of them by id; answers the last id that was looked at, null when there is none. */
async function expireSome(em: EntityManager, today: string, after: string): Promise<string | null> {
  // Locked first and read then: what another process did meanwhile is seen.
  const locked = await query<{ id: string }>(
    em,
    `select id from drawdown where state = 'APPROVED' and expires_on < ? and id > ? order by id limit ${atOnce}
        for no key update skip locked`,
    [today, after],
  );
  if (locked.length === 0) return null;
  // A payment that was reversed since came back later than the day after the last: it is given back when it was there.
  const due = await query<Due>(
    em,
    `select drawdown.id, allocation_id, expires_on, balance::text as reserved,
            greatest(expires_on + 1, (select max(effective_on) from transfer where drawdown_id = drawdown.id)) as effective_on
       from drawdown join holding on holder_id = drawdown.id and account_kind = 'ALLOCATION_RESERVED'
      where drawdown.id = any(?::text[]) and state = 'APPROVED' order by drawdown.id`,
    [locked.map(({ id }) => id)],
  );
  const drafts = await releasesOf(em, due);
  const ledger = await Ledger.lock(em, drafts);
  const expired = drafts.filter((draft) => 'done' in attempt(() => ledger.add(draft)));
  await query(
    em,
    `update drawdown set state = 'EXPIRED', end_reason = ended.reason, version = version + 1
       from unnest(?::text[], ?::text[]) as ended (id, reason) where drawdown.id = ended.id`,
    [expired.map(({ drawdownId }) => drawdownId), expired.map(({ reason }) => reason)],
  );
  await ledger.write();
  return locked.at(-1)!.id;
}

async function releasesOf(em: EntityManager, due: Due[]) {
  const allocations = await em.find(Allocation, { id: { $in: due.map(({ allocation_id }) => allocation_id) } });
  const pools = await em.find(PooledBudget, { id: { $in: allocations.map(({ poolId }) => poolId) } });
  return due.map(({ id, allocation_id, reserved, expires_on, effective_on }) => {
    const allocation = allocations.find((each) => each.id === allocation_id)!;
    const pool = pools.find((each) => each.id === allocation.poolId)!;
    const release = { drawdownId: id, minor: BigInt(reserved), effectiveOn: effective_on, requestedBy: 'the hub' };
    return releaseDraft({ allocation, pool }, { ...release, reason: `not paid by ${expires_on}` });
  });
}
