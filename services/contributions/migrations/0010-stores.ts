import { Migration } from '../../kernel/migration.js';

/**
 * Where each organisation's contributions are kept. The database of everybody and each organisation's own store have
 * the same table; the row '' stands for all organisations that have no row of their own.
 */
export class Stores extends Migration {
  override up(): void {
    this.addSql(`create table organisation_place (
      organisation text primary key, is_here boolean not null, is_open boolean not null default true,
      has_rows boolean not null default true, moved_at timestamptz(3) not null default clock_timestamp())`);
    this.addSql(`insert into organisation_place (organisation, is_here) values ('', true)`);
    // How far a move to or from a store has come; only a store's administrator writes it.
    this.addSql(`create table organisation_move (
      organisation text primary key, to_own boolean not null, since_xid xid8 not null,
      began_at timestamptz(3) not null default clock_timestamp(), ended_at timestamptz(3))`);
    this.addSql(isWrittenHere);
    this.addSql(guardPlace);
    this.addSql(guardEveryTable);
  }
}

// A writer holds the lock in share until it commits, so who closes a place waits for the writers that are under way; and
// who has entered an open place may finish there.
const isWrittenHere = `create function is_written_here(wanted text) returns boolean language plpgsql volatile as $$
  declare entered text := coalesce(current_setting('app.entered', true), ''); found boolean;
  begin
    if wanted = any(string_to_array(entered, ' ')) then
      return true;
    end if;
    perform pg_advisory_xact_lock_shared(hashtextextended('place of ' || wanted, 0));
    select is_here and is_open into found from organisation_place where organisation in (wanted, '')
      order by organisation desc limit 1;
    if found then
      perform set_config('app.entered', entered || ' ' || wanted, true);
    end if;
    return found;
  end $$`;

const guardPlace = `create function guard_place() returns trigger language plpgsql as $$
  declare elsewhere text;
  begin
    select contributor_id into elsewhere from (select distinct contributor_id from added order by 1) as written
      where not is_written_here(contributor_id) limit 1;
    if elsewhere is not null then
      raise exception 'the contributions of % are not written in this store now', elsewhere using errcode = 'restrict_violation';
    end if;
    return null;
  end $$`;

// Each table that says whose a row is; but for the totals, which a trigger keeps, and the successions, which each store has whole.
const guardEveryTable = `do $$ declare owned text; begin
  for owned in select c.table_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and c.column_name = 'contributor_id' and t.table_type = 'BASE TABLE'
        and c.table_name not in ('contribution_total', 'contribution_count', 'succession') loop
    execute format('create trigger kept_here after insert on %I referencing new table as added
      for each statement execute function guard_place()', owned);
  end loop;
  create trigger kept_here_still after update on contribution referencing new table as added
    for each statement execute function guard_place();
end $$`;
