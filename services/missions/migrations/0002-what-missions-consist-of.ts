import { keepHistoryOf } from '../../kernel/database.js';
import { Migration } from '../../kernel/migration.js';

const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const version = 'version integer not null default 1';
const states = (...names: string[]) =>
  `state text not null check (state in (${names.map((name) => `'${name}'`).join(', ')}))`;

/** Challenges, levers, decisions, what waits on them, and insights. */
export class WhatMissionsConsistOf extends Migration {
  override up(): void {
    this.addSql(`create function sum_of_weights(shares jsonb) returns integer language sql immutable as
      $$ select coalesce(sum((share->>'weight')::integer), 0)::integer from jsonb_array_elements(shares) as share $$`);
    this.addSql(`create table challenge (
      id text primary key check (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(id) <= 120), name text not null check (name <> ''),
      archetype text not null check (archetype ~ '^[A-Z][A-Z_]*$'), operating_model text,
      shares jsonb not null check (sum_of_weights(shares) between 1 and 100), ${version}, ${recorded})`);
    this.addSql(`create table lever (
      id text primary key, challenge_id text not null references challenge, name text not null check (name <> ''),
      controller_id text references organisation, leverage integer not null check (leverage between 1 and 5),
      rationale text not null, evidence text not null check (evidence in ('STRONG', 'MODERATE', 'WEAK', 'UNKNOWN')), ${recorded})`);
    this.addSql(`create table decision (
      id text primary key, mission_id text not null references mission, question text not null check (question <> ''),
      options text[] not null, decider_id text not null references organisation,
      ${states('OPEN', 'IN_PREPARATION', 'READY', 'DECIDED', 'IMPLEMENTING', 'REVIEWED', 'WITHDRAWN', 'SUPERSEDED')},
      due_on date, chosen text, rationale text, decided_at timestamptz(3), reversible boolean, review_on date,
      illustrative boolean not null, ${version}, ${recorded},
      check ((state in ('DECIDED', 'IMPLEMENTING', 'REVIEWED')) <= (chosen is not null and rationale is not null and decided_at is not null)))`);
    this.addSql(`create table dependency (
      id text primary key, mission_id text not null references mission, decision_id text not null references decision,
      waiter_id text not null references organisation, since date not null, needed_by date, reason text not null check (reason <> ''),
      meanwhile text, blocked_minor bigint check (blocked_minor > 0), blocked_currency text,
      ${states('WAITING', 'ESCALATED', 'RESOLVED', 'WORKED_AROUND', 'EXPIRED')},
      illustrative boolean not null, ${version}, ${recorded},
      check ((blocked_minor is null) = (blocked_currency is null)))`);
    this.addSql(`create table insight (
      id text primary key, mission_id text not null references mission, text text not null check (text <> ''), profession text,
      area text, themes text[] not null, visibility text not null check (visibility in ('PUBLIC', 'MISSION')),
      decision_ids text[] not null, illustrative boolean not null, ${recorded})`);
    this.addSql('create index on lever (challenge_id)');
    this.addSql('create index on decision (mission_id, id)');
    this.addSql('create index on dependency (mission_id, since, id)');
    this.addSql('create index on insight (mission_id, id)');
    for (const table of ['challenge', 'lever', 'decision', 'dependency']) {
      for (const sql of keepHistoryOf(table)) this.addSql(sql);
    }
    // An insight never changes, so what was known of it at an instant is itself.
    this.addSql(`create view insight_as_known with (security_invoker = true) as
      select *, 'infinity'::timestamptz(3) as superseded_at from insight`);
    this.addSql('alter table insight enable row level security');
    this.addSql('alter table insight force row level security');
    this.addSql(`create policy seen on insight for select
      using (visibility = 'PUBLIC' or coalesce(current_setting('app.organisation', true), '') <> '')`);
    this.addSql('create policy shared on insight for insert with check (true)');
  }
}
