import type { Client } from 'pg';
import { questionsOfOrder } from './ledger-checker-order-for-tests.js';

/**
 * An independent reading of rules 1 to 17 of the ledger: each question is SQL over tables alone, shares no code, view or
 * function with the ledger, and must find nothing. Answers the names of the rules that are broken, with examples. What
 * SQL cannot see: that the signature of a root is the service's (17; see seals.test.ts and clients/ledger/verify.test.ts),
 * that a repeated key gets the same answer (5; races.test.ts), and how stakes move on
 * with money that was carried over or switched (14; the plain model and shares.test.ts).
 */
export async function brokenRules(client: Client, poolId: string): Promise<Record<string, unknown[]>> {
  const broken: Record<string, unknown[]> = {};
  for (const [rule, sql] of Object.entries(questions())) {
    const { rows } = await client.query(`${lines} ${sql}`, [poolId]);
    if (rows.length > 0) broken[rule] = rows.slice(0, 3);
  }
  return broken;
}

/** Every line of a pool with its transfer and account, and the days and some of the instants to look at. */
const lines = `with line as materialized (
  select t.id, t.kind as cause, t.effective_on as day, t.recorded_at, t.reverses_id, t.contribution_id, t.allocation_id,
         t.drawdown_id, t.deposit_id, t.virement_id, t.consent, t.financial_year as year, t.written_by, p.account_id,
         p.amount::numeric as amount, a.kind as place, a.balance, a.currency, a.control_total, a.pool_id as account_pool,
         a.financial_year as account_year
    from transfer t join posting p on p.transfer_id = t.id join account a on a.id = p.account_id where t.pool_id = $1),
  day as (select distinct day from line),
  instant as (select at from (select at, row_number() over (order by at desc) as place, count(*) over () as number
      from (select distinct recorded_at as at from line) as each) as each where (place - 1) % greatest(number / 12, 1) = 0)`;

const exempt = `('CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE')`;
const allocated = `('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT')`;
const sum = (where: string) => `coalesce(sum(amount) filter (where ${where}), 0)`;

const cameIn = sum(`place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH', 'CARRY_IN', 'SWITCH')`);
const used = sum(`place = 'UNALLOCATED' or place in ${allocated}`);
const gone = `${sum(`place in ('REFUND_DUE', 'RETURNED', 'LAPSED')`)} + ${sum(`place = 'CARRIED_FORWARD' and cause = 'CARRY_OUT'`)}`;

