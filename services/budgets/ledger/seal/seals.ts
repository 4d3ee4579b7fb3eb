import { nounPagesByParent } from '../../../kernel/connection.js';
import type { Context } from '../../../kernel/context.js';
import { inOrder, type Loader } from '../../../kernel/loader.js';
import { SealRoot } from './seal-root.js';

/** The place of a transfer in the chain of its pool. */
export interface Sealed {
  number: number;
  hash: string;
}

const knownAt = (context: Context) => context.knownAt?.toISOString() ?? 'infinity';

/** Where transfers stand in the chain; null as long as they are not sealed, or were not at the request's instant. */
export const sealOfTransfer: Loader<string, Sealed> = {
  async batch(transferIds, context) {
    const rows = await context.rows<{ transfer_id: string; number: string; hash: string }>(
      `select transfer_id, number, hash from seal where transfer_id = any(?::text[]) and exists (
         select from seal_root as root where root.pool_id = seal.pool_id and root.number >= seal.number and sealed_at <= ?)`,
      [transferIds, knownAt(context)],
    );
    return inOrder(transferIds, rows, (row) => row.transfer_id).map(
      (row) => row && { number: Number(row.number), hash: row.hash },
    );
  },
};

/** The latest signed root of pools, as of the request's instant. */
export const latestRoot: Loader<string, SealRoot> = {
  async batch(poolIds, context) {
    const sql = `select root.* from unnest(?::text[]) as pool(id) cross join lateral (
      select * from seal_root where pool_id = pool.id and sealed_at <= ? order by number desc limit 1) as root`;
    const found = await context.nouns(SealRoot, sql, [poolIds, knownAt(context)]);
    return inOrder(poolIds, found, (root) => root.poolId);
  },
};

export const rootsOfPool = nounPagesByParent(SealRoot, (context) => ({
  sql: `select * from seal_root where pool_id = parent.id and sealed_at <= ?`,
  params: [knownAt(context)],
  orderBy: ['number'],
}));
