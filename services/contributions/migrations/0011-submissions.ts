import { Migration } from '../../kernel/migration.js';
import { byIndexOnly } from './0002-guards.js';

const recorded = `recorded_at timestamptz(3) not null default clock_timestamp()`;
const by = `by_subject text not null, by_organisation text not null, ${recorded}`;
const isOf = (column: string) => `check (starts_with(${column}, contributor_id || ':'))`;
const counts = `row_count integer not null, new_count integer not null check (new_count >= 0),
  changed_count integer not null check (changed_count >= 0), unchanged_count integer not null check (unchanged_count >= 0),
  refused_count integer not null check (refused_count >= 0), check (row_count = new_count + changed_count + unchanged_count)`;
const ofSubmission = `foreign key (submission_id) references submission deferrable initially deferred`;
const self = `contributor_id = current_setting('app.organisation', true)`;
const isPublisher = `${self} and holds_role('publisher')`;
const tables: Record<string, { select: string; insert: string }> = {
  // What a department has published but not submitted yet is a list of its own work.
  published_batch: { select: `is_own(contributor_id) or holds_role('auditor')`, insert: isPublisher },
  submission_batch: { select: `is_own(contributor_id) or holds_role('auditor')`, insert: isPublisher },
  submitted_row: { select: 'true', insert: isPublisher },
  submission: { select: 'true', insert: isPublisher },
  submission_certification: { select: 'true', insert: `${self} and holds_role('accounting-officer')` },
};

/** What organisations publish in batches, submit for a period and certify; each is only added to. */
export class Submissions extends Migration {
  override up(): void {
    this.addSql(`create table published_batch (
      id text primary key, contributor_id text not null, rows jsonb not null, ${counts}, ${by},
      check (id ~ '^[a-z0-9-]+:batch-[0-9a-f-]{36}$'), ${isOf('id')}, check (jsonb_array_length(rows) = row_count))`);
    this.addSql(`create index on published_batch (contributor_id, id)`);
    this.addSql(`create table submission (
      id text primary key, contributor_id text not null, financial_year text not null check (financial_year ~ '^[0-9]{4}-[0-9]{2}$'),
      period text not null check (period ~ '^P(0[1-9]|1[0-2])$'), number integer not null check (number >= 1),
      supersedes_id text unique references submission, content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
      hash text not null check (hash ~ '^[0-9a-f]{64}$'), ${counts}, ${by}, check (row_count > 0),
      check (id ~ '^[a-z0-9-]+:submission-[0-9a-f-]{36}$'), ${isOf('id')}, unique (contributor_id, financial_year, period, number))`);
    this.addSql(`create index on submission (contributor_id, id)`);
    this.addSql(`create table submission_batch (
      batch_id text primary key references published_batch, submission_id text not null, contributor_id text not null,
      ${isOf('batch_id')}, ${isOf('submission_id')}, ${ofSubmission})`);
    this.addSql(`create index on submission_batch (submission_id)`);
    // There may be a hundred thousand of one submission; a foreign key would look each of them up.
    this.addSql(`create table submitted_row (
      contribution_id text not null, submission_id text not null, contributor_id text not null, number integer not null,
      hash text not null, verdict text not null check (verdict in ('NEW', 'CHANGED', 'UNCHANGED')),
      stated_paid bigint check (stated_paid >= 0), currency text, primary key (contribution_id, submission_id),
      check ((stated_paid is null) = (currency is null)), ${isOf('contribution_id')}, ${isOf('submission_id')})`);
    this.addSql(`create index on submitted_row (submission_id, contribution_id)`);
    this.addSql(`create table submission_certification (
      submission_id text primary key references submission, contributor_id text not null, hash text not null, ${by},
      ${isOf('submission_id')})`);
    for (const [table, { select, insert }] of Object.entries(tables)) {
      this.addSql(`create trigger append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`create trigger kept_here after insert on ${table} referencing new table as added
        for each statement execute function guard_place()`);
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select using (${select})`);
      this.addSql(`create policy written on ${table} for insert with check (${insert})`);
    }
    for (const made of [guardBatch, rowsToSubmit, contentHash, guardPart, guardSubmission, guardCertification])
      this.addSql(made);
    this.addSql(
      `create trigger what_is_there after insert on published_batch for each row execute function guard_batch()`,
    );
    for (const part of ['submission_batch', 'submitted_row']) {
      this.addSql(`create trigger sealed after insert on ${part} referencing new table as added
        for each statement execute function guard_part_of_submission()`);
    }
    this.addSql(
      `create trigger what_was_published before insert on submission for each row execute function guard_submission()`,
    );
    this.addSql(
      `create trigger certified before insert on submission_certification for each row execute function guard_certification()`,
    );
  }
}

const batchRow = `as sent(contribution text, number integer, hash text, verdict text, "statedPaid" bigint, currency text)`;

