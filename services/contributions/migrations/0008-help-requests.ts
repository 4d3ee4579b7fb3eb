import { Migration } from '../../kernel/migration.js';

const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const twoSides = `is_own(contributor_id) or holds_role('auditor') or holds_role('mission-unit') or holds_role('mission-finance')`;

/** What a mission asks of an organisation, and its answer: between the two and auditors. */
export class HelpRequests extends Migration {
  override up(): void {
    this.addSql(`create table help_request (
      id text primary key, contributor_id text not null, mission_id text not null, challenge_id text, lever_id text,
      question text not null check (question <> ''), answer_by date, by_subject text not null, by_organisation text not null,
      ${recorded}, check (id ~ '^[a-z0-9-]+:help-[0-9a-f-]{36}$' and starts_with(id, contributor_id || ':')))`);
    this.addSql(`create index on help_request (mission_id, id)`);
    this.addSql(`create table help_answer (
      help_request_id text primary key references help_request, contributor_id text not null,
      answer text not null check (answer in ('YES', 'NO', 'COUNTER')), reason text not null check (reason <> ''),
      contribution_id text references contribution, by_subject text not null, ${recorded},
      check (starts_with(help_request_id, contributor_id || ':')), check (answer <> 'NO' or contribution_id is null))`);
    const inserts = {
      help_request: `holds_role('mission-unit')`,
      help_answer: `is_own(contributor_id) and holds_role('publisher')`,
    };
    for (const [table, insert] of Object.entries(inserts)) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (${twoSides})`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    this.addSql(guardAnswer);
    this.addSql(
      `create trigger points_at_its_own before insert on help_answer for each row execute function guard_answer()`,
    );
  }
}

const guardAnswer = `create function guard_answer() returns trigger language plpgsql as $$
  begin
    if new.contribution_id is not null and not exists (select from contribution c join help_request h on h.id = new.help_request_id
        where c.id = new.contribution_id and c.contributor_id = new.contributor_id and c.mission_id = h.mission_id and c.state <> 'DRAFT') then
      raise exception 'the answer to % points at a contribution that is not one to it', new.help_request_id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;
