import type { Client } from 'pg';

const perStatement = 50_000;
const contributions = 50;
/** What is paid in, set aside, reserved, paid, spent and partly refunded together: so many transfers of two postings each. */
const inBlock = 10;
/** Fewer postings than this are no whole block. */
export const least = inBlock * 2;

/** Over how many days, the last of them today, the recording of the transfers is spread. */
export const daysOfTransfers = 300;

/** What is asked of a pool that was filled. */
export interface FilledPool {
  id: string;
  /** One of the contributions that are paid in. */
  contribution: string;
  /** The account that most transfers touch. */
  account: string;
  /** The transfer in the middle of all, and one of the last. */
  middle: string;
  late: string;
}

/**
 * A pool with so many postings, half as many transfers, of every kind that a pool in use has. Straight into the tables
 * and with the triggers off, for the API would take days and it is reading that is measured; what the triggers keep is
 * added up from the postings at the end, and whoever fills checks it. Where it is to be sealed, it waits for the service
 * to do it.
 */
export async function fillPool(
  client: Client,
  postings: number,
  isSealed: boolean,
  say: (line: string) => void,
): Promise<FilledPool> {
  const transfers = Math.floor(postings / least) * inBlock;
  const id = `budget-bench-${postings}`;
  // What is expected is kept by its own triggers.
  for (const statement of opening) await client.query(statement, [id]);
  await client.query('set session_replication_role = replica');
  await client.query(`set maintenance_work_mem = '1GB'`);
  const indexes = await withoutIndexes(client);
  const begun = performance.now();
  for (let from = 0; from < transfers; from += perStatement) {
    const until = Math.min(from + perStatement, transfers);
    await client.query('begin');
    await client.query(`create temporary table made on commit drop as ${made}`, [id, from, until - 1, transfers]);
    await client.query('analyze made');
    for (const statement of isSealed ? [...writing, waiting] : writing) await client.query(statement);
    await client.query('commit');
    if (until % (perStatement * 5) === 0 || until === transfers) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      say(
        `  ${(until * 2).toLocaleString('en')} of ${(transfers * 2).toLocaleString('en')} postings after ${seconds} s`,
      );
    }
  }
  for (const { definition } of indexes) await client.query(definition);
  await client.query('begin');
  await client.query(`create temporary table line on commit drop as ${lines}`, [id]);
  for (const statement of keeping) await client.query(statement);
  await client.query('commit');
  await client.query('set session_replication_role = origin');
  await client.query('vacuum analyze');
  const { rows } = await client.query<FilledPool>(asked, [id, Math.floor(transfers / 2)]);
  return rows[0]!;
}

