import { Migration } from '../../kernel/migration.js';

/**
 * Over which dimensions the parts of a measure sum to the whole. Where they do, PostgreSQL refuses what would leave one
 * suppressed figure alone among numbers in one sum; what only several sums together give away is found by the deed.
 */
export class Suppression extends Migration {
  override up(): void {
    this.addSql(`alter table definition add column additive_over text[] not null default '{}'
      check (cardinality(additive_over) <= 6 and not '' = any(additive_over))`);
    for (const sql of [kindOfArea, standingOf, checkSuppression]) this.addSql(sql);
    this.addSql(`create trigger check_suppression after insert on observation referencing new table as added
      for each statement execute function check_suppression()`);
  }
}

const kindOfArea = `create function kind_of_area(area text) returns text language sql immutable parallel safe
   return case when area !~ '^[A-Z][0-9]{8}$' then 'by name' when substr(area, 2, 2) = '92' then 'nation' else left(area, 3) end`;

// What was ever a number stays known, by As-Known-At. Null where there is nothing.
const standingOf = `create function standing_of(series uuid, day date) returns text language sql stable
   return (select case when bool_or(value_kind = 'NUMBER') then 'KNOWN' when bool_or(value_kind = 'SUPPRESSED') then 'SECRET'
     when bool_or(value_kind = 'NOT_APPLICABLE') then 'KNOWN' else 'UNKNOWN' end from observation
     where series_id = series and period_start = day having count(*) > 0)`;

// The sums that the added rows are a part or the whole of, then all that each of them consists of. A part that was known
// already is nobody's to hide: the sum of it is refused only where this batch brought what gives it away.
const checkSuppression = `create function check_suppression() returns trigger language plpgsql set search_path = public, pg_temp as $$
   declare given_away text; begin
     if not exists (select from added join series on series.id = added.series_id join definition
         on definition.measure_id = series.measure_id and definition.number = series.definition
         where cardinality(definition.additive_over) > 0) then
       return null;
     end if;
     with new_cell as (
       select distinct s.measure_id, s.definition, s.area, s.dimensions, added.period_start, d.additive_over, m.national_area
         from added join series s on s.id = added.series_id join measure m on m.id = s.measure_id
         join definition d on d.measure_id = s.measure_id and d.number = s.definition
     ), by_dimension as (
       select distinct measure_id, definition, period_start, area, name, dimensions - name as whole
         from new_cell cross join lateral unnest(array_remove(additive_over, 'AREA')) as name
     ), by_area as (
       select distinct c.measure_id, c.definition, c.period_start, c.national_area, kind, c.dimensions as whole
         from new_cell c cross join lateral (select kind_of_area(c.area) as kind where c.area <> c.national_area
           union select kind_of_area(s.area) from series s where c.area = c.national_area and s.measure_id = c.measure_id
             and s.definition = c.definition and s.area <> c.national_area and s.dimensions = c.dimensions) kinds
         where 'AREA' = any(c.additive_over)
     ), member as (
       select b.name || ' ' || b.area || b.whole || b.period_start as one_sum, s.dimensions = b.whole as is_whole,
           standing_of(s.id, b.period_start) as standing
         from by_dimension b join series s on s.measure_id = b.measure_id and s.definition = b.definition
           and s.area = b.area and s.dimensions - b.name = b.whole
       union all
       select b.kind || ' ' || b.whole || b.period_start, s.area = b.national_area, standing_of(s.id, b.period_start)
         from by_area b join series s on s.measure_id = b.measure_id and s.definition = b.definition
           and s.dimensions = b.whole and (s.area = b.national_area or kind_of_area(s.area) = b.kind)
     )
     select one_sum into given_away from member where standing is not null group by one_sum
       having count(*) filter (where is_whole) = 1 and count(*) filter (where not is_whole) > 1
         and count(*) filter (where standing <> 'KNOWN') = 1 and count(*) filter (where standing = 'SECRET') = 1 limit 1;
     if given_away is not null then
       raise exception 'a suppressed figure could be worked out: %', given_away using errcode = 'check_violation';
     end if;
     return null;
   end $$`;
