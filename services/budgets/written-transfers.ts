import type { EntityManager } from '@mikro-orm/postgresql';
import { inOrder } from '../kernel/loader.js';
import { Transfer } from './ledger/transfer.js';

/** How a deed remembers an answer that is several transfers. */
export const writtenTransfers = {
  remember: (transfers: Transfer[]) => transfers.map(({ id }) => id),
  recall: async (em: EntityManager, ids: string[]): Promise<Transfer[]> => {
    const found = await em.find(Transfer, { id: { $in: ids } });
    return inOrder(ids, found, ({ id }) => id).map((each) => each!);
  },
};
