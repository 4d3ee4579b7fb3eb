import { Migration } from '../../kernel/migration.js';

/**
 * What became public, in the order in which it did. A row gets its number as its database transaction ends, one at a
 * time, so that numbers have no gaps and whoever has seen one has seen all before it. Who listens is told the number.
 */
export class PublishedFigures extends Migration {
  override up(): void {
    for (const sql of [publishedFigures, numbering, onlyNumbered, waking]) this.addSql(sql);
    this.addSql(`create constraint trigger number_published after insert on published_figures
      deferrable initially deferred for each row execute function number_published()`);
    this.addSql(`create trigger only_numbered before update or delete on published_figures
      for each row execute function only_numbered()`);
    this.addSql(`create trigger only_grows before truncate on published_figures
      for each statement execute function refuse_change()`);
    this.addSql(`create trigger wake_listeners after insert on release
      for each statement execute function wake_listeners()`);
  }
}

const publishedFigures = `create table published_figures (
  row_id bigint generated always as identity primary key, number bigint unique check (number >= 1),
  kind text not null check (kind in ('PUBLISHED', 'RELEASED', 'WITHDRAWN')),
  measure_ids text[] not null check (cardinality(measure_ids) >= 1),
  release_id text unique, public_at timestamptz(3), check ((number is null) = (public_at is null)),
  check ((kind = 'RELEASED') = (release_id is not null)))`;

/** With the rights of the owner: the service itself may not write numbers. */
const numbering = `create function number_published() returns trigger
   language plpgsql security definer set search_path = public, pg_temp as $$
   declare due timestamptz; next bigint; begin
     due := case when new.release_id is not null then coalesce(release_instant(new.release_id), 'infinity') end;
     if due > clock_timestamp() then
       raise exception 'a release is not told before it comes' using errcode = 'check_violation';
     end if;
     perform pg_advisory_xact_lock(hashtextextended('published_figures', 0));
     select coalesce(max(number), 0) + 1 into next from published_figures;
     update published_figures set number = next, public_at = coalesce(due, clock_timestamp()) where row_id = new.row_id;
     perform pg_notify('published_figures', next::text);
     return null;
   end $$`;

const onlyNumbered = `create function only_numbered() returns trigger language plpgsql as $$ begin
     if tg_op = 'UPDATE' and old.number is null and
       (new.row_id, new.kind, new.measure_ids, new.release_id) is not distinct from
       (old.row_id, old.kind, old.measure_ids, old.release_id) then return new;
     end if;
     raise exception 'rows of % are never changed or deleted', tg_table_name using errcode = 'integrity_constraint_violation';
   end $$`;

/** Who listens waits for the next release, and that may be another one now. */
const waking = `create function wake_listeners() returns trigger language plpgsql as $$ begin
     perform pg_notify('published_figures', '');
     return null;
   end $$`;
