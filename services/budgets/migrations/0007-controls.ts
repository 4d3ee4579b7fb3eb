import { Migration } from '../../kernel/migration.js';

const definer = `language plpgsql security definer set search_path = public, pg_temp`;
const today = `(clock_timestamp() at time zone 'Europe/London')::date`;

/** The second guard of what people may decide: limits, stages, reservations, the steps of a pool and its periods. */
export class Controls extends Migration {
  override up(): void {
    this.approvalWithinLimit();
    this.stagesInOrder();
    this.drawdownIsReserved();
    this.poolSteps();
  }

  /** At commit: what an approver, not the accounting officer, approved for one recipient within 30 days is within the limit. */
  private approvalWithinLimit(): void {
    this.addSql(`create function approval_within_limit() returns trigger ${definer} as $$
      declare most bigint; approved numeric;
      begin
        select delegated_limit_minor into most from pooled_budget where id = new.pool_id;
        if most is null then return null; end if;
        -- The deed holds this lock already; whoever writes by hand waits here for the others.
        perform pg_advisory_xact_lock(hashtext('delegated limit'), hashtext(new.pool_id || ' ' || coalesce(new.recipient_id, '')));
        select sum(amount_minor) into approved from allocation
         where pool_id = new.pool_id and coalesce(recipient_id, '') = coalesce(new.recipient_id, '')
           and state = 'APPROVED' and recorded_at > clock_timestamp() - interval '30 days';
        if approved > most then
          raise exception 'allocation %: % approved within 30 days is above the delegated limit %', new.id, approved, most
            using errcode = 'HB010';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger approval_within_limit after insert or update on allocation
      deferrable initially deferred for each row
      when (new.state = 'APPROVED' and new.approved_as is distinct from 'accounting-officer')
      execute function approval_within_limit()`);
  }

  /** A stage is released after the one before it, of an approved allocation, by another person than proposed it. */
  private stagesInOrder(): void {
    this.addSql(`create function stage_in_order() returns trigger ${definer} as $$
      begin
        if exists (select from allocation_stage where allocation_id = new.allocation_id and number < new.number
              and released_by is null)
            or not exists (select from allocation where id = new.allocation_id and state = 'APPROVED'
              and requested_by <> new.released_by) then
          raise exception 'stage % of allocation % cannot be released by %, or not yet', new.number, new.allocation_id,
            new.released_by using errcode = 'HB008';
        end if;
        new.released_at := date_trunc('milliseconds', clock_timestamp());
        return new;
      end $$`);
    this.addSql(`create trigger stage_in_order before update on allocation_stage for each row
      when (old.released_by is null and new.released_by is not null) execute function stage_in_order()`);
    this.addSql(`create function refuse_released_stage() returns trigger language plpgsql as $$
      begin
        raise exception 'a stage is proposed first and released later' using errcode = 'HB008';
      end $$`);
    this.addSql(`create trigger not_released_at_first before insert on allocation_stage for each row
      when (new.released_by is not null) execute function refuse_released_stage()`);
  }

  /** At commit: an approved drawdown has money reserved, any other has none; nothing is paid after the reservation's last day. */
  private drawdownIsReserved(): void {
    this.addSql(`create function drawdown_is_reserved() returns trigger ${definer} as $$
      declare found_drawdown record;
      begin
        select drawdown.id, drawdown.state, drawdown.expires_on, coalesce(holding.balance, 0) as reserved into found_drawdown
          from drawdown left join holding on holder_id = drawdown.id and account_kind = 'ALLOCATION_RESERVED'
         where drawdown.id = to_jsonb(new) ->> tg_argv[0];
        if (found_drawdown.state = 'APPROVED') <> (found_drawdown.reserved > 0)
            or found_drawdown.state = 'EXPIRED' and coalesce(found_drawdown.expires_on, 'infinity') >= ${today} then
          raise exception 'drawdown % is % with % reserved', found_drawdown.id, found_drawdown.state, found_drawdown.reserved
            using errcode = 'HB011';
        end if;
        if tg_table_name = 'transfer' and found_drawdown.expires_on < ${today}
            and to_jsonb(new) ->> 'kind' = 'PAYMENT' and to_jsonb(new) ->> 'reverses_id' is null then
          raise exception 'the reservation of drawdown % expired on %', found_drawdown.id, found_drawdown.expires_on
            using errcode = 'HB011';
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger drawdown_is_reserved after insert or update on drawdown
      deferrable initially deferred for each row execute function drawdown_is_reserved('id')`);
    this.addSql(`create constraint trigger drawdown_is_reserved after insert on transfer deferrable initially deferred
      for each row when (new.drawdown_id is not null) execute function drawdown_is_reserved('drawdown_id')`);
  }

  /** A pool takes its steps in order and ends with nothing under way; its periods close one after the other, once over. */
  private poolSteps(): void {
    this.addSql(`create function pool_steps() returns trigger ${definer} as $$
      declare wrong text;
      begin
        if old.state <> new.state and (old.state, new.state) not in (('DRAFT', 'OPEN'), ('OPEN', 'FROZEN'),
            ('OPEN', 'CLOSING'), ('FROZEN', 'OPEN'), ('FROZEN', 'CLOSING'), ('CLOSING', 'CLOSED')) then
          raise exception 'pool % does not go from % to %', new.id, old.state, new.state using errcode = 'HB013';
        end if;
        if new.state = 'CLOSED' and exists (select from account where pool_id = new.id and balance <> 0
            and kind in ('SUSPENSE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'REFUND_DUE')) then
          raise exception 'pool % still has money under way', new.id using errcode = 'HB013';
        end if;
        select closed.label into wrong
          from unnest(new.closed_periods) as closed(label)
          cross join lateral (select left(label, 7) as year, substr(label, 10)::integer as number) as named
         where named.number > 1 and not named.year || ' P' || lpad((named.number - 1)::text, 2, '0') = any (new.closed_periods)
            or financial_year_end(named.year) - interval '1 year' + interval '1 day' + named.number * interval '1 month' > ${today}
         limit 1;
        if found then
          raise exception 'period % of pool % is not over, or one before it is open', wrong, new.id using errcode = 'HB013';
        end if;
        return new;
      end $$`);
    // Its name puts it after halt_moves, which waits for everything that moves.
    this.addSql(`create trigger pool_steps before update on pooled_budget for each row
      when ((new.state, new.closed_periods) is distinct from (old.state, old.closed_periods)) execute function pool_steps()`);
  }
}
