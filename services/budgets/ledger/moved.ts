import type { Context } from '../../kernel/context.js';
import type { StatementCut } from './statement.js';

/** The instant at which something is read as known, and when its day and its hour began, in UTC as the sums are kept. */
export function momentsOf(knownAt: Date): { instant: string; day: string; hour: string } {
  const instant = knownAt.toISOString();
  const [day] = instant.split('T');
  const [hour] = instant.split(':');
  return { instant, day: `${day}T00:00:00.000Z`, hour: `${hour}:00:00.000Z` };
}

/**
 * What moved on the accounts of pools, for `from`: (account_id, kind, financial_year, change, postings), in effect by the day of the
 * cut and recorded by the request's instant. Read from the sums per day before the instant's own, then per hour before its
 * own, then from the lines of that hour: it costs the same however many postings there are.
 */
export function movedUntil(context: Context, poolIds: string[], cut: StatementCut): { sql: string; params: unknown[] } {
  const { effectiveOn, financialYear } = cut;
  const sums = (table: string) => `select account_id, moved.kind, moved.financial_year, change, postings
    from account join ${table} as moved on moved.account_id = account.id
   where account.pool_id = any(?::text[]) and moved.day <= ? and moved.financial_year = coalesce(?, moved.financial_year)`;
  const params = [poolIds, effectiveOn ?? 'infinity', financialYear];
  if (!context.knownAt) return { sql: `(${sums('account_day')})`, params };
  const { instant, day, hour } = momentsOf(context.knownAt);
  const lines = `select account_id, transfer.kind, transfer.financial_year, posting.amount, 1
    from transfer join posting on posting.transfer_id = transfer.id
   where transfer.pool_id = any(?::text[]) and effective_on <= ? and financial_year = coalesce(?, financial_year)
     and recorded_at >= ? and recorded_at <= ?`;
  return {
    sql: `(${sums('account_day')} and recorded_on < ?::date
      union all ${sums('account_hour')} and hour >= ? and hour < ? union all ${lines})`,
    params: [...params, day, ...params, day, hour, ...params, hour, instant],
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
  const sums = (table: string) => `select account_id, change
    from account join ${table} as sum on account_id = account.id
   where pool_id = any(?::text[]) and day <= ? and sum.financial_year = coalesce(?, sum.financial_year)`;
  const params = [poolIds, effectiveOn ?? 'infinity', financialYear];
  if (!context.knownAt) return { sql: `(${sums('certified_day')})`, params };
  const { instant, day, hour } = momentsOf(context.knownAt);
  const within = (recordedAt: string) => `${recordedAt} >= ? and ${recordedAt} <= ?`;
  const lines = `select posting.account_id, posting.amount from (
      select transfer_id from expenditure_certificate where ${within('recorded_at')}
      union
      select coalesce(reverses_id, id) from transfer where pool_id = any(?::text[]) and kind = 'EXPENDITURE' and ${within('recorded_at')}
    ) as late join expenditure_certificate as certificate on certificate.transfer_id = late.transfer_id
    cross join lateral (select * from transfer where id = certificate.transfer_id
      union all select * from transfer where reverses_id = certificate.transfer_id) as transfer
    join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id and account.kind = 'SPENT'
   where transfer.pool_id = any(?::text[]) and effective_on <= ? and transfer.financial_year = coalesce(?, transfer.financial_year)
     and ${within('greatest(transfer.recorded_at, certificate.recorded_at)')}`;
  const window = [hour, instant];
  return {
    sql: `(${sums('certified_day')} and known_on < ?::date
      union all ${sums('certified_hour')} and hour >= ? and hour < ? union all ${lines})`,
    params: [...params, day, ...params, day, hour, ...window, poolIds, ...window, ...params, ...window],
  };
}
