import type { Client } from 'pg';

const organisationCount = 50;
const perStatement = 50_000;

export const organisations = Array.from({ length: organisationCount }, (_, number) => ({
  ...{ id: `organisation-${number}`, name: `Organisation ${number}`, kind: 'COUNCIL' },
}));
export const missionId = (number: number) => `mission-${String(number).padStart(3, '0')}`;

/**
 * Contributions of all organisations to all missions, evenly spread, half pledged and half agreed. Straight into the
 * tables, with every trigger at work: the API would take hours, and it is reading that is measured afterwards.
 */
export async function insertContributions(
  client: Client,
  missions: number,
  contributions: number,
  /** Of these organisations only, by their numbers. */
  of: number[] = Array.from({ length: organisationCount }, (_, number) => number),
): Promise<void> {
  for (let from = 1; from <= contributions; from += perStatement) {
    await client.query('begin');
    await client.query(`create temporary table made on commit drop as ${madeUp}`, [
      from,
      Math.min(from + perStatement - 1, contributions),
      missions,
      of,
    ]);
    for (const statement of insertions) await client.query(statement);
    await client.query('commit');
  }
}

const madeUp = `
  select n, 'organisation-' || n % ${organisationCount} as contributor_id, 'mission-' || lpad((n % $3)::text, 3, '0') as mission_id,
    'organisation-' || n % ${organisationCount} || ':' || md5(n::text)::uuid as id,
    case when n / $3 % 2 = 0 then 'PLEDGED' else 'AGREED' end as state, 100000 + n % 1000 * 100 as pence,
    2023 + n % 3 as year, encode(sha256(n::text::bytea), 'hex') as hash
  from generate_series($1::int, $2::int) as n where n % ${organisationCount} = any($4::int[])`;

const insertions = [
  `insert into contribution_version (contribution_id, number, is_draft, public_name, total, currency, earmark, instalments, hash, contributor_id)
   select id, 1, false, 'Contribution ' || n, pence, 'GBP', 'NONE', '[]', hash, contributor_id from made order by id`,
  `insert into contribution_amount (contribution_id, number, is_draft, financial_year, control_total, amount, currency, contributor_id)
   select id, 1, false, year || '-' || year + 1 - 2000, 'RDEL_PROGRAMME', pence, 'GBP', contributor_id from made order by id`,
  `insert into contribution_state (contribution_id, sequence, state, number, effective_on, by_subject, contributor_id)
   select id, 1, state, 1, current_date, 'bench', contributor_id from made order by id`,
  `insert into agreement (contribution_id, number, instrument, signed_on, signatories, concluded_outside, contributor_id)
   select id, 1, 'MOU', current_date, array[contributor_id], true, contributor_id from made where state = 'AGREED' order by id`,
  `insert into contribution (id, mission_id, contributor_id, kind, pooling, illustrative, state, number, version)
   select id, mission_id, contributor_id, 'MONEY', 'POOLED', true, state, 1, 1 from made order by id`,
];
