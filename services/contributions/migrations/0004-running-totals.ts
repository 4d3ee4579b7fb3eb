import { Migration } from '../../kernel/migration.js';
import { byIndexOnly } from './0002-guards.js';

/**
 * Totals that are kept as contributions change, so that reading them costs the same for ten and for a million. The
 * contributor is part of the key: departments that publish at the same time do not wait for each other.
 */
export class RunningTotals extends Migration {
  override up(): void {
    this.addSql(`create table contribution_total (
      mission_id text, contributor_id text, state text, pooling text, currency text, financial_year text, control_total text,
      total numeric not null, count bigint not null,
      primary key (mission_id, contributor_id, state, pooling, currency, financial_year, control_total))`);
    this.addSql(`create table contribution_count (
      mission_id text, contributor_id text, state text, pooling text, kind text, count bigint not null,
      primary key (mission_id, contributor_id, state, pooling, kind))`);
    this.addSql(keepTotals);
    this.addSql(`create trigger totals_new after insert on contribution referencing new table as after
      for each statement execute function keep_totals()`);
    this.addSql(`create trigger totals_changed after update on contribution referencing old table as before new table as after
      for each statement execute function keep_totals()`);
    for (const table of ['contribution_total', 'contribution_count']) {
      // What is counted is public: drafts are in neither table. Only the trigger, which runs as the owner, may write.
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (true)`);
      this.addSql(`create policy kept on ${table} for all to current_user using (true) with check (true)`);
    }
  }
}

// Takes away what the rows counted for before and adds what they count for now, in the order of the keys.
const delta = (moved: string) => `
  insert into contribution_count as kept (mission_id, contributor_id, state, pooling, kind, count)
    select mission_id, contributor_id, state, pooling, kind, sum(sign) from (${moved}) as moved where state <> 'DRAFT'
    group by 1, 2, 3, 4, 5 having sum(sign) <> 0 order by 1, 2, 3, 4, 5
    on conflict (mission_id, contributor_id, state, pooling, kind) do update set count = kept.count + excluded.count;
  insert into contribution_total as kept (mission_id, contributor_id, state, pooling, currency, financial_year, control_total, total, count)
    select mission_id, moved.contributor_id, state, pooling, currency, financial_year, control_total, sum(sign * amount), sum(sign)
    from (${moved}) as moved join contribution_amount a on a.contribution_id = moved.id and a.number = moved.number
    where state <> 'DRAFT' group by 1, 2, 3, 4, 5, 6, 7 having sum(sign) <> 0 or sum(sign * amount) <> 0 order by 1, 2, 3, 4, 5, 6, 7
    on conflict (mission_id, contributor_id, state, pooling, currency, financial_year, control_total)
    do update set total = kept.total + excluded.total, count = kept.count + excluded.count;`;

const keepTotals = `create function keep_totals() returns trigger language plpgsql security definer
  set search_path = public, pg_temp ${byIndexOnly} as $$
  begin
    if tg_op = 'INSERT' then ${delta('select *, 1 as sign from after')}
    else ${delta('select *, 1 as sign from after union all select *, -1 from before')}
    end if;
    return null;
  end $$`;
