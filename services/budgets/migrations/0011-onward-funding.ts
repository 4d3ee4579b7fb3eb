import { Migration } from '../../kernel/migration.js';

/** Which contributions are money of another pool that is passed on: counted once over all pools. */
export class OnwardFunding extends Migration {
  override up(): void {
    this.addSql(`create table onward_funding (
      contribution_id text primary key references expected, allocation_id text not null references allocation,
      stated_by text not null, recorded_at timestamptz(3) not null default clock_timestamp())`);
    this.addSql(`create index on onward_funding (allocation_id)`);
    this.addSql(`create trigger only_added before update or delete or truncate on onward_funding
      for each statement execute function refuse_change()`);
    this.addSql(`alter table onward_funding enable always trigger only_added`);
    this.addSql(`create function passed_on_by_recipient() returns trigger language plpgsql as $$
      begin
        if not exists (select from expected join allocation on allocation.id = new.allocation_id
            where expected.id = new.contribution_id and expected.contributor_id = allocation.recipient_id
              and expected.currency = allocation.currency and expected.pool_id is distinct from allocation.pool_id) then
          raise exception 'contribution % is not paid out of allocation %', new.contribution_id, new.allocation_id using errcode = 'HB019';
        end if;
        return new;
      end $$`);
    this.addSql(`create trigger passed_on_by_recipient before insert on onward_funding
      for each row execute function passed_on_by_recipient()`);
  }
}
