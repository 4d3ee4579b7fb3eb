import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { sendEvent } from '../kernel/events.js';
import { sender } from './ledger/tell-deposited.js';

/** Tells the contributions service which contributions have come to their end with their pool, in the same transaction. */
export async function tellClosed(em: EntityManager, budgetId: string, effectiveOn: string): Promise<void> {
  const rows = await query<{ id: string }>(em, `select id from expected where pool_id = ? order by id`, [budgetId]);
  const closings = rows.map(({ id }) => ({ contributionId: id, budgetId, effectiveOn }));
  const about = rows.map(({ id }) => id);
  if (closings.length > 0) await sendEvent(em, sender, 'budgets.closed', about, { closings });
}
