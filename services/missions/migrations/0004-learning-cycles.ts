import { keepHistoryOf } from '../../kernel/database.js';
import { Migration } from '../../kernel/migration.js';

/** Changes made in order to learn, and what came of them. */
export class LearningCycles extends Migration {
  override up(): void {
    this.addSql(`create table learning_cycle (
      id text primary key check (id ~ '^cycle-[0-9a-f-]{36}$'), challenge_id text not null references challenge,
      hypothesis text not null check (hypothesis <> ''), change text not null check (change <> ''),
      started_on date not null, ends_on date not null,
      constraint cycle_of_1_to_90_days check (ends_on - started_on between 0 and 89),
      measure_id text not null check (measure_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
      expected text not null check (expected <> ''), expected_change numeric check (expected_change <> 0),
      state text not null check (state in ('RUNNING', 'CLOSED')),
      closed_on date check (closed_on >= started_on), observed text check (observed <> ''), learned text check (learned <> ''),
      next text check (next in ('SCALE', 'ADAPT', 'STOP', 'REPEAT')),
      constraint closed_with_all_that_was_learned
        check (num_nonnulls(closed_on, observed, learned, next) = case state when 'CLOSED' then 4 else 0 end),
      illustrative boolean not null, version integer not null default 1,
      recorded_at timestamptz(3) not null default clock_timestamp())`);
    this.addSql('create index on learning_cycle (challenge_id, started_on, id)');
    for (const sql of keepHistoryOf('learning_cycle')) this.addSql(sql);
    // What was expected is never rewritten once something was observed; the role may change only what closes it.
    this.addSql(`create function guard_learning_cycle() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if old.state = 'CLOSED' then
          raise exception 'this learning cycle is closed' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger guard before update on learning_cycle
      for each row execute function guard_learning_cycle()`);
  }
}