/** Takes off the indexes that only reading stands on: made at the end they cost less than kept row by row. */
async function withoutIndexes(client: Client): Promise<{ definition: string }[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as definition from pg_index
      where indrelid in ('transfer'::regclass, 'posting'::regclass) and not indisunique`,
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows;
}

const opening = [
  `insert into pooled_budget (id, mission_id, name, host_id, currency, state, annual, calendar_years, control_totals, illustrative, recorded_at)
   values ($1, $1, 'Pool', 'department-for-education', 'GBP', 'OPEN', false, false, array['RDEL_PROGRAMME'], true, now() - interval '${daysOfTransfers + 10} days')`,
  `insert into expected (id, mission_id, contributor_id, pool_id, currency, committed, effective_on)
   select 'treasury:' || $1 || '-' || n, $1, 'treasury', $1, 'GBP', 1000000000000, current_date - ${daysOfTransfers + 10}
     from generate_series(0, ${contributions - 1}) as n`,
  `insert into account (id, pool_id, currency, control_total, kind)
   select 'account-' || gen_random_uuid(), $1, 'GBP', 'RDEL_PROGRAMME', kind from unnest(array['CONTRIBUTOR_SOURCE',
     'UNALLOCATED', 'ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT']) as kind`,
];

/** A UUID of version 7: what was recorded later sorts later. */
const sortable = (prefix: string, at: string, seed: string) => `'${prefix}-' || (
  select left(hex, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(hex, 13, 3) || '-8' || substr(hex, 16, 3) || '-' || substr(hex, 19, 12)
    from (select lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || md5(${seed}) as hex) as uuid)`;
const instant = (number: string) =>
  `date_trunc('milliseconds', now() - interval '${daysOfTransfers} days' + ${number} * (interval '${daysOfTransfers} days' / $4::int))`;

/** Block by block, with the days some of which lie up to two before the recording; then step by step what it does. */
const made = `
  with block as materialized (
    select number as block, day, financial_year_of(day, false) as financial_year,
      'P' || lpad((((extract(month from day)::int + 8) % 12) + 1)::text, 2, '0') as period,
      'treasury:' || $1 || '-' || number % ${contributions} as contribution_id,
      ${sortable('allocation', 'begun', `'a' || $1 || number`)} as allocation_id,
      ${sortable('drawdown', 'begun', `'d' || $1 || number`)} as drawdown_id
    from generate_series($2::int / ${inBlock}, $3::int / ${inBlock}) as number
      cross join lateral (select ${instant(`(number * ${inBlock})`)} as begun) as placed
      cross join lateral (select (begun at time zone 'Europe/London')::date - number % 3 as day) as dated),
  placed as materialized (
    select n, block.*, step.*, ${instant('n')} as recorded_at from block
      cross join (values (0, 'DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED', 0), (1, 'DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED', 0),
        (2, 'DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED', 0), (3, 'DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED', 0),
        (4, 'DEPOSIT', 'CONTRIBUTOR_SOURCE', 'UNALLOCATED', 0), (5, 'ALLOCATION', 'UNALLOCATED', 'ALLOCATION_AVAILABLE', 30000),
        (6, 'RESERVATION', 'ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 20000), (7, 'PAYMENT', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 20000),
        (8, 'EXPENDITURE', 'WITH_RECIPIENT', 'SPENT', 15000), (9, 'REFUND', 'WITH_RECIPIENT', 'UNALLOCATED', 2000)
      ) as step (place, kind, from_kind, to_kind, fixed)
      cross join lateral (select block.block * ${inBlock} + step.place as n) as numbered)
  select placed.*, $1::text as pool_id, ${sortable('transfer', 'recorded_at', '$1 || n')} as id from placed`;

const amount = 'case fixed when 0 then 10000 + n::bigint * 7919 % 1000 else fixed end';

const writing = [
  `insert into allocation (id, pool_id, currency, recipient_id, purpose, financial_year, control_total, amount_minor, effective_on,
     hash, state, requested_by, approved_by, approved_hash, approved_as, recorded_at)
   select allocation_id, pool_id, 'GBP', 'council', 'Roofs', financial_year, 'RDEL_PROGRAMME', fixed, day,
     hash, 'APPROVED', 'proposer', 'approver', hash, 'approver', recorded_at
     from made cross join lateral (select encode(sha256(allocation_id::bytea), 'hex') as hash) as hashed where kind = 'ALLOCATION' order by n`,
  `insert into drawdown (id, allocation_id, currency, amount_minor, state, requested_by, approved_by, approved_hash, recorded_at)
   select drawdown_id, allocation_id, 'GBP', fixed, 'PAID', 'council', 'approver', drawdown_hash(allocation_id, 'GBP', fixed, null),
     recorded_at from made where kind = 'RESERVATION' order by n`,
  `insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, recorded_at, financial_year, period, control_total,
     reference, requested_by, contribution_id, deposit_id, allocation_id, drawdown_id)
   select id, kind, pool_id, 'GBP', ${amount}, day, recorded_at, financial_year, period, 'RDEL_PROGRAMME',
     case kind when 'DEPOSIT' then 'receipt ' || n end, 'bench', case kind when 'DEPOSIT' then contribution_id end,
     case kind when 'DEPOSIT' then id end, case when kind <> 'DEPOSIT' then allocation_id end,
     case when kind in ('RESERVATION', 'PAYMENT', 'REFUND') then drawdown_id end from made order by n`,
  `insert into posting (transfer_id, account_id, amount)
   select made.id, account.id, sign * (${amount}) from made cross join lateral (values (from_kind, -1), (to_kind, 1)) as line (of_kind, sign)
     join account on account.pool_id = made.pool_id and account.kind = of_kind order by n`,
  // Half of what is spent is certified, an hour after it was reported.
  `insert into expenditure_certificate (transfer_id, certified_by, recorded_at)
   select id, 'accounting-officer', least(recorded_at + interval '1 hour', date_trunc('milliseconds', now()))
     from made where kind = 'EXPENDITURE' and block % 2 = 0 order by n`,
];

const waiting = 'insert into unsealed (pool_id, transfer_id) select pool_id, id from made order by n';

const hourOf = (instant: string) => `date_trunc('hour', ${instant}, 'UTC')`;
const lines = `
  select posting.account_id, posting.amount, account.kind as account_kind, transfer.kind, transfer.financial_year, effective_on,
    (recorded_at at time zone 'UTC')::date as recorded_on, ${hourOf('recorded_at')} as hour, transfer.id, contribution_id,
    allocation_id, drawdown_id from posting join transfer on transfer.id = posting.transfer_id join account on account.id = posting.account_id
   where transfer.pool_id = $1`;

/** As keep_accounts, keep_holdings and keep_certified would have added it up, deed by deed. */
const keeping = [
  `update account set balance = moved.balance, latest_on = latest
     from (select account_id, sum(amount) as balance, max(effective_on) as latest from line group by 1) as moved where id = account_id`,
  `insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings, first_id, last_id)
   select account_id, effective_on, recorded_on, kind, financial_year, sum(amount), count(*), min(id), max(id) from line group by 1, 2, 3, 4, 5`,
  `insert into account_movement (account_id, kind, financial_year, amount)
   select account_id, kind, financial_year, sum(amount) from line group by 1, 2, 3`,
  `insert into holding (holder_id, account_kind, balance)
   select allocation_id, account_kind, sum(amount) from line where allocation_id is not null
     and account_kind in ('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT') group by 1, 2`,
  `insert into holding (holder_id, account_kind, balance)
   select drawdown_id, account_kind, sum(amount) from line where drawdown_id is not null
     and account_kind in ('ALLOCATION_RESERVED', 'WITH_RECIPIENT') group by 1, 2`,
  `update expected set deposited = paid from (select contribution_id, sum(amount) as paid from line
     where account_kind = 'UNALLOCATED' and kind = 'DEPOSIT' group by 1) as line where expected.id = line.contribution_id`,
  `insert into account_certified (account_id, financial_year, amount)
   select account_id, financial_year, sum(amount) from line join expenditure_certificate on transfer_id = id
    where account_kind = 'SPENT' group by 1, 2`,
  `insert into certified_day (account_id, day, known_on, financial_year, change)
   select account_id, effective_on, (recorded_at at time zone 'UTC')::date, financial_year, sum(amount)
     from line join expenditure_certificate on transfer_id = id where account_kind = 'SPENT' group by 1, 2, 3, 4`,
  `insert into account_hour (account_id, hour, day, kind, financial_year, change, postings, last_id)
   select account_id, hour, effective_on, kind, financial_year, sum(amount), count(*), max(id)
     from line group by 1, 2, 3, 4, 5`,
  `insert into certified_hour (account_id, hour, day, financial_year, change)
   select account_id, ${hourOf('recorded_at')}, effective_on, financial_year, sum(amount)
     from line join expenditure_certificate on transfer_id = id where account_kind = 'SPENT' group by 1, 2, 3, 4`,
];

const asked = `
  select pool.id, 'treasury:' || pool.id || '-7' as contribution,
    (select id from account where pool_id = pool.id and kind = 'UNALLOCATED') as account,
    (select id from transfer where pool_id = pool.id order by id offset $2 limit 1) as middle,
    (select id from transfer where pool_id = pool.id order by id desc offset least(100, $2) limit 1) as late
  from (values ($1::text)) as pool (id)`;
