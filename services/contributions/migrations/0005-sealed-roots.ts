import { Migration } from '../../kernel/migration.js';

/** The roots of the ledger's hash chains, as the ledger told them: who can change its database cannot change these. */
export class SealedRoots extends Migration {
  override up(): void {
    // The hash is part of the key: a second hash for the same number is kept beside the first, as evidence.
    this.addSql(`create table sealed_root (
      pool_id text not null, number bigint not null check (number > 0), hash text not null, signature text not null,
      received_at timestamptz(3) not null default clock_timestamp(), primary key (pool_id, number, hash))`);
    this.addSql(`create trigger append_only before update or delete or truncate on sealed_root
      for each statement execute function refuse_change()`);
    this.addSql(`alter table sealed_root enable always trigger append_only`);
    this.addSql(`alter table sealed_root enable row level security, force row level security`);
    this.addSql(`create policy seen on sealed_root for select using (true)`);
    this.addSql(`create policy written on sealed_root for insert with check (holds_role('event'))`);
  }
}
