import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import type { Listing } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { dayInLondon } from '../kernel/dates.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { BadUserInput } from '../kernel/refusal.js';
import { DiscrepancyKind } from './discrepancy.js';
import { expectedAsKnown } from './expected.js';

export enum DiscrepancyOrder {
  BY_KIND = 'BY_KIND',
  OLDEST_FIRST = 'OLDEST_FIRST',
  LARGEST_FIRST = 'LARGEST_FIRST',
}
registerEnumType(DiscrepancyOrder, {
  name: 'DiscrepancyOrder',
  description: 'How discrepancies are listed.',
  valuesConfig: {
    BY_KIND: { description: 'By kind, then pool and year, or contribution, or deposit.' },
    OLDEST_FIRST: { description: 'By the day since when they are there, the oldest first.' },
    LARGEST_FIRST: { description: 'By currency, within each by amount, the largest first.' },
  },
});

@InputType({ description: 'Which discrepancies; every field given must hold.' })
export class DiscrepancyFilter {
  @Field(() => ID, { nullable: true, description: 'In this pool.' })
  budget?: string | null;

  @Field(() => DiscrepancyKind, { nullable: true, description: 'Of this kind.' })
  kind?: DiscrepancyKind | null;

  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Of this contributor: of its contributions, and of receipts whose payer named one of them.',
  })
  contributor?: string | null;

  @Field(() => Int, { nullable: true, description: 'There for so many days or longer; 0 or more.' })
  minAgeDays?: number | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Of this amount or more, in its currency only.' })
  minAmount?: MoneyInput | null;
}

/**
 * Where authority does not expire, what counts is all that was asked for and paid in to the end of a year; in an annual
 * pool each year stands by itself. Listed from the first year on that something is not covered.
 */
const notCovered = (context: Context) => `
  with asked as (
    select allocation.*, annual, mission_id, case when annual then allocation.financial_year
        else financial_year_of(effective_on, calendar_years) end as year
      from ${context.known('allocation')} join ${context.known('pooled_budget')} on pooled_budget.id = pool_id
     where allocation.state in ('APPROVED', 'UNCOVERED') and pool_id = coalesce(?, pool_id)
       and pool_id in (select pool_id from ${context.known('allocation')} where state = 'UNCOVERED')),
  paid as (
    select transfer.pool_id, transfer.control_total, transfer.financial_year, effective_on, sum(posting.amount) as amount
      from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
     where transfer.kind in ('DEPOSIT', 'MATCH') and account.kind = 'UNALLOCATED' and recorded_at <= ?
       and transfer.pool_id in (select pool_id from asked)
     group by 1, 2, 3, 4),
  year as (
    select pool_id, control_total, currency, mission_id, annual, year, financial_year_end(year) as until,
           coalesce(sum(amount_minor) filter (where state = 'UNCOVERED'), 0) as uncovered,
           coalesce(array_agg(id order by id) filter (where state = 'UNCOVERED'), '{}') as allocation_ids
      from asked group by 1, 2, 3, 4, 5, 6, 7)
  select concat_ws(':', 'not-covered', pool_id, control_total, year) as id, 'ALLOCATION_NOT_COVERED' as kind,
         pool_id, currency, control_total, year as financial_year, until, until as since,
         greatest(uncovered, asked_for - paid_in)::bigint as size, mission_id, null as contributor_id,
         asked_for::text, paid_in::text, uncovered::text, allocation_ids, null as transfer_id, null as suspense,
         null as contribution_id, null as stated, null as received
    from year
    cross join lateral (select sum(amount_minor) as asked_for from asked
      where asked.pool_id = year.pool_id and asked.control_total = year.control_total
        and case when annual then asked.year = year.year else asked.effective_on <= until end) as asking
    cross join lateral (select coalesce(sum(amount), 0) as paid_in from paid
      where paid.pool_id = year.pool_id and paid.control_total = year.control_total
        and case when annual then paid.financial_year = year.year else paid.effective_on <= until end) as paying
   where cardinality(allocation_ids) > 0 or asked_for > paid_in`;

/** What of each deposit is in suspense, as known at an instant. */
const waiting = (context: Context) =>
  context.knownAt
    ? `(select deposit_id as holder_id, sum(posting.amount) as suspense from transfer
         join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
        where account.kind = 'SUSPENSE' and recorded_at <= '${context.knownAt.toISOString()}'
        group by 1 having sum(posting.amount) > 0)`
    : `(select holder_id, balance as suspense from holding where account_kind = 'SUSPENSE' and balance > 0)`;

const inSuspense = (context: Context) => `
  select 'suspense:' || transfer.id, 'DEPOSIT_IN_SUSPENSE', transfer.pool_id, transfer.currency, control_total,
         transfer.financial_year, effective_on, effective_on, waiting.suspense::bigint, mission_id,
         split_part(transfer.contribution_id, ':', 1), null, null, null, '{}'::text[], transfer.id, waiting.suspense::text,
         transfer.contribution_id, null, null
    from transfer join ${waiting(context)} as waiting on waiting.holder_id = transfer.id
    join pooled_budget on pooled_budget.id = transfer.pool_id
   where transfer.pool_id = coalesce(?, transfer.pool_id)`;

