import { Migration } from '../../kernel/migration.js';

/**
 * PostgreSQL refuses by itself what shows a figure under one definition that is suppressed under another, and what leaves
 * suppressed figures a remainder of 0 or of one unit in one sum. What several sums or samples say is found by the deed.
 */
export class SuppressionAcross extends Migration {
  override up(): void {
    this.addSql(`create index on observation (period_start, series_id) where value_kind = 'SUPPRESSED'`);
    for (const sql of [newestNumber, checkSuppression, checkElsewhere]) this.addSql(sql);
    this.addSql(`create trigger check_elsewhere after insert on observation referencing new table as added
      for each statement execute function check_suppression_elsewhere()`);
  }
}

const newestNumber = `create function newest_number(series uuid, day date) returns numeric language sql stable
   return (select value from observation where series_id = series and period_start = day and value is not null
     order by vintage desc limit 1)`;

// As before, and besides: where some parts are secret and the whole is a number, what is left for all that are not known is
// more than one unit. Not where a figure of the period is below zero: those are no counts.
const checkSuppression = `create or replace function check_suppression() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare given_away text; begin
     if not exists (select from added join series on series.id = added.series_id join definition
         on definition.measure_id = series.measure_id and definition.number = series.definition
         where cardinality(definition.additive_over) > 0) then
       return null;
     end if;
     with new_cell as (
       select distinct s.measure_id, s.definition, s.area, s.dimensions, added.period_start, d.additive_over, d.decimals, m.national_area
         from added join series s on s.id = added.series_id join measure m on m.id = s.measure_id
         join definition d on d.measure_id = s.measure_id and d.number = s.definition
     ), by_dimension as (
       select distinct measure_id, definition, decimals, period_start, area, name, dimensions - name as whole
         from new_cell cross join lateral unnest(array_remove(additive_over, 'AREA')) as name
     ), by_area as (
       select distinct c.measure_id, c.definition, c.decimals, c.period_start, c.national_area, kind, c.dimensions as whole
         from new_cell c cross join lateral (select kind_of_area(c.area) as kind where c.area <> c.national_area
           union select kind_of_area(s.area) from series s where c.area = c.national_area and s.measure_id = c.measure_id
             and s.definition = c.definition and s.area <> c.national_area and s.dimensions = c.dimensions) kinds
         where 'AREA' = any(c.additive_over)
     ), member as (
       select b.name || ' ' || b.area || b.whole || b.period_start as one_sum, b.measure_id, b.definition, b.decimals,
           b.period_start, s.dimensions = b.whole as is_whole, s.id, standing_of(s.id, b.period_start) as standing
         from by_dimension b join series s on s.measure_id = b.measure_id and s.definition = b.definition
           and s.area = b.area and s.dimensions - b.name = b.whole
       union all
       select b.kind || ' ' || b.whole || b.period_start, b.measure_id, b.definition, b.decimals, b.period_start,
           s.area = b.national_area, s.id, standing_of(s.id, b.period_start)
         from by_area b join series s on s.measure_id = b.measure_id and s.definition = b.definition
           and s.dimensions = b.whole and (s.area = b.national_area or kind_of_area(s.area) = b.kind)
     ), hiding as (
       select one_sum from member where standing is not null group by one_sum
         having count(*) filter (where is_whole) = 1 and count(*) filter (where not is_whole) > 1
           and count(*) filter (where standing = 'SECRET') > 0
     ), counted as (
       select one_sum, measure_id, definition, decimals, period_start, is_whole, standing,
           case when standing = 'KNOWN' then coalesce(newest_number(id, period_start), 0) end as number
         from member join hiding using (one_sum) where standing is not null
     )
     select one_sum into given_away from counted group by one_sum, measure_id, definition, decimals, period_start
       having (count(*) filter (where standing <> 'KNOWN') = 1)
         or (sum(number) filter (where is_whole) - coalesce(sum(number) filter (where not is_whole), 0)
             between 0 and power(10::numeric, -decimals)
           and not exists (select from series s join observation o on o.series_id = s.id and o.value < 0
             where s.measure_id = counted.measure_id and s.definition = counted.definition
               and o.period_start = counted.period_start)) limit 1;
     if given_away is not null then
       raise exception 'a suppressed figure could be worked out: %', given_away using errcode = 'check_violation';
     end if;
     return null;
   end $$`;

// Going from suppressed to a number, or back, under one definition is its publisher's own doing; the other follows then.
const checkElsewhere = `create function check_suppression_elsewhere() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare given_away text; begin
     -- Nearly every measure has but one definition, of which nothing else need be read.
     if not exists (select from (select distinct s.measure_id, s.definition from added join series s on s.id = added.series_id) given
         join definition other on other.measure_id = given.measure_id and other.number <> given.definition) then
       return null;
     end if;
     select s.measure_id || ' ' || s.area || s.dimensions || added.period_start into given_away
       from added join series s on s.id = added.series_id and added.value_kind in ('NUMBER', 'SUPPRESSED')
       join definition d on d.measure_id = s.measure_id and d.number = s.definition
       join definition e on e.measure_id = d.measure_id and e.number <> d.number and e.frequency = d.frequency
       join series t on t.measure_id = s.measure_id and t.definition = e.number and t.area = s.area and t.dimensions = s.dimensions
       cross join lateral (select value_kind as newest from observation where series_id = t.id
         and period_start = added.period_start order by vintage desc limit 1) other
       where case added.value_kind when 'NUMBER' then standing_of(t.id, added.period_start) = 'SECRET'
           else newest = 'NUMBER' end
         and not exists (select from observation o where o.series_id = s.id and o.period_start = added.period_start
           and o.vintage < added.vintage and o.value_kind in ('NUMBER', 'SUPPRESSED', 'NOT_APPLICABLE')) limit 1;
     if given_away is not null then
       raise exception 'a figure is suppressed under one definition and shown under another: %', given_away
         using errcode = 'check_violation';
     end if;
     return null;
   end $$`;
