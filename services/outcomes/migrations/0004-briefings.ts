import { Migration } from '../../kernel/migration.js';

const released = `stated_release timestamptz(3) check (stated_release is null),
  recorded_at timestamptz(3) not null default statement_timestamp(),
  released_at timestamptz(3) not null generated always as (coalesce(stated_release, recorded_at)) stored`;
const follows = (table: string, key: string) => `primary key (${key}, number), check (number >= 1),
  follows integer generated always as (nullif(number - 1, 0)) stored,
  foreign key (${key}, follows) references ${table} (${key}, number)`;
const said = (column: string) => `${column} text not null check (${column} <> '')`;
const id = (prefix: string) => `id text primary key check (id ~ '^${prefix}-[0-9a-f-]{36}$')`;

const holds = (role: string) => `'${role}' = any(string_to_array(current_setting('app.roles', true), ','))`;
const own = (column: string) => `${column} = current_setting('app.organisation', true)`;
const everyone = 'true';
const isPublished = (table: string) =>
  `exists (select from briefing_step step where step.briefing_id = ${table}.briefing_id and step.number = 4)`;

/** Who sees and who adds rows. Roles come before the look at another table, which each hidden row costs. */
const seenUnpublished = (table: string) => `${holds('mission-unit')} or ${holds('auditor')} or ${isPublished(table)}`;
const policies: Record<string, { select: string; insert: string }> = {
  contribution_claim: {
    select: everyone,
    insert: `${own('claimant_id')} and (${holds('publisher')} or ${holds('mission-unit')})`,
  },
  claim_step: {
    select: everyone,
    insert: `${own('organisation_id')} and (${holds('publisher')} or ${holds('mission-unit')})`,
  },
  briefing: { select: everyone, insert: holds('mission-unit') },
  briefing_step: { select: everyone, insert: holds('mission-unit') },
  briefing_evidence: { select: seenUnpublished('briefing_evidence'), insert: holds('mission-unit') },
  decision_account: { select: seenUnpublished('decision_account'), insert: holds('mission-unit') },
  briefing_question: { select: everyone, insert: own('organisation_id') },
  briefing_answer: { select: everyone, insert: holds('mission-unit') },
};

/** What contributions are claimed to do for outcomes, and briefings with the evidence that was locked for them. */
export class Briefings extends Migration {
  override up(): void {
    for (const sql of [claim, claimStep, briefing, step, evidence, account, question, answer]) this.addSql(sql);
    for (const [table, columns] of indexes) this.addSql(`create index on ${table} (${columns})`);
    for (const sql of guards) this.addSql(sql);
    for (const [table, check] of checks) {
      this.addSql(`create trigger guard before insert on ${table} for each row execute function ${check}`);
    }
    this.addSql(`create trigger in_order after insert on briefing_step
      for each row execute function released_in_order('briefing_id', 'number')`);
    for (const [table, { select, insert }] of Object.entries(policies)) {
      this.addSql(`create trigger only_grows before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (${select})`);
      this.addSql(`create policy added on ${table} for insert with check (${insert})`);
    }
  }
}

const claim = `create table contribution_claim (
  ${id('claim')}, outcome_id text not null references outcome,
  contribution_id text not null check (contribution_id ~ '^[a-z0-9]+(-[a-z0-9]+)*:[0-9a-f-]{36}$'),
  claimant_id text not null check (claimant_id in (split_part(contribution_id, ':', 1), 'mission-delivery-unit')),
  ${said('mechanism')}, strength text not null check (strength in ('LEVEL_1', 'LEVEL_2', 'LEVEL_3', 'LEVEL_4', 'LEVEL_5')),
  evidence_url text check (evidence_url ~ '^https?://'), illustrative boolean not null, ${released},
  check (strength = 'LEVEL_1' or evidence_url is not null))`;
const claimStep = `create table claim_step (
  claim_id text not null references contribution_claim, number integer not null, ${follows('claim_step', 'claim_id')},
  kind text not null check (kind in ('CONTESTED', 'WITHDRAWN')), organisation_id text not null, ${said('reason')}, ${released})`;

const briefing = `create table briefing (
  ${id('briefing')}, mission_id text not null, held_at timestamptz(3) not null, ${said('decision_maker')},
  expert_ids text[] not null, outcome_ids text[] not null, measure_ids text[] not null, illustrative boolean not null, ${released})`;
const step = `create table briefing_step (
  briefing_id text not null references briefing, number integer not null, ${follows('briefing_step', 'briefing_id')},
  state text not null,
  check (number <= 5 and state = (array['SCHEDULED', 'EVIDENCE_LOCKED', 'HELD', 'PUBLISHED', 'QUESTIONS_CLOSED'])[number]),
  summary text check (summary <> ''), check ((summary is not null) = (number = 4)), ${released})`;
const evidence = `create table briefing_evidence (
  briefing_id text not null references briefing, measure_id text not null, primary key (briefing_id, measure_id),
  definition integer not null, foreign key (measure_id, definition) references definition (measure_id, number),
  series_id uuid, period_start date, vintage integer,
  foreign key (series_id, period_start, vintage) references observation (series_id, period_start, vintage) match full,
  trajectory_version integer, foreign key (measure_id, trajectory_version) references trajectory (measure_id, version),
  targets jsonb not null,
  verdict text not null check (verdict in ('AHEAD', 'ON', 'BEHIND', 'NOT_DISTINGUISHABLE', 'NO_DATA', 'NOT_COMPARABLE')),
  ${said('rule')})`;
