import { Migration } from '../../kernel/migration.js';

// A function keeps the plans of its first call, when the tables were empty; joined by index they stay right as they grow.
const byIndex = 'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off';
const definer = `language plpgsql security definer set search_path = public, pg_temp ${byIndex}`;
const sha256 = `text not null check (%s ~ '^[0-9a-f]{64}$')`;
const hash = (column: string) => `${column} ${sha256.replace('%s', column)}`;

/** The hash chain over the transfers of each pool, its signed roots, and the indexes that lists of transfers stand on. */
export class Seals extends Migration {
  override up(): void {
    this.addSql(`create table unsealed (
      pool_id text not null, transfer_id text not null, primary key (pool_id, transfer_id))`);
    this.addSql(`create table seal (
      pool_id text not null references pooled_budget, number bigint not null check (number > 0),
      transfer_id text not null unique references transfer,
      ${hash('content_hash')}, ${hash('previous_hash')}, ${hash('hash')}, primary key (pool_id, number))`);
    this.addSql(`create table seal_root (
      pool_id text not null, number bigint not null, ${hash('hash')}, signature text not null check (signature <> ''),
      sealed_at timestamptz(3) not null default date_trunc('milliseconds', clock_timestamp()),
      primary key (pool_id, number), foreign key (pool_id, number) references seal)`);
    for (const table of ['seal', 'seal_root']) {
      this.addSql(`create trigger only_added before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`);
      this.addSql(`alter table ${table} enable always trigger only_added`);
    }
    this.noteUnsealed();
    this.sealFollows();
    this.readingIndexes();
  }

  /** What is written waits to be sealed; only sealing it takes it off the list. */
  private noteUnsealed(): void {
    this.addSql(`create function note_unsealed() returns trigger ${definer} as $$
      begin
        insert into unsealed (transfer_id, pool_id) select id, pool_id from added;
        return null;
      end $$`);
    this.addSql(`create trigger note_unsealed after insert on transfer referencing new table as added
      for each statement execute function note_unsealed()`);
    this.addSql(`create trigger not_by_hand before insert or update or delete or truncate on unsealed
      for each statement when (pg_trigger_depth() = 0) execute function refuse_by_hand()`);
    this.addSql(`create view seal_gap as
      select id, pool_id from transfer
       where not exists (select from seal where seal.transfer_id = transfer.id)
         and not exists (select from unsealed where unsealed.pool_id = transfer.pool_id and unsealed.transfer_id = transfer.id)`);
  }

  /** Each hash follows from the one before, number by number, and a signed root is one of them. */
  private sealFollows(): void {
    this.addSql(`create function seal_follows() returns trigger ${definer} as $$
      declare wrong record; waiting bigint;
      begin
        select added.pool_id, added.number into wrong from added
          left join seal as before on before.pool_id = added.pool_id and before.number = added.number - 1
         where added.previous_hash <> case when added.number = 1 then repeat('0', 64) else coalesce(before.hash, '') end
            or added.hash <> encode(sha256(convert_to(added.previous_hash || added.content_hash, 'UTF8')), 'hex') limit 1;
        if found then
          raise exception 'seal % of pool % does not follow from the one before', wrong.number, wrong.pool_id using errcode = 'HB017';
        end if;
        with taken as (
          delete from unsealed using added
           where unsealed.transfer_id = added.transfer_id and unsealed.pool_id = added.pool_id returning 1)
        select (select count(*) from added) - (select count(*) from taken) into waiting;
        if waiting <> 0 then
          raise exception '% of these transfers did not wait to be sealed in this pool', waiting using errcode = 'HB017';
        end if;
        return null;
      end $$`);
    this.addSql(`create trigger seal_follows after insert on seal referencing new table as added
      for each statement execute function seal_follows()`);
    this.addSql(`create function root_is_sealed() returns trigger ${definer} as $$
      begin
        if not exists (select from seal where pool_id = new.pool_id and number = new.number and hash = new.hash) then
          raise exception 'root % of pool % is not its hash', new.number, new.pool_id using errcode = 'HB017';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger root_is_sealed before insert on seal_root for each row execute function root_is_sealed()`,
    );
  }

  /** For lists of transfers by filter and order, and for the history of an account. */
  private readingIndexes(): void {
    for (const column of ['effective_on', 'kind', 'amount_minor']) {
      this.addSql(`create index on transfer (pool_id, ${column}, id)`);
    }
    this.addSql(`create index posting_of_account on posting (account_id, transfer_id) include (amount)`);
  }
}
