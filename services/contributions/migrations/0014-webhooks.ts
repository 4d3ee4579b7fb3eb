import { Migration } from '../../kernel/migration.js';

const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const central = `holds_role('mission-unit') or holds_role('mission-finance')`;

/**
 * Where organisations' own systems are told of events. Both tables are only added to: a webhook has ended when there is a
 * row that says so. Who changes a contribution sees them, to tell them; no secret of theirs is kept anywhere.
 */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`create table webhook (
      id text primary key, contributor_id text not null, url text not null, events text[] not null check (events <> '{}'),
      by_subject text not null, ${recorded},
      check (id ~ '^[a-z0-9-]+:webhook-[0-9a-f-]{36}$' and starts_with(id, contributor_id || ':')))`);
    this.addSql(`create index on webhook (contributor_id, id)`);
    this.addSql(`create table webhook_end (
      webhook_id text primary key references webhook, contributor_id text not null,
      state text not null check (state in ('REMOVED', 'GONE')), by_subject text not null, ${recorded},
      check (starts_with(webhook_id, contributor_id || ':')))`);
    const inserts = {
      webhook: `contributor_id = current_setting('app.organisation', true) and holds_role('publisher')`,
      webhook_end: `state = 'REMOVED' and contributor_id = current_setting('app.organisation', true) and holds_role('publisher')
        or state = 'GONE' and holds_role('event')`,
    };
    for (const [table, insert] of Object.entries(inserts)) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select
        using (is_own(contributor_id) or holds_role('auditor') or ${central} or holds_role('event'))`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    this.addSql(`create trigger kept_here after insert on webhook referencing new table as added
      for each statement execute function guard_place()`);
    this.addSql(`create trigger kept_here after insert on webhook_end referencing new table as added
      for each statement execute function guard_place()`);
  }
}
