import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { Forbidden, refuse } from '../kernel/refusal.js';
import type { Transfer } from './ledger/transfer.js';

/**
 * Refuses who may not match a receipt. The host of the pool matches any; a contributor only its own, to its own
 * contribution: one whose payer named a contribution of it, or one that it states to have paid, by its reference.
 */
export async function expectMatchable(
  em: EntityManager,
  caller: Caller,
  { deposit, contribution, host }: { deposit: Transfer; contribution: string; host: string },
): Promise<void> {
  if (caller.organisation === host) return;
  const isOf = (id: string) => id.startsWith(`${caller.organisation}:`);
  if (!caller.roles.has('publisher') || !isOf(contribution))
    throw new Forbidden('A receipt is matched by the host of the pool, or by the contributor it is from.');
  const isOwn = deposit.contributionId
    ? isOf(deposit.contributionId)
    : deposit.reference !== null && (await statedReferences(em, contribution)).includes(deposit.reference);
  if (!isOwn) {
    const how = 'state the payment with its reference by statePayments first, or ask the host of the pool';
    refuse('NOT_YOUR_RECEIPT', `Nothing says that receipt ${deposit.id} is from you; ${how}.`, ['deposit']);
  }
}

async function statedReferences(em: EntityManager, contribution: string): Promise<(string | null)[]> {
  const sql = `select payments from stated_payment where contribution_id = ? order by ordinal desc limit 1`;
  const [said] = await query<{ payments: { reference: string | null }[] }>(em, sql, [contribution]);
  return said?.payments.map(({ reference }) => reference) ?? [];
}