const questionsOfMoney: Record<string, string> = {
  '1 postings of a transfer sum to zero; two at least; none zero': `
    select id from line group by id having sum(amount) <> 0 or count(*) < 2 or bool_or(amount = 0)`,
  '1 every transfer has postings': `
    select id from transfer where pool_id = $1 and id not in (select id from line)`,
  '3 no account is below zero at the end of any day': `
    select place, day.day, sum(amount) from day join line on line.day <= day.day where place not in ${exempt}
     group by account_id, place, day.day having sum(amount) < 0`,
  '3 nothing that an allocation, drawdown or deposit holds is below zero at the end of any day': `
    select holder, place, day.day, sum(amount) from day join line on line.day <= day.day
      cross join lateral (values (allocation_id, place in ${allocated}),
        (drawdown_id, place in ('ALLOCATION_RESERVED', 'WITH_RECIPIENT')), (deposit_id, place = 'SUSPENSE')) as held (holder, counts)
     where holder is not null and counts group by holder, place, day.day having sum(amount) < 0`,
  '3 a balance is the sum of its postings': `
    select account_id, balance, sum(amount) from line group by account_id, balance having balance <> sum(amount)
    union all select id, balance, 0 from account where pool_id = $1 and balance <> 0 and id not in (select account_id from line)`,
  '4 the pool identity holds at every effective date': `
    select day.day, account_year, control_total from day join line on line.day <= day.day
     group by day.day, account_year, control_total having ${cameIn} <> ${used} + ${gone}`,
  '4 the pool identity holds as known at every instant': `
    select at, day.day, account_year, control_total from instant cross join day
      join line on line.day <= day.day and line.recorded_at <= at
     group by at, day.day, account_year, control_total having ${cameIn} <> ${used} + ${gone}`,
  '4 what contributors gave is deposited, in suspense or lost by exchange': `
    select account_year, control_total from line group by account_year, control_total
    having ${sum(`place in ('CONTRIBUTOR_SOURCE', 'SUSPENSE', 'FX_DIFFERENCE') or place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')`)} <> 0`,
  '8 deposits matched to a contribution are within its commitment': `
    select contribution_id, sum(amount) from line where place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')
     group by contribution_id having sum(amount) > coalesce(
       (select committed - written_off from expected where id = contribution_id and pool_id = $1), 0)`,
  '8 what is matched to contributions is what they count as deposited': `
    select expected.id, deposited, found from expected cross join lateral (select ${sum(`place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')`)} as found
      from line where contribution_id = expected.id) as line where pool_id = $1 and deposited <> found`,
  '9 what is allocated is within what came in, on every day': `
    select day.day, account_year, control_total from day join line on line.day <= day.day
     group by day.day, account_year, control_total having ${sum(`place in ${allocated}`)} > ${cameIn} - (${gone})`,
  '9 what is set aside for an allocation is what was approved': `
    select allocation.id, allocation.state, found from allocation cross join lateral (
        select ${sum(`cause = 'ALLOCATION' and place = 'ALLOCATION_AVAILABLE'`)} as found from line where allocation_id = allocation.id) as line
     where pool_id = $1 and found <> case when state = 'APPROVED' then amount_minor else 0 end`,
  '9 an allocation that is not approved holds nothing': `
    select allocation_id, place, sum(amount) from line join allocation on allocation.id = allocation_id
     where allocation.state <> 'APPROVED' and place in ${allocated} group by allocation_id, place having sum(amount) <> 0`,
  '10 paid is within what was reserved, on every day': `
    select drawdown_id, day.day from day join line on line.day <= day.day where drawdown_id is not null group by drawdown_id, day.day
    having ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)} > ${sum(`place = 'ALLOCATION_RESERVED' and cause = 'RESERVATION'`)}`,
  '10 a drawdown has reserved what is neither paid nor given back, and nothing once it has ended': `
    select drawdown.id, drawdown.state, reserved from drawdown join allocation on allocation.id = allocation_id cross join lateral (
        select ${sum(`place = 'ALLOCATION_RESERVED'`)} as reserved, ${sum(`place = 'ALLOCATION_RESERVED' and cause = 'RESERVATION'`)} as whole,
               ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)} as paid from line where drawdown_id = drawdown.id) as line
     where pool_id = $1 and case drawdown.state when 'APPROVED' then reserved <= 0 or reserved + paid <> drawdown.amount_minor
       when 'PAID' then reserved <> 0 or paid <> drawdown.amount_minor when 'REQUESTED' then reserved <> 0 or whole <> 0
       else reserved <> 0 end`,
  '11 spent and refunded are within what was paid, on every day': `
    select allocation_id, day.day from day join line on line.day <= day.day where allocation_id is not null group by allocation_id, day.day
    having ${sum(`place = 'SPENT'`)} - ${sum(`place = 'WITH_RECIPIENT' and cause = 'REFUND'`)} > ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)}`,
  '11 refunded of a drawdown is within what it was paid, on every day': `
    select drawdown_id, day.day from day join line on line.day <= day.day where drawdown_id is not null group by drawdown_id, day.day
    having -${sum(`place = 'WITH_RECIPIENT' and cause = 'REFUND'`)} > ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)}`,
  '12 money stays in its pool, and in its year but for a carry-over': `
    select id from line where account_pool <> $1 or account_year is distinct from case
        when account_year is null or cause = 'CARRY_IN' and place = 'CARRIED_FORWARD' then account_year else year end
    union all select id from line group by id, cause having cause <> 'CARRY_IN' and count(distinct account_year) > 1`,
  '12 money changes its control total only with a consent': `
    select id from line group by id, cause, consent having count(distinct control_total) > 1 and (cause <> 'SWITCH' or consent is null)`,
  '12 a virement crosses a control total or ring-fence only with a consent': `
    select virement.id from virement join allocation as source on source.id = from_id join allocation as target on target.id = to_id
     where virement.pool_id = $1 and virement.id in (select virement_id from line) and consent is null
       and (source.control_total, source.ring_fence) is distinct from (target.control_total, target.ring_fence)
    union all select virement_id from line where virement_id is not null group by virement_id
      having ${sum(`place = 'UNALLOCATED'`)} <> 0 or ${sum(`place = 'ALLOCATION_AVAILABLE'`)} <> 0`,
  '13 what is carried out of a year is carried into the next, once': `
    select year, control_total from (
        select case cause when 'CARRY_IN' then (left(year, 4)::integer - 1)::text else left(year, 4) end as year, control_total,
               count(distinct id) filter (where cause = 'CARRY_OUT') as outs, count(distinct id) filter (where cause = 'CARRY_IN') as ins,
               ${sum(`cause = 'CARRY_OUT' and place = 'CARRIED_FORWARD'`)} as gone, ${sum(`cause = 'CARRY_IN' and place = 'UNALLOCATED'`)} as come
          from line where cause in ('CARRY_OUT', 'CARRY_IN') group by 1, 2) as turn
     where outs <> 1 or ins <> 1 or gone <> come`,
  '13 what is carried over is within the cap': `
    select carried.id from line as carried join pooled_budget as pool on pool.id = $1
     where cause = 'CARRY_OUT' and place = 'CARRIED_FORWARD' and amount * 100 > carry_over_cap_percent * (
       select coalesce(sum(came.amount), 0) from line as came where came.place = 'UNALLOCATED' and came.cause in ('DEPOSIT', 'MATCH', 'CARRY_IN')
         and came.account_year = carried.account_year and came.control_total = carried.control_total
         and (came.recorded_at < carried.recorded_at or came.recorded_at = carried.recorded_at and came.reverses_id is null))`,
  '14 nobody is given back more than it paid in': `
    select contribution_id from line where contribution_id is not null group by contribution_id
    having ${sum(`place = 'RETURNED'`)} > ${sum(`place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')`)}`,
  '14 a return is split by largest remainder, exact to the penny': `,
    back as (select written_by, account_year, control_total, min(recorded_at) as at, sum(amount) as whole from line
      where cause = 'RETURN' and place = 'RETURNED' and reverses_id is null group by 1, 2, 3),
    stake as (select back.*, contribution_id, greatest(${sum(`place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')`)} - ${sum(`place = 'RETURNED'`)}, 0) as weight
      from back join line on line.recorded_at < back.at and line.control_total = back.control_total
        and line.account_year is not distinct from back.account_year and contribution_id is not null
     where not exists (select from line as moved where moved.cause in ('SWITCH', 'CARRY_IN') and moved.recorded_at <= back.at)
     group by back.written_by, back.account_year, back.control_total, back.at, back.whole, contribution_id),
    weighed as (select *, sum(weight) over (partition by written_by, account_year, control_total) as all_weight from stake),
    part as (select *, div(whole * weight, all_weight) as least, mod(whole * weight, all_weight) as remainder from weighed where all_weight > 0),
    fair as (select *, least + (row_number() over of_return <= whole - sum(least) over (partition by written_by, account_year, control_total))::integer as share
      from part window of_return as (partition by written_by, account_year, control_total order by remainder desc, contribution_id collate "C")),
    given as (select written_by, account_year, control_total, contribution_id, sum(amount) as amount from line
      where cause = 'RETURN' and place = 'RETURNED' and reverses_id is null group by 1, 2, 3, 4)
    select fair.contribution_id, share, given.amount from fair left join given on given.written_by = fair.written_by
       and given.contribution_id = fair.contribution_id and given.control_total = fair.control_total
       and given.account_year is not distinct from fair.account_year
     where share <> coalesce(given.amount, 0)`,
  '15 a pool has one currency': `
    select account_id from line join pooled_budget as pool on pool.id = $1 where line.currency <> pool.currency
    union all select transfer.id from transfer join pooled_budget as pool on pool.id = pool_id where pool_id = $1 and transfer.currency <> pool.currency`,
  '15 exchange keeps both amounts, rate and date, and its difference in its own account': `
    select transfer.id from transfer cross join lateral (
        select ${sum(`place = 'FX_DIFFERENCE'`)} as difference, ${sum(`place in ('UNALLOCATED', 'SUSPENSE')`)} as credited from line where line.id = transfer.id) as line
     where pool_id = $1 and (num_nulls(received_minor, received_currency, exchange_rate, exchanged_on) not in (0, 4)
       or received_currency = currency or difference <> 0 and kind <> 'DEPOSIT'
       or kind = 'DEPOSIT' and reverses_id is null and difference <> coalesce(realised_minor - credited, 0))`,
};

const questions = () => ({ ...questionsOfMoney, ...questionsOfOrder });

/** Each begins with the number of its rule. */
export const ruleNames = Object.keys(questions());
