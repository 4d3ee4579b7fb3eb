import type { Client } from 'pg';
import { withConnection } from '../postgres/connection.js';
import type { BenchHub } from './hub.js';
import { load, type Measured, summary, table } from './load.js';
import { halfway, months } from './outcomes-data.js';

const rounds = 5;

const page = `query Page($id: ID!) { measure(id: $id) { id title unit
  latest { period value low high status vintage releasedAt }
  observations(first: ${months}, filter: { dimensions: [], area: "K02000001" }) {
    nodes { period value valueKind status low high vintage releasedAt } pageInfo { endCursor hasNextPage } }
  trajectory { version method author points { period value low high } }
  assessment { verdict rule } } }`;

/** The same page as somebody would write it by hand, knowing the tables: one statement, one object. */
const byHand = `
  with figure as (
    select distinct on (period_start) period_start, value, value_kind, status, low, high, vintage, observation.released_at
    from observation where series_id = (select id from series where measure_id = $1 and headline) and observation.released_at <= $2
    order by period_start, vintage desc
  ), latest as (select * from figure order by period_start desc limit 1),
  path as (select * from trajectory where measure_id = $1 and released_at <= $2 order by version desc limit 1)
  select json_build_object('measure', (select row_to_json(measure) from measure where id = $1),
    'definition', (select row_to_json(d) from definition d where measure_id = $1 and released_at <= $2 order by number desc limit 1),
    'latest', (select row_to_json(latest) from latest), 'series', (select json_agg(figure) from figure),
    'trajectory', (select row_to_json(path) from path),
    'points', (select json_agg(point order by point.period_start) from trajectory_point point
      join path on path.measure_id = point.measure_id and path.version = point.version),
    'verdict', (select case when point.value between latest.low and latest.high then 'NOT_DISTINGUISHABLE'
        when latest.value < point.value then 'BEHIND' else 'AHEAD' end
      from latest, path, trajectory_point point where point.measure_id = path.measure_id
        and point.version = path.version and point.period_start = latest.period_start)) as page`;

export interface Size {
  id: string;
  hub: BenchHub;
  observations: number;
}

interface Cut {
  name: string;
  asKnownAt: string | null;
}

/** The p50 of a measure's page over few and over many observations, and of the same asked of PostgreSQL by hand. */
export async function outcomesReads(sizes: Size[], seconds: number, say: (line: string) => void) {
  const cuts: Cut[] = [
    { name: 'a page now', asKnownAt: null },
    { name: 'a page as known at a day', asKnownAt: halfway },
  ];
  const rows: (string | number)[][] = [];
  const result: Record<string, unknown> = {};
  for (const cut of cuts) {
    const ways = sizes.flatMap((size) =>
      (['gateway', 'service', 'sql'] as const).map((way) => ({ size, way, measured: [] as Measured[] })),
    );
    // The first round warms all up.
    for (let round = -1; round < rounds; round++) {
      for (const { size, way, measured } of ways) {
        const each = await (way === 'sql'
          ? askedByHand(size, cut, seconds / rounds)
          : asked(size, cut, way, seconds / rounds));
        if (round >= 0) measured.push(each);
      }
    }
    const found = ways.map(({ size, way, measured }) => ({ size, way, ...summary(measured) }));
    const p50 = (way: string, size: Size) => found.find((each) => each.way === way && each.size === size)!.p50;
    const failed = found.reduce((sum, { failures }) => sum + failures, 0);
    for (const way of ['gateway', 'service']) {
      const each = sizes.map((size) => p50(way, size));
      const hands = sizes.map((size) => p50('sql', size));
      const ratios = { 'large/small': each.at(-1)! / each[0]!, 'large/by hand': each.at(-1)! / hands.at(-1)! };
      rows.push([`${cut.name}, ${way}`, ...each, hands.at(-1)!, String(failed), ...Object.values(ratios)]);
      result[`${cut.name}, ${way}`] = { p50: each, byHand: hands, failed, ...ratios };
    }
  }
  const named = sizes.map(({ observations }) => `p50 ms of ${observations.toLocaleString('en')}`);
  say(`\nA measure's page (newest figure, ${months} periods, trajectory, verdict), one connection`);
  say(table([['', ...named, 'SQL by hand, large', 'failed', 'large/small (1.5)', 'large/by hand (3)'], ...rows]));
  return result;
}

async function asked({ id, hub }: Size, { asKnownAt }: Cut, way: 'gateway' | 'service', seconds: number) {
  const headers = {
    authorization: `Bearer ${await hub.token('mission-delivery-unit.mission-unit')}`,
    ...(asKnownAt && { 'as-known-at': asKnownAt }),
  };
  const url = way === 'gateway' ? hub.gatewayUrl : hub.subgraphs.outcomes!;
  return load(
    { name: way, url, processId: 0 },
    [JSON.stringify({ query: page, variables: { id } })],
    headers,
    1,
    seconds,
  );
}

function askedByHand({ id, hub }: Size, { asKnownAt }: Cut, seconds: number): Promise<Measured> {
  const instant = asKnownAt ?? 'infinity';
  return withConnection(hub.databaseOf('outcomes'), async (client: Client) => {
    const latencies: number[] = [];
    const begun = performance.now();
    while (performance.now() < begun + seconds * 1000) {
      const sent = performance.now();
      const { rows } = await client.query<{ page: { series: object[] } }>(byHand, [id, instant]);
      if (!rows[0]?.page.series) throw new Error(`By hand there is no series of ${id}.`);
      latencies.push(performance.now() - sent);
    }
    const taken = (performance.now() - begun) / 1000;
    return { requests: latencies.length, seconds: taken, latencies, cpuMs: 0, failures: 0 };
  });
}

/** Both ways must show the same figures, or two different things would be compared. */
export async function expectSameFigures({ id, hub }: Size): Promise<void> {
  const token = await hub.token('mission-delivery-unit.mission-unit');
  for (const instant of [null, halfway]) {
    const answer = await fetch(hub.gatewayUrl, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', authorization: `Bearer ${token}` },
        ...(instant && { 'as-known-at': instant }),
      },
      body: JSON.stringify({ query: page, variables: { id } }),
    });
    const text = await answer.text();
    if (text.includes('"errors"')) throw new Error(`The page of ${id} was not answered: ${text.slice(0, 300)}`);
    const { data } = JSON.parse(text);
    const { observations, assessment } = data.measure;
    const [row] = await withConnection(hub.databaseOf('outcomes'), async (client) => {
      return (await client.query(byHand, [id, instant ?? 'infinity'])).rows;
    });
    const shown = observations.nodes.map(({ vintage, value }: { vintage: number; value: string }) => [vintage, value]);
    const wanted = row.page.series.map((each: { vintage: number; value: number }) => [
      each.vintage,
      String(each.value),
    ]);
    if (JSON.stringify(shown.map(asNumbers)) !== JSON.stringify(wanted.map(asNumbers)))
      throw new Error(`The hub and the query by hand show different figures of ${id}.`);
    if (assessment.verdict !== row.page.verdict)
      throw new Error(`The hub says ${assessment.verdict}, the query by hand ${row.page.verdict}.`);
  }
}

const asNumbers = (cells: [number, string]) => cells.map(Number);
