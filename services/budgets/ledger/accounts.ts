import type { Loader } from '../../kernel/loader.js';
import { grouped } from '../../kernel/loader.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import { Account } from './account.js';
import { Posting } from './posting.js';

/** The accounts of pools in a stable order, with their balances now or as known at the request's instant. */
export const accountsOfPool: Loader<string, Account[]> = {
  async batch(poolIds, context) {
    const order = `order by pool_id, financial_year, control_total, kind`;
    const now = `select * from account where pool_id = any(?::text[]) ${order}`;
    const then = `select account.id, account.pool_id, account.currency, account.financial_year, account.control_total,
        account.kind, sum(posting.amount)::text as balance, max(effective_on) as latest_on
      from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
      where transfer.pool_id = any(?::text[]) and recorded_at <= ? group by account.id ${order}`;
    const found = context.knownAt
      ? await context.nouns(Account, then, [poolIds, context.knownAt.toISOString()])
      : await context.nouns(Account, now, [poolIds]);
    return grouped(poolIds, found, (account) => account.poolId);
  },
};

/** The lines of transfers: what is taken first, then what is added. */
export const postingsOfTransfer: Loader<string, Posting[]> = {
  async batch(transferIds, context) {
    const rows = await context.rows<{ transfer_id: string; posted: string }>(
      `select transfer_id, amount as posted, account.* from posting join account on account.id = posting.account_id
        where transfer_id = any(?::text[]) order by transfer_id, amount, account.kind`,
      [transferIds],
    );
    const accountOf = nounOfRow(context.orm.em, Account);
    const lines = rows.map(({ transfer_id, posted, ...account }) => ({
      transferId: transfer_id,
      posting: new Posting(accountOf(account), BigInt(posted)),
    }));
    return grouped(transferIds, lines, ({ transferId }) => transferId).map((each) =>
      each.map(({ posting }) => posting),
    );
  },
};
