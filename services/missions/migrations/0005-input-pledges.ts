import { keepHistoryOf } from '../../kernel/database.js';
import { Migration } from '../../kernel/migration.js';

/** What organisations said they would put in, and whether they did. */
export class InputPledges extends Migration {
  override up(): void {
    this.addSql(`create table input_pledge (
      id text primary key check (id ~ '^pledge-[0-9a-f-]{36}$'), mission_id text not null references mission,
      pledger_id text not null references organisation,
      outcome_id text check (outcome_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), text text not null check (text <> ''),
      quantity numeric check (quantity > 0), unit text check (unit <> ''), check ((quantity is null) = (unit is null)),
      due_on date not null, state text not null check (state in ('SCHEDULED', 'MET', 'NOT_MET', 'PARTIALLY_MET')),
      delivered numeric check (delivered >= 0), evidence text check (evidence <> ''), settled_on date,
      constraint settled_with_evidence
        check (num_nonnulls(evidence, settled_on) = case state when 'SCHEDULED' then 0 else 2 end),
      constraint counted_when_settled check ((delivered is not null) = (quantity is not null and state <> 'SCHEDULED')),
      constraint unmet_only_after_its_day check (state in ('SCHEDULED', 'MET') or settled_on > due_on),
      constraint verdict_fits check (delivered is null or state = case when delivered = 0 then 'NOT_MET'
        when delivered < quantity then 'PARTIALLY_MET' else 'MET' end),
      illustrative boolean not null, version integer not null default 1,
      recorded_at timestamptz(3) not null default clock_timestamp())`);
    this.addSql('create index on input_pledge (mission_id, due_on, id)');
    for (const sql of keepHistoryOf('input_pledge')) this.addSql(sql);
    this.addSql(`create function guard_input_pledge() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if old.state <> 'SCHEDULED' then
          raise exception 'this input pledge is settled' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger guard before update on input_pledge
      for each row execute function guard_input_pledge()`);
  }
}
