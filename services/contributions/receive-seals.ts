import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';

const root = z.object({
  poolId: z.string(),
  number: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string(),
});
const content = z.object({ roots: z.array(root).min(1) });

/** Takes in `budgets.sealed`: keeps the signed roots of pools' ledgers on the contributors' side. */
export async function receiveSeals(em: EntityManager, event: unknown): Promise<void> {
  const { roots } = content.parse(event);
  await query(
    em,
    `insert into sealed_root (pool_id, number, hash, signature)
       select "poolId", number, hash, signature from jsonb_to_recordset(?::jsonb)
         as root("poolId" text, number bigint, hash text, signature text) on conflict do nothing`,
    [JSON.stringify(roots)],
  );
}