/** What came in under the name of a contribution or was matched to it, by day: to be read beside `said`. */
const receipts = `select effective_on as day, sum(posting.amount) as minor
   from transfer join posting on posting.transfer_id = transfer.id join account on account.id = posting.account_id
  where transfer.kind in ('DEPOSIT', 'MATCH') and recorded_at <= ?
    and (account.kind = 'UNALLOCATED' and transfer.contribution_id = said.contribution_id
      or account.kind = 'SUSPENSE' and transfer.deposit_id in (select named.id from transfer as named
        where named.kind = 'DEPOSIT' and named.contribution_id = said.contribution_id))
  group by 1`;

/**
 * What a contributor stated last to have paid, beside what the ledger received: matched to the contribution, or in
 * suspense under its name. Both sides are taken in the order of their days; it is there since the first payment, or
 * receipt, that the other side does not have.
 */
const statedOtherwise = (context: Context) => `
  select 'stated:' || said.contribution_id, case when stated = 0 then 'RECEIVED_NOT_STATED'
           when received = 0 then 'STATED_NOT_RECEIVED' else 'AMOUNT_DIFFERS' end,
         coalesce(expected.pool_id, said.pool_id), said.currency, null,
         financial_year_of(since, coalesce(calendar_years, false)), since, since, abs(stated - received)::bigint,
         said.mission_id, said.contributor_id, null, null, null, '{}'::text[], null, null, said.contribution_id,
         stated::text, received::text
    from (select distinct on (contribution_id) * from stated_payment
           where known_at <= ? and contributor_id = coalesce(?, contributor_id) and mission_id = coalesce(?, mission_id)
           order by contribution_id, ordinal desc) as said
    left join ${expectedAsKnown(context, `expected.id in (select contribution_id from stated_payment)`)} on expected.id = said.contribution_id
    left join (select contribution_id, sum(waiting.suspense) as suspense from ${waiting(context)} as waiting
        join transfer on transfer.id = holder_id where contribution_id is not null group by 1) as named
      on named.contribution_id = said.contribution_id
    cross join lateral (select coalesce(expected.deposited, 0) + coalesce(named.suspense, 0) as received) as ledger
    left join pooled_budget on pooled_budget.id = coalesce(expected.pool_id, said.pool_id)
    cross join lateral (
      select min(day) as since from (
        select day, sum(minor) over (order by day) as running from (
          select (each->>'paidOn')::date as day, (each->>'minor')::bigint as minor
            from jsonb_array_elements(said.payments) as each where stated > received
          union all select day, minor from (${receipts}) as receipt where received > stated) as line) as line
      where running > least(stated, received)) as aged
   where stated <> received and coalesce(expected.pool_id, said.pool_id) is not distinct from
     coalesce(?, expected.pool_id, said.pool_id)`;

const orders: Record<DiscrepancyOrder, string[]> = {
  [DiscrepancyOrder.BY_KIND]: ['id'],
  [DiscrepancyOrder.OLDEST_FIRST]: ['since', 'id'],
  [DiscrepancyOrder.LARGEST_FIRST]: ['currency', 'below', 'id'],
};

/** The day ages are counted to: today in London, or that of the request's instant. */
export const dayOf = ({ knownAt }: Context): string => dayInLondon(knownAt ?? new Date());

export function discrepancyList(context: Context, filter: DiscrepancyFilter, orderBy: DiscrepancyOrder): Listing {
  const knownAt = context.knownAt?.toISOString() ?? 'infinity';
  const { budget = null, kind = null, mission = null, contributor = null, minAgeDays = null } = filter;
  if (minAgeDays !== null && minAgeDays < 0) throw new BadUserInput('minAgeDays is 0 or more.');
  const least = filter.minAmount ? Money.of(filter.minAmount) : null;
  const parts: [kinds: DiscrepancyKind[], sql: string, params: unknown[]][] = [
    [[DiscrepancyKind.ALLOCATION_NOT_COVERED], notCovered(context), [budget, knownAt]],
    [[DiscrepancyKind.DEPOSIT_IN_SUSPENSE], inSuspense(context), [budget]],
    [statedKinds, statedOtherwise(context), [knownAt, contributor, mission, knownAt, budget]],
  ];
  // The first part names the columns, so it always stands there.
  const asked = parts.filter(([kinds], place) => place === 0 || !kind || kinds.includes(kind));
  const conditions: [sql: string, value: unknown][] = [
    ['kind = ?', kind],
    ['mission_id = ?', mission],
    ['contributor_id = ?', contributor],
    ['?::date - since >= ?', minAgeDays === null ? null : [dayOf(context), minAgeDays]],
    ['(currency = ? and size >= ?)', least && [least.currency, least.minor.toString()]],
  ];
  const given = conditions.filter(([, value]) => value !== null);
  const where = given.length > 0 ? ` where ${given.map(([sql]) => sql).join(' and ')}` : '';
  return {
    sql: `select *, -size as below from (${asked.map(([, sql]) => `(${sql})`).join(' union all ')}) as found${where}`,
    params: [...asked.flatMap(([, , params]) => params), ...given.flatMap(([, value]) => value)],
    orderBy: orders[orderBy],
  };
}

const statedKinds = [
  DiscrepancyKind.STATED_NOT_RECEIVED,
  DiscrepancyKind.RECEIVED_NOT_STATED,
  DiscrepancyKind.AMOUNT_DIFFERS,
];
