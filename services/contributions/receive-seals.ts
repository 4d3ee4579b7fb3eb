import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { query } from '../kernel/database.js';

const content = z.object({
  poolId: z.string(),
  number: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z.string(),
});

/** Takes in `budgets.sealed`: keeps the signed root of a pool's ledger on the contributors' side. */
export async function receiveSeals(em: EntityManager, event: unknown): Promise<void> {
  const { poolId, number, hash, signature } = content.parse(event);
  await query(
    em,
    `insert into sealed_root (pool_id, number, hash, signature) values (?, ?, ?, ?) on conflict do nothing`,
    [poolId, number, hash, signature],
  );
}
