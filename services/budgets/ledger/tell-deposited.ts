import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../../kernel/database.js';
import { sendEvent } from '../../kernel/events.js';
import { toDecimal } from '../../kernel/money.js';
import type { Service } from '../../kernel/service.js';

/** Who sends the events of this service, and to whom. */
export const sender: Pick<Service, 'name' | 'sendsTo'> = { name: 'budgets', sendsTo: ['contributions'] };

interface Arrived {
  id: string;
  deposited: string;
  committed: string;
  currency: string;
}

/** Tells the contributions service how much of each contribution has arrived so far, in the same transaction. */
export async function tellDeposited(
  em: EntityManager,
  paid: { contributionId?: string | null; effectiveOn: string }[],
): Promise<void> {
  const lastOn = new Map<string, string>();
  for (const { contributionId, effectiveOn } of paid) {
    if (contributionId && effectiveOn > (lastOn.get(contributionId) ?? '')) lastOn.set(contributionId, effectiveOn);
  }
  if (lastOn.size === 0) return;
  const sql = `select id, deposited::text, committed::text, currency from expected where id = any(?::text[]) order by id`;
  const rows = await query<Arrived>(em, sql, [[...lastOn.keys()]]);
  if (rows.length === 0) return;
  const deposits = rows.map(({ id, deposited, committed, currency }) => ({
    ...{ contributionId: id, currency, effectiveOn: lastOn.get(id)! },
    deposited: toDecimal(BigInt(deposited), currency),
    committed: toDecimal(BigInt(committed), currency),
  }));
  // Of two figures for a contribution the later one must arrive last.
  const about = rows.map(({ id }) => id);
  await sendEvent(em, sender, 'budgets.deposited', about, { deposits });
}
