import type { Client } from 'pg';

/**
 * An independent reading of the rules of the ledger: each question is SQL over transfers and postings alone, shares no
 * code or view with the ledger, and must find nothing. Answers the names of the rules that are broken, with examples.
 */
export async function brokenRules(client: Client, poolId: string): Promise<Record<string, unknown[]>> {
  const broken: Record<string, unknown[]> = {};
  for (const [rule, sql] of Object.entries(questions)) {
    const { rows } = await client.query(`${lines} ${sql}`, [poolId]);
    if (rows.length > 0) broken[rule] = rows.slice(0, 3);
  }
  return broken;
}

const lines = `with line as (
  select t.id, t.kind as cause, t.effective_on as day, t.recorded_at, t.reverses_id, t.contribution_id, t.allocation_id,
         t.drawdown_id, t.deposit_id, t.consent, t.financial_year as year, p.account_id, p.amount::numeric as amount,
         a.kind as place, a.balance, a.currency, a.control_total, a.financial_year as account_year
    from transfer t join posting p on p.transfer_id = t.id join account a on a.id = p.account_id where t.pool_id = $1),
  day as (select distinct day from line)`;

const exempt = `('CONTRIBUTOR_SOURCE', 'FX_DIFFERENCE')`;
const allocated = `('ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT')`;
const sum = (where: string) => `coalesce(sum(amount) filter (where ${where}), 0)`;

const questions: Record<string, string> = {
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
    select account_id, balance, sum(amount) from line group by account_id, balance having balance <> sum(amount)`,
  '4 the pool identity holds at every effective date': `
    select day.day, account_year from day join line on line.day <= day.day group by day.day, account_year
    having ${sum(`place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH', 'CARRY_IN')`)}
      <> ${sum(`place in ('UNALLOCATED', 'ALLOCATION_AVAILABLE', 'ALLOCATION_RESERVED', 'WITH_RECIPIENT', 'SPENT', 'REFUND_DUE', 'RETURNED', 'LAPSED')`)}
       + ${sum(`place = 'CARRIED_FORWARD' and cause = 'CARRY_OUT'`)}`,
  '6 a reversal takes back one transfer, exactly and once': `
    select r.id from line r where r.reverses_id is not null and not exists (
      select from line o where o.id = r.reverses_id and o.account_id = r.account_id and o.amount = -r.amount and o.reverses_id is null)
    union all select reverses_id from transfer where pool_id = $1 and reverses_id is not null group by 1 having count(*) > 1`,
  '8 deposits matched to a contribution are within its commitment': `
    select contribution_id, sum(amount) from line where place = 'UNALLOCATED' and cause in ('DEPOSIT', 'MATCH')
     group by contribution_id having sum(amount) > coalesce((select committed - written_off from expected where id = contribution_id), 0)`,
  '9 what is allocated is within what came in': `
    select 1 from line having ${sum(`place in ${allocated}`)} > ${sum(`place in ('UNALLOCATED') and cause in ('DEPOSIT', 'MATCH')`)}
      - ${sum(`place in ('RETURNED', 'LAPSED') or (place = 'REFUND_DUE')`)}`,
  '10 paid is within what was reserved': `
    select drawdown_id from line where drawdown_id is not null group by drawdown_id
    having ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)} > ${sum(`place = 'ALLOCATION_RESERVED' and cause = 'RESERVATION'`)}`,
  '11 spent and refunded are within what was paid': `
    select allocation_id from line where allocation_id is not null group by allocation_id
    having ${sum(`place = 'SPENT'`)} - ${sum(`place = 'WITH_RECIPIENT' and cause = 'REFUND'`)} > ${sum(`place = 'WITH_RECIPIENT' and cause = 'PAYMENT'`)}`,
  '12 money changes its control total only with a consent': `
    select id from line group by id, cause, consent having count(distinct control_total) > 1 and (cause <> 'SWITCH' or consent is null)`,
  '13 what is carried out of a year is carried into the next': `
    select 1 from line having ${sum(`cause = 'CARRY_OUT' and place = 'CARRIED_FORWARD'`)} <> ${sum(`cause = 'CARRY_IN' and place = 'UNALLOCATED'`)}`,
  '15 a pool has one currency': `select 1 from line having count(distinct currency) > 1`,
  '16 every pool has one accounting officer: that of its host': `
    select id from pooled_budget where id = $1 and coalesce(host_id, '') = ''`,
  '18 nobody approved what they asked for': `
    select id from transfer where pool_id = $1 and approved_by = requested_by
    union all select id from allocation where pool_id = $1 and approved_by = requested_by`,
};
