/** Every sum of an account by time once more from the postings: after a test has moved what was recorded, with the triggers off. */
export const sumsAnew = [
  'delete from account_day',
  `insert into account_day (account_id, day, recorded_on, kind, financial_year, change, postings, first_id, last_id)
   select account_id, effective_on, (recorded_at at time zone 'UTC')::date, kind, financial_year, sum(amount), count(*), min(id), max(id)
     from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5`,
  'delete from account_hour',
  `insert into account_hour (account_id, hour, day, kind, financial_year, change, postings, last_id)
   select account_id, date_trunc('hour', recorded_at, 'UTC'), effective_on, kind, financial_year, sum(amount), count(*), max(id)
     from posting join transfer on transfer.id = transfer_id group by 1, 2, 3, 4, 5`,
  'delete from certified_day',
  `insert into certified_day (account_id, day, known_on, financial_year, change)
   select account_id, day, (known_at at time zone 'UTC')::date, financial_year, sum(amount) from certified_line group by 1, 2, 3, 4`,
  'delete from certified_hour',
  `insert into certified_hour (account_id, hour, day, financial_year, change)
   select account_id, date_trunc('hour', known_at, 'UTC'), day, financial_year, sum(amount) from certified_line group by 1, 2, 3, 4`,
];
