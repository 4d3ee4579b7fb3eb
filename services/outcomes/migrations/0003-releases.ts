import { Migration } from '../../kernel/migration.js';

/**
 * Scheduled releases with what waits in them, and withdrawals. When a figure of a scheduled release becomes public is
 * said by the newest link of the release's chain alone, so that all of them do at the same instant, also once it is
 * moved. `released_at` of an observation is therefore worked out: a function on its row, written like a column.
 */
export class Releases extends Migration {
  override up(): void {
    for (const sql of [release, telling, ...indexes, ...columns, ...instants, ...withdrawals]) this.addSql(sql);
    for (const table of ['release', 'release_telling']) {
      this.addSql(`create trigger only_grows before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
    }
    for (const sql of [checkRelease, checkObservations, checkBaseline, stillToCome]) this.addSql(sql);
    this.addSql(`create trigger check_release after insert on release for each row execute function check_release()`);
    this.addSql(`create constraint trigger still_to_come after insert on publication deferrable initially deferred
      for each row when (new.release_id is not null) execute function still_to_come()`);
    this.addSql(`create constraint trigger still_to_come after insert on release deferrable initially deferred
      for each row when (new.revision > 1) execute function still_to_come()`);
    for (const table of ['observation', 'publication']) {
      this.addSql(`alter table ${table} enable row level security, force row level security`);
      this.addSql(`create policy seen on ${table} for select
        using (release_id is null or release_instant(release_id) <= now() or opens_embargo(release_id))`);
      this.addSql(`create policy written on ${table} for insert
        with check (release_id is null or opens_embargo(release_id))`);
    }
  }
}

const release = `create table release (
  id text not null check (id ~ '^release-[0-9a-f-]{36}$'), revision integer not null check (revision >= 1),
  primary key (id, revision), follows integer generated always as (nullif(revision - 1, 0)) stored,
  foreign key (id, follows) references release (id, revision),
  organisation_id text not null, title text not null check (title <> ''), scheduled_at timestamptz(3) not null,
  measure_ids text[] not null check (cardinality(measure_ids) <= 100), reason text check (reason <> ''),
  recorded_at timestamptz(3) not null default statement_timestamp(),
  check ((revision = 1) = (reason is null)), check (scheduled_at > recorded_at))`;

/** Which release the contributions service has been told of; each once. */
const telling = `create table release_telling (
  release_id text primary key, revision integer not null, told_at timestamptz(3) not null default statement_timestamp(),
  foreign key (release_id, revision) references release (id, revision))`;

const indexes = [
  `create index on release using gin (measure_ids)`,
  `create index on release (scheduled_at, id)`,
  `create index on release (organisation_id, scheduled_at, id)`,
];

const columns = [
  `alter table publication add column release_id text`,
  `alter table observation add column release_id text, add check (release_id is null or stated_release is null)`,
  // Of a figure that waits for no release; of the others it is when they were handed in, which releases nothing.
  `alter table observation rename column released_at to own_release`,
  // What decides whether a vintage is seen stands in the index by which it is found.
  `alter table baseline drop constraint baseline_series_id_period_start_vintage_fkey`,
  `alter table observation drop constraint observation_pkey,
     add primary key (series_id, period_start, vintage) include (own_release, release_id)`,
  `alter table baseline add foreign key (series_id, period_start, vintage)
     references observation (series_id, period_start, vintage)`,
  `create index on observation (release_id) where release_id is not null`,
];

const withdrawals = [
  `alter table observation add column withdrawn_because text check (withdrawn_because <> ''),
     drop constraint observation_value_kind_check,
     add check (value_kind in ('NUMBER', 'MISSING', 'SUPPRESSED', 'NOT_APPLICABLE', 'WITHDRAWN')),
     add check ((value_kind = 'WITHDRAWN') = (withdrawn_because is not null)),
     add check (value_kind <> 'WITHDRAWN' or (vintage > 1 and sample_size is null and release_id is null))`,
];

const instants = [
  `create function release_instant(release_id text) returns timestamptz(3)
     language plpgsql stable strict parallel safe as $$ begin
     return (select scheduled_at from public.release where id = release_id order by revision desc limit 1);
   end $$`,
  `create function released_at(figure observation) returns timestamptz(3) language sql stable parallel safe
     return coalesce(release_instant(figure.release_id), figure.own_release)`,
  // Only a deed of the organisation's own statisticians asks to see what waits, for as long as it takes.
  `create function opens_embargo(release_id text) returns boolean language sql stable parallel safe
     return current_setting('app.embargo', true) = 'open'
       and 'statistician' = any(string_to_array(current_setting('app.roles', true), ','))
       and exists (select from release where id = release_id
         and organisation_id = current_setting('app.organisation', true))`,
  `create function figures_waiting(release_id text) returns integer language plpgsql as $$
   declare figures integer; begin
     perform set_config('app.embargo', 'open', true);
     figures := (select count(distinct (series_id, period_start)) from public.observation waiting
       where waiting.release_id = figures_waiting.release_id);
     perform set_config('app.embargo', '', true);
     return figures;
   end $$`,
];

const checkRelease = `create function check_release() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare earlier release; begin
     select * into earlier from release where id = new.id and revision = new.revision - 1;
     if earlier.organisation_id <> new.organisation_id then
       raise exception 'a release stays with its organisation' using errcode = 'check_violation';
     end if;
     if earlier.scheduled_at <= new.recorded_at then
       raise exception 'a release that has come is not moved' using errcode = 'serialization_failure';
     end if;
     return null;
   end $$`;

/**
 * As before, and: what waits does so in one release, of the steward, that is still to come; a tombstone has a grave. A
 * release that came between the deed's look and its writing is a conflict: tried again, the deed says so itself.
 */
const checkObservations = `create or replace function check_observations() returns trigger
   language plpgsql set search_path = public, pg_temp as $$
   declare wrong text; begin
     select fault into wrong
       from added
       left join series on series.id = added.series_id
       left join measure on measure.id = series.measure_id
       left join definition on definition.measure_id = series.measure_id and definition.number = series.definition
       left join publication on publication.id = added.publication_id and publication.measure_id = series.measure_id
       left join observation earlier on earlier.series_id = added.series_id
         and earlier.period_start = added.period_start and earlier.vintage = added.supersedes
       cross join lateral (select coalesce(release_instant(added.release_id), added.own_release) as released_at) moment
       cross join lateral (select case
         when series.id is null then 'its series is not there'
         when publication.id is null then 'its publication is not there'
         when added.release_id is not null and not exists (select from release
           where release.id = added.release_id and organisation_id = measure.steward_id) then 'its release is not the steward’s'
         when release_instant(added.release_id) <= statement_timestamp() then 'its release has come'
         when publication.release_id is distinct from added.release_id and added.value_kind <> 'WITHDRAWN'
           then 'its publication is of another release'
         when not begins_period(definition.frequency, added.period_start) then 'no period begins on its day'
         when added.period_start < definition.valid_from then 'its definition is not used for its period'
         when moment.released_at < definition.released_at then 'it is released before its definition was known'
         when earlier.vintage is null and added.vintage > 1 then 'it supersedes nothing that is there'
         when release_instant(earlier.release_id) > statement_timestamp() and earlier.release_id is distinct from added.release_id
           then 'the vintage it supersedes waits in another release'
         when earlier.released_at > moment.released_at then 'it is released before the vintage it supersedes'
         when added.value_kind = 'WITHDRAWN' and earlier.value_kind = 'WITHDRAWN' then 'it withdraws what is withdrawn' end
       ) as found(fault)
      where fault is not null limit 1;
     if wrong = 'its release has come' then
       raise exception 'an observation is refused: %', wrong using errcode = 'serialization_failure';
     end if;
     if wrong is not null then raise exception 'an observation is refused: %', wrong using errcode = 'check_violation'; end if;
     return null;
   end $$`;

/** Row-level security holds here as well: what waits in a release cannot be pinned. */
const checkBaseline = `create or replace function check_baseline() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if not exists (select from series where id = new.series_id and measure_id = new.measure_id) then
       raise exception 'a baseline is an observation of its own measure' using errcode = 'check_violation';
     end if;
     if not exists (select from observation where series_id = new.series_id and period_start = new.period_start
         and vintage = new.vintage) then
       raise exception 'a baseline is an observation that is there' using errcode = 'foreign_key_violation';
     end if;
     return new;
   end $$`;

/**
 * Asked again as the database transaction ends, with time for it to do so: nothing joins a release, and no release is
 * moved, once somebody may have seen it, or may have seen that it had not come by its new instant. As a conflict, so
 * that the deed is tried again and says so itself.
 */
const stillToCome = `create function still_to_come() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare due timestamptz; begin
     if tg_table_name = 'publication' then due := release_instant(new.release_id);
     else due := (select least(scheduled_at, new.scheduled_at) from release where id = new.id and revision = new.revision - 1);
     end if;
     if due <= clock_timestamp() + interval '100 milliseconds' then
       raise exception 'the release has come meanwhile' using errcode = 'serialization_failure';
     end if;
     return null;
   end $$`;
