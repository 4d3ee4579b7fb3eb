import { Migration } from '../../kernel/migration.js';

/** What contributors state to have paid, as the contributions service told it; and who may match a receipt by that. */
export class StatedPayments extends Migration {
  override up(): void {
    this.addSql(`create table stated_payment (
      contribution_id text not null, ordinal integer not null check (ordinal >= 1), contributor_id text not null,
      mission_id text not null, pool_id text, currency text not null, stated bigint not null check (stated >= 0),
      payments jsonb not null, gone_because text check (gone_because <> ''), known_at timestamptz(3) not null,
      recorded_at timestamptz(3) not null default clock_timestamp(), primary key (contribution_id, ordinal),
      check (starts_with(contribution_id, contributor_id || ':')), check (gone_because is null or stated = 0))`);
    this.addSql(`create index on stated_payment (contributor_id)`);
    this.addSql(`create index on stated_payment (mission_id)`);
    this.addSql(`create trigger only_added before update or delete or truncate on stated_payment
      for each statement execute function refuse_change()`);
    this.addSql(`alter table stated_payment enable always trigger only_added`);
    this.addSql(`create index on expected (contributor_id)`);
    this.addSql(statedIsSum);
    this.addSql(
      `create trigger stated_is_sum before insert on stated_payment for each row execute function stated_is_sum()`,
    );
    this.addSql(mayClaim);
    this.addSql(claimed);
    this.addSql(`create trigger claimed_by_its_payer after insert on transfer for each row
      when (new.kind = 'MATCH' and new.reverses_id is null) execute function claimed_by_its_payer()`);
  }
}

const statedIsSum = `create function stated_is_sum() returns trigger language plpgsql as $$
  begin
    if new.stated <> (select coalesce(sum((each->>'minor')::bigint), 0) from jsonb_array_elements(new.payments) as each)
        or exists (select from jsonb_array_elements(new.payments) as each
          where (each->>'minor')::bigint <= 0 or (each->>'paidOn')::date is null) then
      raise exception 'the payments of contribution % are not what is stated', new.contribution_id using errcode = 'HB004';
    end if;
    if exists (select from stated_payment s where s.contribution_id = new.contribution_id and s.ordinal < new.ordinal
        and (s.currency <> new.currency or s.known_at > new.known_at)) then
      raise exception 'a statement of contribution % follows the one before', new.contribution_id using errcode = 'HB005';
    end if;
    return new;
  end $$`;

// A receipt is an organisation's own when its payer named a contribution of it, or when it stated a payment by its reference.
const mayClaim = `create function may_claim(organisation text, deposit text, contribution text) returns boolean
  language sql stable security definer set search_path = public, pg_temp
  return starts_with(contribution, organisation || ':') and exists (select from transfer where id = deposit and case
    when contribution_id is not null then starts_with(contribution_id, organisation || ':')
    else exists (select from (select payments from stated_payment where stated_payment.contribution_id = contribution
        order by ordinal desc limit 1) as said cross join jsonb_array_elements(said.payments) as each
      where each->>'reference' = transfer.reference) end)`;

// An event has no organisation: it matches what its payer named when the commitment becomes known.
const claimed = `create function claimed_by_its_payer() returns trigger language plpgsql as $$
  declare who text := coalesce(current_setting('app.organisation', true), '');
  begin
    if who <> '' and who <> (select host_id from pooled_budget where id = new.pool_id)
        and not may_claim(who, new.deposit_id, new.contribution_id) then
      raise exception 'the receipt % is not of %', new.deposit_id, who using errcode = 'HB018';
    end if;
    return null;
  end $$`;
