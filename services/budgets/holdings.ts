import type { Loader } from '../kernel/loader.js';
import { AccountKind } from './ledger/account.js';

/** What an allocation, drawdown or deposit holds inside its pool's accounts, in minor units by kind of account. */
export type Holding = ReadonlyMap<AccountKind, bigint>;

/** One statement for all of a request, now or as known at its instant. */
export const holdings: Loader<string, Holding> = {
  async batch(holderIds, context) {
    const now = `select holder_id, account_kind, balance::text from holding where holder_id = any(?::text[])`;
    const then = `select holder.id as holder_id, account.kind as account_kind, sum(posting.amount)::text as balance
      from unnest(?::text[]) as holder(id)
      join lateral (select id from transfer where allocation_id = holder.id and recorded_at <= ?
        union select id from transfer where drawdown_id = holder.id and recorded_at <= ?
        union select id from transfer where deposit_id = holder.id and recorded_at <= ?) as moved on true
      join posting on posting.transfer_id = moved.id join account on account.id = posting.account_id
      group by holder.id, account.kind`;
    const knownAt = context.knownAt?.toISOString();
    const rows = await context.rows<{ holder_id: string; account_kind: AccountKind; balance: string }>(
      ...((knownAt ? [then, [holderIds, knownAt, knownAt, knownAt]] : [now, [holderIds]]) as [string, unknown[]]),
    );
    const found = new Map<string, Map<AccountKind, bigint>>(holderIds.map((id) => [id, new Map()]));
    for (const row of rows) found.get(row.holder_id)!.set(row.account_kind, BigInt(row.balance));
    return holderIds.map((id) => found.get(id)!);
  },
};
