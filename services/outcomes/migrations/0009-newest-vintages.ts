import { Migration } from '../../kernel/migration.js';

/** The newest figures of a series. A function, because PostgreSQL plans it once for a connection and not for each page. */
export class NewestVintages extends Migration {
  override up(): void {
    this.addSql(newestVintages);
  }
}

// From one period back to the one before: one step in the primary key for each, however many vintages there are. What
// begins after the last day is not looked at; null does not restrict.
const newestVintages = `create function newest_vintages(series uuid, known_at timestamptz, last_day date, most integer)
   returns setof observation language plpgsql stable as $$
   declare instant timestamptz := coalesce(known_at, 'infinity'); last date := coalesce(last_day, 'infinity'); begin
     return query with recursive walk as (
       (select o.* from public.observation o where o.series_id = series and o.period_start <= last
          and (o.release_id is null or o.released_at <= now()) and o.released_at <= instant
          order by o.period_start desc, o.vintage desc limit 1)
       union all
       select earlier.* from walk cross join lateral (
         select o.* from public.observation o where o.series_id = series and o.period_start < walk.period_start
           and (o.release_id is null or o.released_at <= now()) and o.released_at <= instant
           order by o.period_start desc, o.vintage desc limit 1) earlier
     )
     select * from walk limit most;
   end $$`;