const account = `create table decision_account (
  briefing_id text not null references briefing, place integer not null, primary key (briefing_id, place),
  decision_id text not null, unique (briefing_id, decision_id), ${said('account')})`;
const question = `create table briefing_question (
  ${id('question')}, briefing_id text not null references briefing, ${said('text')}, organisation_id text not null,
  asked_for text check (asked_for <> ''), ${released}, unique (briefing_id, id))`;
const answer = `create table briefing_answer (
  question_id text primary key, briefing_id text not null,
  foreign key (briefing_id, question_id) references briefing_question (briefing_id, id), ${said('text')}, ${released})`;

const indexes: [table: string, columns: string][] = [
  ['contribution_claim', 'outcome_id, id'],
  ['contribution_claim', 'contribution_id, id'],
  ['briefing', 'mission_id, held_at, id'],
  ['briefing', 'held_at, id'],
  ['decision_account', 'decision_id'],
];

const checks: [table: string, check: string][] = [
  ['contribution_claim', 'guard_claim()'],
  ['claim_step', 'guard_claim_step()'],
  ['briefing_step', 'guard_briefing_step()'],
  ['briefing_evidence', 'guard_evidence()'],
  ['decision_account', `only_while('HELD')`],
  ['briefing_question', `only_while('PUBLISHED')`],
  ['briefing_answer', `only_while('PUBLISHED')`],
];

const plpgsql = 'returns trigger language plpgsql set search_path = public, pg_temp as';
/** Whoever looks at the rows of one noun before adding another one waits for those who do the same. */
const inTurn = (key: string) => `perform pg_advisory_xact_lock(hashtextextended(${key}, 0));`;
const raise = (message: string, code = 'check_violation') => `raise exception '${message}' using errcode = '${code}'`;

const guards = [
  // A unique violation, because whoever tries again finds the claim there.
  `create function guard_claim() ${plpgsql} $$ begin
     ${inTurn(`'claims of ' || new.contribution_id`)}
     if exists (select from contribution_claim c where c.outcome_id = new.outcome_id
         and c.contribution_id = new.contribution_id and c.claimant_id = new.claimant_id
         and not exists (select from claim_step s where s.claim_id = c.id and s.kind = 'WITHDRAWN')) then
       ${raise('this is claimed already', 'unique_violation')};
     end if;
     return new;
   end $$`,
  `create function guard_claim_step() ${plpgsql} $$ begin
     ${inTurn(`'claim ' || new.claim_id`)}
     if exists (select from claim_step where claim_id = new.claim_id and kind = 'WITHDRAWN') then
       ${raise('this claim is withdrawn')};
     end if;
     if (new.kind = 'WITHDRAWN') <> exists (select from contribution_claim
         where id = new.claim_id and claimant_id = new.organisation_id) then
       ${raise('a claim is withdrawn by who made it and contested by others')};
     end if;
     return new;
   end $$`,
  `create function guard_briefing_step() ${plpgsql} $$ begin
     ${inTurn(`'briefing ' || new.briefing_id`)}
     if new.state = 'EVIDENCE_LOCKED' and not exists (select from briefing_evidence where briefing_id = new.briefing_id) then
       ${raise('there is no evidence to lock')};
     end if;
     if new.state = 'HELD' and (select held_at > clock_timestamp() from briefing where id = new.briefing_id) then
       ${raise('this briefing is still to come')};
     end if;
     if new.state = 'QUESTIONS_CLOSED' and exists (select from briefing_question q where q.briefing_id = new.briefing_id
         and not exists (select from briefing_answer a where a.question_id = q.id)) then
       ${raise('a question of this briefing is not answered')};
     end if;
     return new;
   end $$`,
  `create function state_of_briefing(briefing text) returns text language sql stable set search_path = public, pg_temp
   return (select state from briefing_step where briefing_id = briefing order by number desc limit 1)`,
  `create function only_while() ${plpgsql} $$ begin
     ${inTurn(`'briefing ' || new.briefing_id`)}
     if state_of_briefing(new.briefing_id) is distinct from tg_argv[0] then
       raise exception 'a % is added only while its briefing is %', tg_table_name, tg_argv[0] using errcode = 'check_violation';
     end if;
     return new;
   end $$`,
  // A figure that became public since this database transaction began is a conflict: whoever tries again sees it.
  `create function guard_evidence() ${plpgsql} $$ begin
     ${inTurn(`'briefing ' || new.briefing_id`)}
     if state_of_briefing(new.briefing_id) is distinct from 'SCHEDULED' then
       ${raise('the evidence of this briefing is locked')};
     end if;
     if new.series_id is not null and not exists (select from series where id = new.series_id and measure_id = new.measure_id) then
       ${raise('a figure is evidence of its own measure')};
     end if;
     if new.series_id is not null and not exists (select from observation figure where series_id = new.series_id
         and period_start = new.period_start and vintage = new.vintage and figure.released_at <= now()) then
       ${raise('a figure is evidence once it is public', 'serialization_failure')};
     end if;
     if jsonb_array_length(new.targets) <> (select count(*) from jsonb_to_recordset(new.targets) as pin(id text, revision int)
         join target using (id, revision) where target.measure_id = new.measure_id) then
       ${raise('a target is evidence of its own measure')};
     end if;
     return new;
   end $$`,
];
