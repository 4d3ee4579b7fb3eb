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

/**
 * What of it is certified, for `from`: (account_id, change), read in the same way. A reversal that became known later
 * than the certificate of what it reverses is a line of its own.
 */
export function certifiedUntil(
  context: Context,
  poolIds: string[],
  cut: StatementCut,
): { sql: string; params: unknown[] } {
  const { effectiveOn, financialYear } = cut;
  const until = effectiveOn ?? 'infinity';
  const days = `select account_id, change from account join certified_day on account_id = account.id
   where pool_id = any(?::text[]) and day <= ? and certified_day.financial_year = coalesce(?, certified_day.financial_year)`;
  const params = [poolIds, until, financialYear];
  if (!context.knownAt) return { sql: `(${days})`, params };
  const instant = context.knownAt.toISOString();
  const lastDay = instant.slice(0, instant.indexOf('T'));
  const within = (recordedAt: string) =>
    `${recordedAt} > ? and ${recordedAt} < (?::date + 1)::timestamp at time zone 'UTC'`;
  const later = `select posting.account_id, - posting.amount from (
      select transfer_id from expenditure_certificate where ${within('recorded_at')}
      union
      select coalesce(reverses_id, id) from transfer where pool_id = any(?::text[]) and kind = 'EXPENDITURE' and ${within('recorded_at')}
    ) as late join expenditure_certificate as certificate on certificate.transfer_id = late.transfer_id
    cross join lateral (select * from transfer where id = certificate.transfer_id
      union all select * from transfer where reverses_id = certificate.transfer_id) as transfer
    join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id and account.kind = 'SPENT'
   where transfer.pool_id = any(?::text[]) and effective_on <= ? and transfer.financial_year = coalesce(?, transfer.financial_year)
     and ${within('greatest(transfer.recorded_at, certificate.recorded_at)')}`;
  const window = [instant, lastDay];
  return {
    sql: `(${days} and known_on <= ?::date union all ${later})`,
    params: [...params, lastDay, ...window, poolIds, ...window, ...params, ...window],
  };
}
