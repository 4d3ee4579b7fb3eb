import { Migration } from '../../kernel/migration.js';

const figure = (column: string) =>
  `${column} numeric check (${column} > '-Infinity' and ${column} < 'Infinity' and scale(${column}) <= 40)`;

/**
 * Observations. A series is everything about a figure but its period; the primary key of an observation is at once the
 * index by which its newest period and vintage are found in one step backwards.
 */
export class Observations extends Migration {
  override up(): void {
    for (const sql of [series, publication, observation, baseline, ...guards]) this.addSql(sql);
    this.addSql(`create index on series (measure_id, id)`);
    this.addSql(`create index on series (measure_id) where headline`);
    for (const table of ['series', 'publication', 'observation', 'baseline']) {
      this.addSql(`create trigger only_grows before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
    }
    this.addSql(
      `create trigger decide_headline before insert on series for each row execute function decide_headline()`,
    );
    this.addSql(`create trigger check_observations after insert on observation referencing new table as added
      for each statement execute function check_observations()`);
    this.addSql(
      `create trigger check_baseline before insert on baseline for each row execute function check_baseline()`,
    );
    this.addSql(`create trigger in_order after insert on baseline
      for each row execute function released_in_order('measure_id', 'revision')`);
  }
}

const series = `create table series (
  id uuid primary key, measure_id text not null, definition integer not null,
  foreign key (measure_id, definition) references definition (measure_id, number),
  area text not null check (area <> ''),
  dimensions jsonb not null check (jsonb_typeof(dimensions) = 'object' and length(dimensions::text) <= 1500),
  headline boolean not null, unique (measure_id, definition, area, dimensions))`;

const publication = `create table publication (
  id uuid primary key, measure_id text not null references measure, source text not null check (source <> ''), file text,
  organisation text not null, subject text not null, recorded_at timestamptz(3) not null default statement_timestamp())`;

const observation = `create table observation (
  series_id uuid not null, period_start date not null, vintage integer not null check (vintage >= 1),
  ${figure('value')}, value_kind text not null check (value_kind in ('NUMBER', 'MISSING', 'SUPPRESSED', 'NOT_APPLICABLE')),
  status text not null check (status in ('A', 'P', 'E', 'B', 'M')), ${figure('low')}, ${figure('high')},
  ${figure('confidence_level')} check (confidence_level > 0 and confidence_level < 100),
  sample_size integer check (sample_size >= 0),
  reason text not null check (reason in ('NEW_DATA', 'METHOD', 'ERROR', 'ROUTINE')),
  publication_id uuid not null, source_row integer, original text,
  stated_release timestamptz(3), recorded_at timestamptz(3) not null default statement_timestamp(),
  released_at timestamptz(3) not null generated always as (coalesce(stated_release, recorded_at)) stored,
  supersedes integer generated always as (nullif(vintage - 1, 0)) stored,
  primary key (series_id, period_start, vintage) include (released_at),
  check (stated_release <= recorded_at),
  check ((value is not null) = (value_kind = 'NUMBER')), check ((status = 'M') = (value_kind = 'MISSING')),
  check ((low is null) = (high is null)), check (value_kind = 'NUMBER' or low is null), check (low <= high),
  check (value between low and high), check (confidence_level is null or low is not null),
  check (value_kind <> 'SUPPRESSED' or sample_size is null))`;

const baseline = `create table baseline (
  measure_id text not null references measure, revision integer not null check (revision >= 1),
  primary key (measure_id, revision), follows integer generated always as (nullif(revision - 1, 0)) stored,
  foreign key (measure_id, follows) references baseline (measure_id, revision),
  series_id uuid not null, period_start date not null, vintage integer not null,
  foreign key (series_id, period_start, vintage) references observation (series_id, period_start, vintage), note text,
  stated_release timestamptz(3), recorded_at timestamptz(3) not null default statement_timestamp(),
  released_at timestamptz(3) not null generated always as (coalesce(stated_release, recorded_at)) stored,
  check (stated_release <= recorded_at))`;

const guards = [
  `create function decide_headline() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
     new.headline := new.dimensions = '{}'::jsonb
       and new.area = (select national_area from measure where id = new.measure_id);
     return new;
   end $$`,
  // All new rows at once, what foreign keys would say too: a look-up for each row would cost more than the insert itself.
  // It suffices that the other rows are there now, since none of them is ever changed or deleted.
  `create function check_observations() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare wrong text; begin
     select fault into wrong
       from added
       left join series on series.id = added.series_id
       left join definition on definition.measure_id = series.measure_id and definition.number = series.definition
       left join publication on publication.id = added.publication_id and publication.measure_id = series.measure_id
       left join observation earlier on earlier.series_id = added.series_id
         and earlier.period_start = added.period_start and earlier.vintage = added.supersedes
       cross join lateral (select case
         when series.id is null then 'its series is not there'
         when publication.id is null then 'its publication is not there'
         when not begins_period(definition.frequency, added.period_start) then 'no period begins on its day'
         when added.period_start < definition.valid_from then 'its definition is not used for its period'
         when added.released_at < definition.released_at then 'it is released before its definition was known'
         when earlier.vintage is null and added.vintage > 1 then 'it supersedes nothing that is there'
         when earlier.released_at > added.released_at then 'it is released before the vintage it supersedes' end) as found(fault)
      where fault is not null limit 1;
     if wrong is not null then raise exception 'an observation is refused: %', wrong using errcode = 'check_violation'; end if;
     return null;
   end $$`,
  `create function check_baseline() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
     if not exists (select from series where id = new.series_id and measure_id = new.measure_id) then
       raise exception 'a baseline is an observation of its own measure' using errcode = 'check_violation';
     end if;
     return new;
   end $$`,
];
