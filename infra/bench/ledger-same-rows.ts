import type { Client } from 'pg';
import { v4 as uuid } from 'uuid';
import { migrate } from '../../services/kernel/migrate.js';
import { withConnection } from '../postgres/connection.js';
import { services } from '../services.js';
import { driven, emptyDatabase, type Limit } from './ledger-limit.js';

const day = new Date().toISOString().slice(0, 10);

/**
 * The limit in the hub's own tables: every row that a deposit writes there, with the indexes, checks and foreign keys that
 * these have, by one hand-written PL/pgSQL function. No trigger guards or adds up anything, and nobody seals.
 */
export async function startSameRows(adminUrl: string, clients: number, accounts: number): Promise<Limit> {
  const url = await emptyDatabase(adminUrl, `bench_same_rows_${accounts}`);
  await migrate(services.find(({ name }) => name === 'budgets')!, url, 'hub_budgets');
  const pools = await withConnection(url, async (owner) => {
    await withoutTriggers(owner);
    await owner.query(move);
    await owner.query(opened, [accounts / 2]);
    const { rows } = await owner.query<Pool>(
      `select pool_id as id, max(id) filter (where kind = 'CONTRIBUTOR_SOURCE') as source, max(id) filter (where kind = 'SUSPENSE') as target
         from account group by 1`,
    );
    return rows;
  });
  let made = 0;
  return driven(url, clients, 'select move($1, $2, $3, $4, $5, $6, $7, $8)', () => {
    const pool = pools[made++ % pools.length]!;
    return [`transfer-${sortable()}`, pool.id, pool.source, pool.target, 100, day, uuid(), uuid()];
  });
}

/** A UUID of version 7, as the hub gives: the library that the peers of this bench bring along makes none. */
function sortable(): string {
  const at = Date.now().toString(16).padStart(12, '0');
  return `${at.slice(0, 8)}-${at.slice(8)}-7${uuid().slice(15)}`;
}

interface Pool {
  id: string;
  source: string;
  target: string;
}

/** Those of foreign keys stay. */
async function withoutTriggers(owner: Client): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(
    `select distinct tgrelid::regclass::text as name from pg_trigger
      where not tgisinternal and tgrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)`,
  );
  for (const { name } of rows) await owner.query(`alter table ${name} disable trigger user`);
}

const opened = `
  with pool as (
    insert into pooled_budget (id, mission_id, name, host_id, currency, state, annual, calendar_years, control_totals, illustrative)
      select 'budget-' || gen_random_uuid(), 'mission', 'Pool ' || n, 'department-for-education', 'GBP', 'OPEN', false, false, array['RDEL_PROGRAMME'], true
        from generate_series(1, $1::int) as n returning id)
  insert into account (id, pool_id, currency, control_total, kind)
    select 'account-' || gen_random_uuid(), pool.id, 'GBP', 'RDEL_PROGRAMME', kind from pool, unnest(array['CONTRIBUTOR_SOURCE', 'SUSPENSE']) as kind`;

const move = `
  create function move(transfer_id text, pool text, source text, target text, moved bigint, on_day date, reference text, key text)
    returns void language plpgsql as $$
  declare
    at timestamptz(3) := date_trunc('milliseconds', clock_timestamp());
    this_hour timestamptz := date_trunc('hour', at, 'UTC');
    this_day date := (at at time zone 'UTC')::date;
    year text := financial_year_of(on_day, false);
  begin
    insert into deed (subject, key, organisation, name, fingerprint, answer)
      values ('publisher', move.key, 'department-for-education', 'recordDeposit', md5(move.key) || md5(move.reference),
        jsonb_build_object('id', transfer_id, 'alreadyRecorded', false));
    perform from account where id in (source, target) order by id for no key update;
    insert into transfer (id, kind, pool_id, currency, amount_minor, effective_on, recorded_at, financial_year, period, control_total, reference,
        requested_by, deposit_id)
      values (transfer_id, 'DEPOSIT', pool, 'GBP', moved, on_day, at, year, 'P01', 'RDEL_PROGRAMME', move.reference, 'publisher', transfer_id);
    insert into posting (transfer_id, account_id, amount)
      values (move.transfer_id, source, -moved), (move.transfer_id, target, moved);
    update account set balance = balance + case when id = source then -moved else moved end, latest_on = greatest(latest_on, on_day)
      where id in (source, target);
    insert into account_hour (account_id, hour, day, kind, financial_year, change, postings, last_id)
      values (source, this_hour, on_day, 'DEPOSIT', year, -moved, 1, transfer_id),
             (target, this_hour, on_day, 'DEPOSIT', year, moved, 1, transfer_id)
      on conflict (account_id, hour, day, kind, financial_year) do update set change = account_hour.change + excluded.change,
        postings = account_hour.postings + 1, last_id = greatest(account_hour.last_id, excluded.last_id);
    insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings, first_id, last_id)
      values (source, on_day, this_day, 'DEPOSIT', year, -moved, 1, transfer_id, transfer_id),
             (target, on_day, this_day, 'DEPOSIT', year, moved, 1, transfer_id, transfer_id)
      on conflict (account_id, day, recorded_on, kind, financial_year) do update set change = account_day.change + excluded.change,
        postings = account_day.postings + 1, first_id = least(account_day.first_id, excluded.first_id),
        last_id = greatest(account_day.last_id, excluded.last_id);
    insert into account_movement (account_id, kind, financial_year, amount)
      values (source, 'DEPOSIT', year, -moved), (target, 'DEPOSIT', year, moved)
      on conflict (account_id, kind, financial_year) do update set amount = account_movement.amount + excluded.amount;
    insert into holding (holder_id, account_kind, balance) values (transfer_id, 'SUSPENSE', moved);
    insert into unsealed (pool_id, transfer_id) values (pool, transfer_id);
  end $$`;