const guardBatch = `create function guard_batch() returns trigger language plpgsql ${byIndexOnly} as $$
  declare wrong text;
  begin
    select sent.contribution into wrong from jsonb_to_recordset(new.rows) ${batchRow}
      where not exists (select from contribution_version v where v.contribution_id = sent.contribution and v.number = sent.number
        and v.hash = sent.hash and v.contributor_id = new.contributor_id and not v.is_draft) limit 1;
    if wrong is not null then
      raise exception 'batch % names a version of % that is not there', new.id, wrong using errcode = 'check_violation';
    end if;
    return new;
  end $$`;

// Of a contribution that was published several times the last version counts, and what became of it over all of them.
const rowsToSubmit = `create function rows_to_submit(batches text[], superseded text)
  returns table (contribution_id text, number integer, hash text, verdict text, stated_paid bigint, currency text)
  language sql stable as $$
    with sent as (
      select b.id as batch, sent.contribution, sent.number, sent.hash, sent.verdict, sent."statedPaid" as stated_paid, sent.currency
        from published_batch b cross join lateral jsonb_to_recordset(b.rows) ${batchRow} where b.id = any(batches)
      union all select '', s.contribution_id, s.number, s.hash, s.verdict, s.stated_paid, s.currency
        from submitted_row s where s.submission_id = superseded)
    select distinct on (contribution) contribution, number, hash,
      case when bool_or(verdict = 'NEW') over each then 'NEW' when bool_or(verdict = 'CHANGED') over each then 'CHANGED'
        else 'UNCHANGED' end, stated_paid, currency
    from sent window each as (partition by contribution) order by contribution, number desc, batch desc $$`;

// What the rows of a submission are known by: lines "contribution number hash verdict", in the order of ids, byte by byte.
const contentHash = `create function content_hash_of(submission text) returns text language sql stable as $$
  select encode(sha256(convert_to(coalesce(string_agg(contribution_id || ' ' || number || ' ' || hash || ' ' || verdict, E'\\n'
    order by contribution_id collate "C"), ''), 'UTF8')), 'hex') from submitted_row where submission_id = submission $$`;

// They are written before the submission itself, and none after it.
const guardPart = `create function guard_part_of_submission() returns trigger language plpgsql ${byIndexOnly} as $$
  begin
    if exists (select from (select distinct submission_id from added) a join submission s on s.id = a.submission_id) then
      raise exception 'a submission that was published cannot be changed' using errcode = 'restrict_violation';
    end if;
    return null;
  end $$`;

const guardSubmission = `create function guard_submission() returns trigger language plpgsql as $$
  declare latest submission; batches text[] := array(select batch_id from submission_batch where submission_id = new.id);
    refused bigint;
  begin
    select * into latest from submission where contributor_id = new.contributor_id and financial_year = new.financial_year
      and period = new.period order by number desc limit 1;
    if new.number <> coalesce(latest.number, 0) + 1 or new.supersedes_id is distinct from latest.id then
      raise exception 'submission % does not follow the last one of its period', new.id using errcode = 'check_violation';
    end if;
    if exists (select from rows_to_submit(batches, latest.id) due
        full join (select * from submitted_row where submission_id = new.id) given using (contribution_id)
        where (due.number, due.hash, due.verdict, due.stated_paid, due.currency) is distinct from
          (given.number, given.hash, given.verdict, given.stated_paid, given.currency)) then
      raise exception 'the rows of submission % are not those of its batches', new.id using errcode = 'check_violation';
    end if;
    select coalesce(sum(refused_count), 0) + coalesce(latest.refused_count, 0) into refused from published_batch where id = any(batches);
    if (new.row_count, new.new_count, new.changed_count, new.unchanged_count, new.refused_count) is distinct from
        (select (count(*)::int, count(*) filter (where verdict = 'NEW')::int, count(*) filter (where verdict = 'CHANGED')::int,
          count(*) filter (where verdict = 'UNCHANGED')::int, refused::int) from submitted_row where submission_id = new.id)
        or new.content_hash <> content_hash_of(new.id) then
      raise exception 'submission % does not say what is in it', new.id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;

const guardCertification = `create function guard_certification() returns trigger language plpgsql as $$
  declare certified submission;
  begin
    select * into certified from submission where id = new.submission_id;
    if certified.hash is distinct from new.hash or certified.contributor_id is distinct from new.contributor_id then
      raise exception 'the certification of % is not of what it says', new.submission_id using errcode = 'check_violation';
    end if;
    if exists (select from submission where supersedes_id = new.submission_id) then
      raise exception 'submission % is superseded', new.submission_id using errcode = 'check_violation';
    end if;
    if new.by_subject = certified.by_subject or exists (select from submission_batch sb join published_batch b on b.id = sb.batch_id
        where sb.submission_id = new.submission_id and b.by_subject = new.by_subject) then
      raise exception 'who published % does not certify it', new.submission_id using errcode = 'check_violation';
    end if;
    return new;
  end $$`;
