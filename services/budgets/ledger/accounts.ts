import type { Loader } from '../../kernel/loader.js';
import { grouped } from '../../kernel/loader.js';
import { nounOfRow } from '../../kernel/noun-of-row.js';
import { Account } from './account.js';
import { movedUntil } from './moved.js';
import { Posting } from './posting.js';

/** The accounts of pools in a stable order, with their balances now or as known at the request's instant. */
export const accountsOfPool: Loader<string, Account[]> = {
  async batch(poolIds, context) {
    const order = `order by pool_id, financial_year, control_total, kind`;
    const now = `select * from account where pool_id = any(?::text[]) ${order}`;
    if (!context.knownAt) return grouped(poolIds, await context.nouns(Account, now, [poolIds]), ofPool);
    const moved = movedUntil(context, [...poolIds], { effectiveOn: null, financialYear: null, controlTotal: null });
    const then = `select account.id, account.pool_id, account.currency, account.financial_year, account.control_total,
        account.kind, moved.balance::text, null as latest_on
      from (select account_id, sum(change) as balance from ${moved.sql} as each group by 1 having sum(postings) > 0) as moved
      join account on account.id = moved.account_id ${order}`;
    return grouped(poolIds, await context.nouns(Account, then, moved.params), ofPool);
  },
};

const ofPool = ({ poolId }: Account) => poolId;

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
