/** Minor units as a decimal with all decimals of the currency. */
const decimal = (minor: string, currency: string) =>
  `(${minor} * case ${currency} when 'JPY' then 1 when 'KWD' then 0.001 else 0.01 end)::text`;
const json = (text: string) => `coalesce(to_json(${text})::text, 'null')`;
const money = (minor: string, currency: string) =>
  `'{"amount":"' || ${decimal(minor, currency)} || '","currency":"' || ${currency} || '"}'`;

/** The canonical JSON of a transfer t (RFC 8785), as README.md tells any other program to write it. */
const canonical = `'{"allocation":' || ${json('t.allocation_id')} || ',"amount":"' || ${decimal('t.amount_minor', 't.currency')}
  || '","approvedBy":' || ${json('t.approved_by')} || ',"consent":' || ${json('t.consent')} || ',"contribution":' || ${json('t.contribution_id')}
  || ',"controlTotal":' || ${json('t.control_total')} || ',"currency":' || ${json('t.currency')} || ',"deposit":' || ${json('t.deposit_id')}
  || ',"drawdown":' || ${json('t.drawdown_id')} || ',"effectiveOn":"' || t.effective_on || '","exchange":' || case
    when t.received_currency is null then 'null' else '{"on":"' || t.exchanged_on || '","rate":"' || t.exchange_rate || '","realised":'
      || coalesce(${money('t.realised_minor', 't.currency')}, 'null') || ',"received":' || ${money('t.received_minor', 't.received_currency')} || '}' end
  || ',"financialYear":' || ${json('t.financial_year')} || ',"id":' || ${json('t.id')} || ',"kind":' || ${json('t.kind')}
  || ',"period":' || ${json('t.period')} || ',"pool":' || ${json('t.pool_id')} || ',"postings":[' || (
    select string_agg('{"account":' || ${json('a.id')} || ',"amount":"' || ${decimal('p.amount', 't.currency')} || '","controlTotal":'
      || ${json('a.control_total')} || ',"financialYear":' || ${json('a.financial_year')} || ',"kind":' || ${json('a.kind')} || '}', ',' order by a.id collate "C")
      from posting p join account a on a.id = p.account_id where p.transfer_id = t.id)
  || '],"reason":' || ${json('t.reason')} || ',"recordedAt":"' || to_char(t.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  || '","reference":' || ${json('t.reference')} || ',"requestedBy":' || ${json('t.requested_by')} || ',"reverses":' || ${json('t.reverses_id')}
  || ',"virement":' || ${json('t.virement_id')} || '}'`;

// A row's xmin is the transaction that last wrote it; an untouched line has the one that wrote its transfer.
const writtenBy = (row: string) => `mod(${row}.written_by::text::numeric, 4294967296)`;
const lastWrittenBy = (row: string) => `${row}.xmin::text::numeric`;

/** The first day of the year a label names, and the number of the period a day of it lies in, clamped to the year. */
const firstDay = `make_date(left(financial_year, 4)::integer, case when right(financial_year, 2) = substr(financial_year, 3, 2) then 1 else 4 end, 1)`;
const ownPeriod = `greatest(1, least(12, (extract(year from effective_on) - extract(year from ${firstDay})) * 12
  + extract(month from effective_on) - extract(month from ${firstDay}) + 1))::integer`;
const versions = `(select id, host_id, state, closed_periods, recorded_at, 'infinity'::timestamptz as superseded_at from pooled_budget where id = $1
  union all select id, host_id, state, closed_periods, recorded_at, superseded_at from pooled_budget_history where id = $1)`;
const mentioned = `deed cross join lateral (select (regexp_matches(answer::text, 'transfer-[0-9a-f-]{36}', 'g'))[1] as transfer_id) as told`;
// Deeds that answer with what another deed wrote: the same receipt again, and expenditure that is certified.
const retelling = `('recordDeposit', 'recordDeposits', 'certifyExpenditure')`;

