import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';
import { tellEveryWebhook } from './telling-webhooks.js';
import { WebhookEvent } from './webhook.js';

const root = z.object({
  poolId: z.string(),
  number: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string(),
});
const content = z.object({ roots: z.array(root).min(1) });

/**
 * Takes in `budgets.sealed`: keeps the signed roots of pools' ledgers on the contributors' side, in every store, and tells
 * the contributors' own systems of those it did not know, so that they can keep them too.
 */
export async function receiveSeals(em: EntityManager, event: unknown): Promise<void> {
  const { roots } = content.parse(event);
  const kept = await query<z.infer<typeof root>>(
    em,
    `insert into sealed_root (pool_id, number, hash, signature)
       select "poolId", number, hash, signature from jsonb_to_recordset(?::jsonb)
         as root("poolId" text, number bigint, hash text, signature text) on conflict do nothing
       returning pool_id as "poolId", number, hash, signature`,
    [JSON.stringify(roots)],
  );
  if (kept.length === 0) return;
  const told = kept.map(({ poolId, number, hash, signature }) => ({
    budget: poolId,
    number: Number(number),
    hash,
    signature,
  }));
  await tellEveryWebhook(em, WebhookEvent.SEALED, { about: 'sealed roots', data: { roots: told } });
}
