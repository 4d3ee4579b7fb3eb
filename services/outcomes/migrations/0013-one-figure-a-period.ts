import { Migration } from '../../kernel/migration.js';

/**
 * Versions of a definition that may be compared make one series: they count in the same unit over the same periods, and
 * none says something new of a period that a newer one of them has spoken for.
 */
export class OneFigureAPeriod extends Migration {
  override up(): void {
    this.addSql(checkComparable);
    this.addSql(`create trigger check_comparable before insert on definition
      for each row when (new.comparable_with_previous) execute function check_comparable()`);
    this.addSql(checkOverlap);
    this.addSql(`create trigger check_overlap after insert on observation referencing new table as added
      for each statement execute function check_overlap()`);
  }
}

const checkComparable = `create function check_comparable() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     if exists (select from definition where measure_id = new.measure_id and number = new.number - 1
         and (unit, frequency) is distinct from (new.unit, new.frequency)) then
       raise exception 'figures in another unit or of other periods are not comparable' using errcode = 'check_violation';
     end if;
     return new;
   end $$`;

const checkOverlap = `create function check_overlap() returns trigger
   language plpgsql set search_path = public, pg_temp as $$ begin
     -- Nearly every measure has but one version, of which nothing else need be read.
     if not exists (select from (select distinct s.measure_id, s.definition from added join series s on s.id = added.series_id) given
         join definition newer on newer.measure_id = given.measure_id and newer.number > given.definition) then
       return null;
     end if;
     if exists (
       select from added join series s on s.id = added.series_id
         join definition newer on newer.measure_id = s.measure_id and newer.number > s.definition
         join series other on other.measure_id = s.measure_id and other.definition = newer.number
           and other.area = s.area and other.dimensions = s.dimensions
         cross join lateral (select value_kind from observation o where o.series_id = other.id
           and o.period_start = added.period_start
           and o.released_at <= coalesce(release_instant(added.release_id), added.own_release)
           order by vintage desc limit 1) newest
       where added.vintage = 1 and newest.value_kind <> 'WITHDRAWN'
         and not exists (select from definition between_them where between_them.measure_id = s.measure_id
           and between_them.number > s.definition and between_them.number <= newer.number
           and not between_them.comparable_with_previous)
     ) then
       raise exception 'a newer definition that continues this one has a figure of the period' using errcode = 'check_violation';
     end if;
     return null;
   end $$`;