/** What the checker asks about order in time, keys, people and seals. */
export const questionsOfOrder: Record<string, string> = {
  '2 every transfer and posting is as it was first written': `
    select t.id from transfer t where pool_id = $1 and ${lastWrittenBy('t')} <> ${writtenBy('t')}
    union all select t.id from transfer t join posting p on p.transfer_id = t.id where pool_id = $1 and ${lastWrittenBy('p')} <> ${writtenBy('t')}`,
  '2 no posting is missing: what a transfer says it moved is there': `
    select id from transfer where pool_id = $1 and amount_minor <> (
      select coalesce(sum(amount), 0) from posting where transfer_id = transfer.id and amount > 0)`,
  '2 the database refuses changes of transfers and postings, whoever asks': `
    select wanted.name from (values ('transfer'), ('posting')) as wanted (name) where not exists (
      select from pg_trigger where tgrelid = wanted.name::regclass and tgname = 'only_added' and tgenabled = 'A')`,
  '5 a key has one answer, and each answer is there': `
    select subject, key from deed where answer is null
    union all select subject, told.transfer_id from ${mentioned} where told.transfer_id not in (select id from transfer)`,
  '5 no transfer answers two keys': `
    select told.transfer_id from ${mentioned} join transfer on transfer.id = told.transfer_id and pool_id = $1
     where deed.name not in ${retelling} group by told.transfer_id having count(*) > 1
    union all select reference from transfer where pool_id = $1 and kind = 'DEPOSIT' and reverses_id is null
     group by reference having count(*) > 1`,
  '6 a reversal takes back one transfer, exactly and once': `
    select r.id from line r where r.reverses_id is not null and not exists (
      select from line o where o.id = r.reverses_id and o.account_id = r.account_id and o.amount = -r.amount and o.reverses_id is null)
    union all select o.id from line o join line r on r.reverses_id = o.id where not exists (
      select from line same where same.id = r.id and same.account_id = o.account_id and same.amount = -o.amount)
    union all select reverses_id from transfer where pool_id = $1 and reverses_id is not null group by 1 having count(*) > 1`,
  '7 nothing is recorded in a period after it was closed': `
    select t.id from transfer t join ${versions} as pool on pool.recorded_at < t.recorded_at and t.recorded_at <= pool.superseded_at
     where pool_id = $1 and t.financial_year || ' ' || t.period = any (pool.closed_periods)`,
  '7 a late finding is recorded in the first open period after its own, with its true day': `
    select t.id from (select transfer.*, ${ownPeriod} as own, substr(period, 2)::integer as recorded_in from transfer where pool_id = $1) as t
     where recorded_in < own or exists (select from generate_series(own, recorded_in - 1) as skipped (number) where not exists (
       select from ${versions} as pool where pool.recorded_at <= t.recorded_at
          and t.financial_year || ' P' || lpad(skipped.number::text, 2, '0') = any (pool.closed_periods)))`,
  '7 nothing moves while its pool is frozen': `
    select t.id from transfer t join ${versions} as pool on pool.recorded_at < t.recorded_at and t.recorded_at < pool.superseded_at
     where pool_id = $1 and pool.state not in ('OPEN', 'CLOSING')`,
  '16 every pound has one accounting officer at each moment: that of the host of its pool': `
    select id from ${versions} as pool group by id having count(distinct host_id) <> 1 or bool_or(coalesce(host_id, '') = '')
    union all select id from (select id, superseded_at, lead(recorded_at) over (order by recorded_at, superseded_at) as next from ${versions} as pool) as pool
      where next <> superseded_at
    union all select account_id from line where account_pool <> $1`,
  '17 each seal follows from the one before': `
    select number::text from (select *, lag(hash) over (order by number) as before, row_number() over (order by number) as place from seal where pool_id = $1) as seal
     where number <> place or previous_hash <> coalesce(before, repeat('0', 64))
        or hash <> encode(sha256(convert_to(previous_hash || content_hash, 'UTF8')), 'hex')
    union all select root.number::text from seal_root as root left join seal using (pool_id, number)
      where root.pool_id = $1 and root.hash is distinct from seal.hash`,
  '17 what is sealed is what is recorded': `
    select t.id from seal join transfer t on t.id = seal.transfer_id where seal.pool_id = $1
       and (t.pool_id <> $1 or content_hash <> encode(sha256(convert_to(${canonical}, 'UTF8')), 'hex'))`,
  '17 every transfer is sealed, or waits to be': `
    select id from transfer t where pool_id = $1 and not exists (select from seal where transfer_id = t.id)
       and not exists (select from unsealed where transfer_id = t.id)`,
  '18 nobody approved what they asked for': `
    select id from transfer where pool_id = $1 and approved_by = requested_by
    union all select id from allocation where pool_id = $1 and approved_by in (requested_by, recommended_by)
    union all select id from virement where pool_id = $1 and approved_by = requested_by`,
};
