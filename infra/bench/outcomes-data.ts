import type { Client } from 'pg';
import { withConnection } from '../postgres/connection.js';
import type { BenchHub } from './hub.js';

export const steward = 'office-for-national-statistics';
export const months = 100;
const firstMonth = '2000-01-01';
/** The month in which a page is asked for as it was known: half of the periods are known then. */
export const halfway = '2004-03-15T12:00:00Z';
/** The definition is older than any figure. */
const since = '1999-12-01T00:00:00Z';
const seriesPerStatement = 100;

/** How often a figure was revised: few observations have few vintages, as young series do. */
const vintagesOf = (observations: number) => (observations < 100_000 ? 10 : 40);

const monthNumber = (number: number) => new Date(Date.UTC(2000, number)).toISOString().slice(0, 7);
const mutation = (field: string) => `mutation { ${field} { userErrors { code message } } }`;

async function does(hub: BenchHub, client: string, field: string): Promise<void> {
  const answer = await fetch(hub.gatewayUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await hub.token(client)}` },
    body: JSON.stringify({ query: mutation(field) }),
  });
  const text = await answer.text();
  if (text.includes('"message"')) throw new Error(`The hub could not be filled: ${text.slice(0, 500)}`);
}

/** A measure without figures, with a trajectory over all its months and a floor. */
export async function defineMeasure(hub: BenchHub, id: string): Promise<void> {
  const unit = 'mission-delivery-unit.mission-unit';
  const owner = `${steward}.statistician`;
  const key = (deed: string) => `idempotencyKey: "${deed} ${id}"`;
  const definition = `{formula: "Counted.", unit: "units", decimals: 1, polarity: HIGHER, frequency: MONTH, source: "bench"}`;
  const points = Array.from({ length: months }, (_, at) => `{period: "${monthNumber(at)}", value: "${at}"}`).join(' ');
  await does(
    hub,
    unit,
    `defineOutcome(input: {${key('outcome')}, id: "${id}", title: "Bench", kind: OUTCOME, missions: ["bench"], illustrative: true, releasedAt: "${since}"})`,
  );
  await does(
    hub,
    owner,
    `defineMeasure(input: {${key('measure')}, id: "${id}", title: "Bench", outcome: "${id}", definition: ${definition}, releasedAt: "${since}"})`,
  );
  await does(
    hub,
    owner,
    `setTrajectory(input: {${key('trajectory')}, measure: "${id}", method: "A line.", author: "bench", points: [${points}], releasedAt: "${since}"})`,
  );
  await does(
    hub,
    owner,
    `setTarget(input: {${key('target')}, measure: "${id}", id: "${id}-floor", kind: FLOOR, value: "50", periodStart: "${firstMonth}", setBy: "bench", releasedAt: "${since}"})`,
  );
}

/**
 * Figures of a measure straight into the tables, for the API would take hours and it is reading that is measured: of the
 * whole and of many areas, a hundred months each, every figure revised month by month.
 */
export async function fill(hub: BenchHub, id: string, observations: number): Promise<void> {
  const vintages = vintagesOf(observations);
  const seriesCount = Math.ceil(observations / (months * vintages));
  await withConnection(hub.databaseOf('outcomes'), async (client) => {
    await client.query(
      `insert into series (id, measure_id, definition, area, dimensions)
       select md5($1 || n)::uuid, $1, 1, case n when 0 then national_area else 'E' || lpad(n::text, 8, '0') end, '{}'
         from generate_series(0, $2::int - 1) as n, measure where measure.id = $1`,
      [id, seriesCount],
    );
    await client.query(
      `insert into publication (id, measure_id, source, organisation, subject) values (md5($1)::uuid, $1, 'bench', $2, 'bench')`,
      [id, steward],
    );
    // The triggers look up for every row what is known to be there; they set nothing of the row itself.
    await client.query('set session_replication_role = replica');
    for (let from = 0; from < seriesCount; from += seriesPerStatement) {
      await client.query(madeUp, [id, vintages, seriesPerStatement, from]);
    }
    await client.query('set session_replication_role = origin');
    await client.query('vacuum analyze');
    // What is still to be written of it would be written while pages are read.
    await client.query('checkpoint');
    await expectAll(client, id, seriesCount * months * vintages);
  });
}

const madeUp = `
  insert into observation (series_id, period_start, vintage, value, value_kind, status, low, high, confidence_level,
    reason, publication_id, stated_release)
  select series.id, period, vintage, figure, 'NUMBER', 'P', figure - 1, figure + 1, 95,
    case vintage when 1 then 'NEW_DATA' else 'ROUTINE' end, md5($1)::uuid,
    (period + interval '1 month' + vintage * interval '30 days') at time zone 'UTC'
  from (select id from series where measure_id = $1 order by id limit $3 offset $4) series,
    generate_series(0, ${months - 1}) as month, generate_series(1, $2::int) as vintage,
    lateral (select (date '${firstMonth}' + month * interval '1 month')::date as period, month + 5 + vintage / 100.0 as figure) made
  order by series.id, period, vintage`;

async function expectAll(client: Client, id: string, wanted: number): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    'select count(*) from observation where publication_id = md5($1)::uuid',
    [id],
  );
  if (Number(rows[0]!.count) !== wanted)
    throw new Error(`The measure ${id} has ${rows[0]!.count} observations, not ${wanted}.`);
}
