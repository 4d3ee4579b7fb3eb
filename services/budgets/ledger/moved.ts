import type { Context } from '../../kernel/context.js';
import type { StatementCut } from './statement.js';

/**
 * What moved on the accounts of pools, for `from`: (account_id, kind, financial_year, change, postings), in effect by the day of the
 * cut and recorded by the request's instant. Read from the sums per day, so that it costs the same however many postings
 * there are; what was recorded on the last of these days after the instant is taken off again.
 */
export function movedUntil(context: Context, poolIds: string[], cut: StatementCut): { sql: string; params: unknown[] } {
  const { effectiveOn, financialYear } = cut;
  const until = effectiveOn ?? 'infinity';
  const days = `select account_id, moved.kind, moved.financial_year, change, postings
    from account join account_day as moved on moved.account_id = account.id
   where account.pool_id = any(?::text[]) and moved.day <= ? and moved.financial_year = coalesce(?, moved.financial_year)`;
  const params = [poolIds, until, financialYear];
  if (!context.knownAt) return { sql: `(${days})`, params };
  const instant = context.knownAt.toISOString();
  const lastDay = instant.slice(0, instant.indexOf('T'));
  const later = `select account_id, transfer.kind, transfer.financial_year, - posting.amount, -1
    from transfer join posting on posting.transfer_id = transfer.id
   where transfer.pool_id = any(?::text[]) and effective_on <= ? and financial_year = coalesce(?, financial_year)
     and recorded_at > ? and recorded_at < (?::date + 1)::timestamp at time zone 'UTC'`;
  return {
    sql: `(${days} and moved.recorded_on <= ?::date union all ${later})`,
    params: [...params, lastDay, ...params, instant, lastDay],
  };
}
