import { Migration } from '../../kernel/migration.js';

/**
 * A release that was announced can be called off, with a reason that is published. It then comes at no instant. What
 * waited in it leaves the observations, so that not even a number of a vintage tells of it, and is kept where the
 * service itself cannot read. A release that is announced too late is a conflict now: tried again, the deed says so.
 */
export class ReleasesCalledOff extends Migration {
  override up(): void {
    this.addSql(`alter table release add column called_off boolean not null default false,
      add constraint called_off_later check (not called_off or revision > 1), drop constraint release_check1`);
    for (const sql of [...instants, checkRelease, ...kept, moveAway, onlyMoves, refuseCalledOff]) this.addSql(sql);
    for (const sql of triggers) this.addSql(sql);
  }
}

const instants = [
  `create or replace function release_instant(release_id text) returns timestamptz(3)
     language plpgsql stable strict parallel safe as $$ begin
     return (select case when called_off then 'infinity' else scheduled_at end
       from public.release where id = release_id order by revision desc limit 1);
   end $$`,
  `create function is_called_off(release_id text) returns boolean language plpgsql stable strict parallel safe as $$ begin
     return exists (select from public.release where id = release_id and called_off);
   end $$`,
];

const checkRelease = `create or replace function check_release() returns trigger
   language plpgsql set search_path = public, pg_temp as $$
   declare earlier release; begin
     select * into earlier from release where id = new.id and revision = new.revision - 1;
     if earlier.organisation_id <> new.organisation_id then
       raise exception 'a release stays with its organisation' using errcode = 'check_violation';
     end if;
     if earlier.called_off then
       raise exception 'nothing follows a release that is called off' using errcode = 'check_violation';
     end if;
     if new.called_off and (earlier.title, earlier.scheduled_at, earlier.measure_ids)
         is distinct from (new.title, new.scheduled_at, new.measure_ids) then
       raise exception 'a release is called off as it was announced' using errcode = 'check_violation';
     end if;
     if new.called_off and not opens_embargo(new.id) then
       raise exception 'a release is called off by its own statisticians' using errcode = 'check_violation';
     end if;
     if earlier.scheduled_at <= new.recorded_at then
       raise exception 'a release that has come is not moved' using errcode = 'serialization_failure';
     end if;
     if new.scheduled_at <= new.recorded_at then
       raise exception 'a release is announced before it comes' using errcode = 'serialization_failure';
     end if;
     return null;
   end $$`;

// The indexes are for the foreign keys: each figure that leaves is looked for in what refers to figures.
const kept = [
  `create table called_off_observation (like observation, primary key (release_id, series_id, period_start, vintage))`,
  `create trigger only_grows before update or delete or truncate on called_off_observation
     for each statement execute function refuse_change()`,
  `alter table called_off_observation enable row level security, force row level security`,
  `create policy seen on called_off_observation for select using (opens_embargo(release_id))`,
  `create policy written on called_off_observation for insert with check (is_called_off(release_id))`,
  `create policy called_off on observation for delete using (is_called_off(release_id))`,
  `create index on baseline (series_id, period_start, vintage)`,
  `create index on briefing_evidence (series_id, period_start, vintage)`,
];

/** Who puts figures in is waited for, and whoever comes later finds it called off. */
const moveAway = `create function move_called_off() returns trigger
   language plpgsql security definer set search_path = public, pg_temp as $$ begin
     perform pg_advisory_xact_lock(hashtextextended(new.id, 0));
     with gone as (delete from observation where release_id = new.id returning *)
       insert into called_off_observation select * from gone;
     return null;
   end $$`;

/** Nobody deletes an observation, but the calling off of a release. */
const onlyMoves = `create function refuse_change_but_calling_off() returns trigger language plpgsql as $$ begin
     if tg_op = 'DELETE' and pg_trigger_depth() > 1 then return null; end if;
     raise exception 'rows of % are never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
   end $$`;

const refuseCalledOff = `create function refuse_called_off() returns trigger
   language plpgsql set search_path = public, pg_temp as $$
   declare given text; begin
     for given in select distinct release_id from added where release_id is not null loop
       perform pg_advisory_xact_lock_shared(hashtextextended(given, 0));
       if is_called_off(given) then
         raise exception 'the release is called off' using errcode = 'check_violation';
       end if;
     end loop;
     return null;
   end $$`;

const triggers = [
  `create trigger move_called_off after insert on release for each row when (new.called_off)
     execute function move_called_off()`,
  `drop trigger only_grows on observation`,
  `create trigger only_grows before update or delete or truncate on observation
     for each statement execute function refuse_change_but_calling_off()`,
  ...['observation', 'publication'].map(
    (table) => `create trigger refuse_called_off after insert on ${table} referencing new table as added
      for each statement execute function refuse_called_off()`,
  ),
];
