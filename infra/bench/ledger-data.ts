import type { Client } from 'pg';

const perStatement = 25_000;

/** Over how many days, the last of them today, the effect and the recording of the deposits are spread. */
export const daysOfDeposits = 300;

/**
 * A pool with one commitment and half as many deposits as postings asked for. Straight into the tables, with every
 * trigger at work: the API would take hours, and it is reading that is measured afterwards.
 */
export async function poolWithPostings(client: Client, postings: number): Promise<string> {
  const name = `bench-${postings}`;
  await client.query(
    `insert into pooled_budget (id, mission_id, name, host_id, currency, state, annual, calendar_years, control_totals, illustrative)
     values ('budget-' || $1::text, $1, 'Pool', 'department-for-education', 'GBP', 'OPEN', false, false, array['NON_BUDGET'], true)`,
    [name],
  );
  await client.query(
    `insert into expected (id, mission_id, contributor_id, pool_id, currency, committed, effective_on)
     values ('treasury:' || $1::text, $1, 'treasury', 'budget-' || $1::text, 'GBP', 1000000000000, current_date - ${daysOfDeposits})`,
    [name],
  );
  await client.query(
    `insert into account (id, pool_id, currency, control_total, kind)
     select 'account-' || $1::text || kind, 'budget-' || $1::text, 'GBP', 'NON_BUDGET', kind
       from unnest(array['CONTRIBUTOR_SOURCE', 'UNALLOCATED']) as kind`,
    [name],
  );
  const transfers = postings / 2;
  for (let from = 1; from <= transfers; from += perStatement) {
    await client.query('begin');
    await client.query(`create temporary table made on commit drop as ${madeUp}`, [
      name,
      from,
      Math.min(from + perStatement - 1, transfers),
    ]);
    for (const statement of insertions) await client.query(statement);
    await client.query('commit');
  }
  // Sealing all of it would go on beside what is measured.
  await client.query('set session_replication_role = replica');
  await client.query('delete from unsealed where pool_id = $1', [`budget-${name}`]);
  await client.query('set session_replication_role = origin');
  await client.query('vacuum analyze posting, transfer, account_day');
  return `budget-${name}`;
}

const madeUp = `
  select 'transfer-' || $1::text || '-' || lpad(n::text, 9, '0') as id, 'budget-' || $1::text as pool_id, 'treasury:' || $1::text as contribution_id,
    'account-' || $1::text as account, current_date - n % ${daysOfDeposits} as day, n % 86400 * interval '1 second' as time_of_day
  from generate_series($2::int, $3::int) as n`;

const insertions = [
  `insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, recorded_at, financial_year, period,
     control_total, requested_by, contribution_id, deposit_id)
   select id, 'DEPOSIT', pool_id, 'GBP', 100, day, least(day::timestamp at time zone 'UTC' + time_of_day, now()),
     financial_year_of(day, false), 'P01', 'NON_BUDGET', 'bench', contribution_id, id from made order by id`,
  `insert into posting (transfer_id, account_id, amount)
   select id, account || kind, amount from made
    cross join (values ('CONTRIBUTOR_SOURCE', -100), ('UNALLOCATED', 100)) as line (kind, amount) order by id`,
];
