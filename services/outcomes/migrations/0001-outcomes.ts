import { Migration } from '../../kernel/migration.js';

const slug = `check (id ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(id) <= 120)`;

/** A release is what the source states, else the moment of recording, which the service cannot choose. */
const released = `stated_release timestamptz(3),
  recorded_at timestamptz(3) not null default statement_timestamp(),
  released_at timestamptz(3) not null generated always as (coalesce(stated_release, recorded_at)) stored,
  check (stated_release <= recorded_at)`;

/** NaN and the infinities are numerics too; none of them is a figure. */
const figure = (column: string) =>
  `${column} numeric check (${column} > '-Infinity' and ${column} < 'Infinity' and scale(${column}) <= 40)`;

/** Makes a table's numbers a chain without gaps or branches: each follows the one before. */
const chain = (table: string, key: string, number: string) => `primary key (${key}, ${number}),
  follows integer generated always as (nullif(${number} - 1, 0)) stored, check (${number} >= 1),
  foreign key (${key}, follows) references ${table} (${key}, ${number})`;

/** Outcomes, measures, what was promised for them; nothing is ever changed or deleted, only followed by a newer state. */
export class Outcomes extends Migration {
  override up(): void {
    this.addSql(`create table outcome (
      id text primary key ${slug}, title text not null check (title <> ''),
      kind text not null check (kind in ('OUTPUT', 'OUTCOME', 'IMPACT', 'GUARDRAIL')),
      mission_ids text[] not null check (cardinality(mission_ids) between 1 and 20), challenge_id text,
      illustrative boolean not null, ${released})`);
    this.addSql(`create index on outcome using gin (mission_ids)`);
    this.addSql(`create table measure (
      id text primary key ${slug}, title text not null check (title <> ''),
      outcome_id text not null references outcome, steward_id text not null, national_area text not null)`);
    this.addSql(`create index on measure (outcome_id)`);
    this.addSql(`create table definition (
      measure_id text not null references measure, number integer not null, ${chain('definition', 'measure_id', 'number')},
      formula text not null check (formula <> ''), unit text not null check (unit <> ''),
      decimals integer not null check (decimals between 0 and 40),
      polarity text not null check (polarity in ('HIGHER', 'LOWER', 'RANGE')),
      frequency text not null check (frequency in ('MONTH', 'QUARTER', 'YEAR', 'FINANCIAL_YEAR', 'ACADEMIC_YEAR')),
      source text not null check (source <> ''), valid_from date,
      comparable_with_previous boolean, comparability_reason text, ${released},
      check ((number = 1) = (comparable_with_previous is null)),
      check ((number = 1) = (comparability_reason is null)))`);
    for (const sql of [...promises, ...guards]) this.addSql(sql);
    for (const table of ['outcome', 'measure', 'definition', 'target', 'trajectory', 'trajectory_point', 'judgement']) {
      this.addSql(onlyGrows(table));
    }
    for (const [table, key, number] of chains) {
      this.addSql(`create trigger in_order after insert on ${table}
        for each row execute function released_in_order('${key}', '${number}')`);
    }
  }
}

const onlyGrows = (table: string) => `create trigger only_grows before update or delete or truncate on ${table}
  for each statement execute function refuse_change()`;

const chains = [
  ['definition', 'measure_id', 'number'],
  ['target', 'id', 'revision'],
  ['trajectory', 'measure_id', 'version'],
  ['judgement', 'measure_id', 'number'],
] as const;

const promises = [
  `create table target (
    id text not null ${slug}, revision integer not null, ${chain('target', 'id', 'revision')},
    measure_id text not null, definition integer not null,
    foreign key (measure_id, definition) references definition (measure_id, number),
    kind text not null check (kind in ('POINT_BY_DATE', 'FLOOR', 'CEILING', 'CUMULATIVE_CAP', 'RATE', 'RANGE')),
    ${figure('value')} not null, ${figure('upper')}, period_start date, period_end date,
    legal_basis text, set_by text not null check (set_by <> ''), source_url text, verified text, note text, ${released},
    check ((kind = 'RANGE') = (upper is not null)), check (upper > value), check (period_end >= period_start),
    check (kind not in ('FLOOR', 'CEILING', 'RANGE', 'CUMULATIVE_CAP') or period_start is not null),
    check (kind not in ('POINT_BY_DATE', 'RATE', 'CUMULATIVE_CAP') or period_end is not null))`,
  `create index on target (measure_id)`,
  `create table trajectory (
    measure_id text not null, version integer not null, ${chain('trajectory', 'measure_id', 'version')},
    definition integer not null, foreign key (measure_id, definition) references definition (measure_id, number),
    method text not null check (method <> ''), author text not null check (author <> ''), ${released})`,
  `create table trajectory_point (
    measure_id text not null, version integer not null, period_start date not null,
    primary key (measure_id, version, period_start),
    foreign key (measure_id, version) references trajectory (measure_id, version),
    ${figure('value')} not null, ${figure('low')}, ${figure('high')},
    check ((low is null) = (high is null)), check (value between low and high))`,
  `create table judgement (
    measure_id text not null references measure, number integer not null, ${chain('judgement', 'measure_id', 'number')},
    verdict text not null check (verdict in ('AHEAD', 'ON', 'BEHIND', 'NOT_DISTINGUISHABLE', 'NO_DATA', 'NOT_COMPARABLE')),
    name text not null check (name <> ''), reason text not null check (reason <> ''),
    period text, vintage integer, check ((period is null) = (vintage is null)), ${released})`,
];

const guards = [
  `create function refuse_change() returns trigger language plpgsql as $$ begin
     raise exception 'rows of % are never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
   end $$`,
  // The key and the number of the chain come as arguments; generated columns can be read only after the insert.
  `create function released_in_order() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare out_of_order boolean; begin
     execute format('select exists (select from %I where %I = ($1).%I and %I = ($1).%I - 1 and released_at > ($1).released_at)',
       tg_table_name, tg_argv[0], tg_argv[0], tg_argv[1], tg_argv[1]) into out_of_order using new;
     if out_of_order then
       raise exception '% is released before what it follows', tg_table_name using errcode = 'check_violation';
     end if;
     return null;
   end $$`,
  `create function begins_period(frequency text, day date) returns boolean language sql immutable parallel safe
   return extract(day from day) = 1 and case frequency when 'MONTH' then true
     when 'QUARTER' then extract(month from day) in (1, 4, 7, 10) when 'YEAR' then extract(month from day) = 1
     when 'FINANCIAL_YEAR' then extract(month from day) = 4 when 'ACADEMIC_YEAR' then extract(month from day) = 9
     else false end`,
  `create function fits_frequency() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin
     if not exists (select from trajectory join definition on definition.measure_id = trajectory.measure_id
         and definition.number = trajectory.definition where trajectory.measure_id = new.measure_id
         and trajectory.version = new.version and begins_period(definition.frequency, new.period_start)) then
       raise exception 'no period begins on %', new.period_start using errcode = 'check_violation';
     end if;
     return new;
   end $$`,
  `create trigger fits_frequency before insert on trajectory_point for each row execute function fits_frequency()`,
];
