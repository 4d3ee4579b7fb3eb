import { Migration } from '../../kernel/migration.js';

/** As before, but of suppressed and not applicable the one that was said last stands: nothing of a figure is known too. */
export class NotApplicableIsKnown extends Migration {
  override up(): void {
    this.addSql(`create or replace function standing_of(series uuid, day date) returns text language sql stable
      return (select case when bool_or(value_kind = 'NUMBER') then 'KNOWN' else coalesce((array_agg(
          case value_kind when 'SUPPRESSED' then 'SECRET' else 'KNOWN' end order by vintage desc)
          filter (where value_kind in ('SUPPRESSED', 'NOT_APPLICABLE')))[1], 'UNKNOWN') end from observation
        where series_id = series and period_start = day having count(*) > 0)`);
  }
}
