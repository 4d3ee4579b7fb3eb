import { Migration } from '../../kernel/migration.js';

/**
 * A release that is announced for measures holds figures of these and of no other; one that names none may hold any of
 * its organisation's. More can be announced by a newer revision, which leaves out none and covers what is in it.
 */
export class AnnouncedMeasures extends Migration {
  override up(): void {
    for (const sql of [checkPublication, checkRevision]) this.addSql(sql);
    this.addSql(`create trigger measures_announced before insert on publication
      for each row when (new.release_id is not null) execute function check_announced_publication()`);
    this.addSql(`create trigger measures_announced after insert on release
      for each row when (new.revision > 1) execute function check_announced_revision()`);
  }
}

const checkPublication = `create function check_announced_publication() returns trigger
   language plpgsql set search_path = public, pg_temp as $$
   declare announced text[]; begin
     announced := (select measure_ids from release where id = new.release_id order by revision desc limit 1);
     if cardinality(announced) > 0 and not new.measure_id = any(announced) then
       raise exception 'the release is not announced for this measure' using errcode = 'check_violation';
     end if;
     return new;
   end $$`;

const checkRevision = `create function check_announced_revision() returns trigger
   language plpgsql set search_path = public, pg_temp as $$
   declare earlier text[]; begin
     earlier := (select measure_ids from release where id = new.id and revision = new.revision - 1);
     if earlier = new.measure_ids then return null; end if;
     if not earlier <@ new.measure_ids then
       raise exception 'no measure is taken off a release' using errcode = 'check_violation';
     end if;
     if not opens_embargo(new.id) or exists (select from publication
         where release_id = new.id and not measure_id = any(new.measure_ids)) then
       raise exception 'a release is announced for all that is in it' using errcode = 'check_violation';
     end if;
     return null;
   end $$`;
