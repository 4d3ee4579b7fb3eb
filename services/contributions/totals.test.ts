import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import * as w from './words-for-tests.js';

let world: World;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
  await owner.query(`select set_config('app.roles', 'auditor', false)`);
});
afterAll(() => world?.stop());

const publish = async (organisation: string, rows: object[]) => {
  const variables = { input: { idempotencyKey: w.newKey(), rows } };
  const { data } = await world.ask(w.publishRows, { as: w.publisher(organisation), variables });
  return data.publishContributions.rows as { id: string; versionHash: string; accepted: boolean }[];
};
const outside = { state: 'AGREED', agreement: { instrument: 'GRANT', signedOn: '2026-02-01' } };
const yen = (decimal: string) => ({
  amounts: [{ financialYear: '2025-25', controlTotal: 'NON_BUDGET', amount: { amount: decimal, currency: 'JPY' } }],
});
const twoYears = (decimal: string) => ({
  amounts: [
    { financialYear: '2026-27', controlTotal: 'CDEL', amount: w.pounds(decimal) },
    { financialYear: '2027-28', controlTotal: 'RDEL_PROGRAMME', amount: w.pounds('0.01') },
  ],
});
const page = `query ($missions: [_Any!]!, $first: Int = 20) { _entities(representations: $missions) { ... on Mission { id
  contributions(first: $first) { totalCount nodes { id publicName contributor { id } kind pooling state current { total { amount } amounts { financialYear } } } pageInfo { endCursor hasNextPage } unavailable { id } }
  contributionTotals { state pooling currency financialYear controlTotal total { amount currency } count } } } }`;
const missionsOf = (...ids: string[]) => ids.map((id) => ({ __typename: 'Mission', id }));

/** A bit of everything that moves totals, by two departments, over two missions. */
async function livelyWorld() {
  for (const organisation of [w.education, w.transport]) {
    const rows = Array.from({ length: 24 }, (_, place) =>
      w.rowOf(`lively-${place}`, {
        mission: place % 2 ? 'first' : 'second',
        pooling: place % 3 ? 'POOLED' : 'ALIGNED',
        terms: place % 4 ? w.termsOf(`${place}.10`) : place % 8 ? yen(String(place + 1)) : twoYears('3.50'),
        ...(place % 5 ? outside : {}),
      }),
    );
    const published = await publish(organisation, rows);
    await publish(
      organisation,
      rows.map((row, place) => (place % 5 ? row : { ...row, terms: { ...row.terms, reason: 'again' } })),
    );
    await publish(organisation, [
      { ...rows[10]!, terms: w.termsOf('999.00') },
      { ...rows[5]!, terms: w.termsOf('1.00'), ...outside },
    ]);
    for (const { id, versionHash } of [published[1]!, published[2]!]) {
      for (const as of [w.officer(organisation), w.missionFinance])
        await w.does(world, 'commitContribution', as, { contribution: id, versionHash });
    }
    await w.does(world, 'declineContribution', w.missionUnit, { contribution: published[0]!.id, reason: 'r' });
    await w.does(world, 'withdrawContribution', w.publisher(organisation), {
      contribution: published[3]!.id,
      reason: 'r',
    });
    const talked = await w.pledges(world, organisation, { mission: 'first' });
    await w.does(world, 'proposeTerms', w.missionUnit, { contribution: talked.id, terms: twoYears('55.00') });
    await w.pledges(world, organisation, { mission: 'first', draft: true, terms: w.termsOf('4321.00') });
    const kept = await w.pledges(world, organisation, { mission: 'second', draft: true });
    await w.does(world, 'pledgeContribution', w.publisher(organisation), {
      contribution: kept.id,
      terms: twoYears('8.00'),
    });
    await w.pledges(world, organisation, {
      mission: 'first',
      kind: 'SECONDED_STAFF',
      pooling: 'IN_KIND',
      terms: { quantity: '2.5', unit: 'FTE' },
    });
  }
}

describe('running totals', () => {
  it('are what the rows add up to, after everything that moves them', async () => {
    await livelyWorld();
    const kept =
      await owner.query(`select mission_id, contributor_id, state, pooling, currency, financial_year, control_total, total, count
      from contribution_total where count <> 0 or total <> 0 order by 1, 2, 3, 4, 5, 6, 7`);
    const again =
      await owner.query(`select c.mission_id, c.contributor_id, state, pooling, a.currency, financial_year, control_total, sum(amount) as total, count(*) as count
      from contribution c join contribution_amount a on a.contribution_id = c.id and a.number = c.number where state <> 'DRAFT'
      group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7`);
    expect(kept.rows.length).toBeGreaterThan(20);
    expect(kept.rows).toEqual(again.rows);
    const counts = await owner.query(
      `select mission_id, contributor_id, state, pooling, kind, count from contribution_count where count <> 0 order by 1, 2, 3, 4, 5`,
    );
    const counted =
      await owner.query(`select mission_id, contributor_id, state, pooling, kind, count(*) as count from contribution
      where state <> 'DRAFT' group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`);
    expect(counts.rows).toEqual(counted.rows);
  });

  it('are answered per state, pooling, currency, year and control total, and the same from the rows as known now', async () => {
    const variables = { missions: missionsOf('first', 'second', 'nowhere') };
    const { data, errors } = await world.ask(page, { variables });
    expect(errors).toBeUndefined();
    const [first, second, nowhere] = data._entities;
    expect(nowhere).toMatchObject({
      contributions: { totalCount: 0, nodes: [], unavailable: [] },
      contributionTotals: [],
    });
    const keys = first.contributionTotals.map((total: object) =>
      JSON.stringify({ ...total, total: null, count: null }),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(first.contributionTotals).toContainEqual({
      ...{
        state: 'PLEDGED',
        pooling: 'IN_KIND',
        currency: null,
        financialYear: null,
        controlTotal: null,
        total: null,
        count: 2,
      },
    });
    expect(second.contributionTotals).toContainEqual({
      ...{
        state: 'PLEDGED',
        pooling: 'POOLED',
        currency: 'GBP',
        financialYear: '2027-28',
        controlTotal: 'RDEL_PROGRAMME',
        count: 2,
      },
      total: w.pounds('0.02'),
    });
    const asKnownAt = new Date(Date.now() + 1000).toISOString();
    expect((await world.ask(page, { variables, asKnownAt })).data).toEqual(data);
  });

  it('stay right while departments and the mission unit change contributions at once', async () => {
    const organisations = Array.from({ length: 6 }, (_, place) => `department-${place}`);
    await Promise.all(
      organisations.map(async (organisation) => {
        const rows = await publish(
          organisation,
          Array.from({ length: 20 }, (_, place) =>
            w.rowOf(`busy-${place}`, { mission: 'busy', ...(place % 2 ? outside : {}) }),
          ),
        );
        await Promise.all(
          rows
            .slice(0, 8)
            .map(({ id }) => w.does(world, 'declineContribution', w.missionUnit, { contribution: id, reason: 'r' })),
        );
      }),
    );
    const { rows } =
      await owner.query(`select state, sum(total)::text as total, sum(count)::int as count from contribution_total
      where mission_id = 'busy' group by 1 having sum(count) > 0 order by 1`);
    expect(rows).toEqual([
      { state: 'AGREED', total: '600000', count: 60 },
      { state: 'DECLINED', total: '240000', count: 24 },
      { state: 'PLEDGED', total: '360000', count: 36 },
    ]);
  });
});

describe('lists of contributions', () => {
  it('cost the same number of statements however many missions and contributions are on the page', async () => {
    const statementsOf = async (variables: object, asKnownAt?: string) => {
      const statements: string[] = [];
      const stop = onStatement(world.services.contributions.orm, (sql) => statements.push(sql));
      const { errors } = await world.ask(page, { variables, asKnownAt });
      stop();
      expect(errors).toBeUndefined();
      return statements.length;
    };
    const small = { missions: missionsOf('first'), first: 2 };
    const large = { missions: missionsOf('first', 'second', 'busy'), first: 50 };
    expect(await statementsOf(large)).toBe(await statementsOf(small));
    expect(await statementsOf(large)).toBeLessThanOrEqual(8);
    const now = new Date().toISOString();
    expect(await statementsOf(large, now)).toBe(await statementsOf(small, now));
  });

  it('give every contribution once, page by page, with a mission’s own order', async () => {
    const whole = (
      await world.ask('{ contributions(first: 100, filter: {mission: "first"}) { totalCount nodes { id } } }')
    ).data.contributions;
    expect(whole.totalCount).toBe(whole.nodes.length);
    const found: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { data } = await world.ask(
        `query ($after: String) { contributions(first: 7, after: $after, filter: {mission: "first"}) { nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { variables: { after } },
      );
      const { nodes, pageInfo } = data.contributions;
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      found.push(...nodes.map(({ id }: { id: string }) => id));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(found).toEqual(whole.nodes.map(({ id }: { id: string }) => id));
    expect(found).toEqual([...found].sort());
  });

  it('are selected by mission, contributor, state, pooling, kind and source together, each with its count', async () => {
    const everything = (
      await world.ask(
        '{ contributions(first: 100) { nodes { id mission { id } contributor { id } state pooling kind sourceRecordId } } }',
        { as: w.auditor },
      )
    ).data.contributions.nodes;
    const filters = [
      { mission: 'second' },
      { contributor: w.transport },
      { contributor: 'department-for' },
      { mission: 'first', state: 'AGREED' },
      { mission: 'first', contributor: w.education, pooling: 'ALIGNED' },
      { kind: 'SECONDED_STAFF' },
      { state: 'DRAFT' },
      { sourceRecordId: 'lively-3' },
      { contributor: w.transport, sourceRecordId: 'lively-3' },
    ];
    for (const filter of filters) {
      const variables = { filter };
      const document =
        'query ($filter: ContributionFilter) { contributions(first: 100, filter: $filter) { totalCount nodes { id mission { id } contributor { id } state pooling kind sourceRecordId } } }';
      const { nodes, totalCount } = (await world.ask(document, { as: w.auditor, variables })).data.contributions;
      expect(totalCount).toBe(nodes.length);
      for (const node of nodes)
        expect({ ...node, mission: node.mission.id, contributor: node.contributor.id }).toMatchObject(filter);
      const ids = new Set(nodes.map(({ id }: { id: string }) => id));
      for (const each of everything) {
        const matches = Object.entries(filter).every(([key, value]) => (each[key]?.id ?? each[key]) === value);
        expect([each.id, ids.has(each.id)]).toEqual([each.id, matches]);
      }
    }
    const organisation = `{ _entities(representations: [{__typename: "Organisation", id: "${w.transport}"}]) { ... on Organisation { contributions(first: 100, filter: {mission: "first"}) { totalCount nodes { contributor { id } mission { id } } } } } }`;
    const { contributions } = (await world.ask(organisation)).data._entities[0];
    expect(contributions.totalCount).toBe(contributions.nodes.length);
    expect(new Set(contributions.nodes.map((node: object) => JSON.stringify(node)))).toEqual(
      new Set([JSON.stringify({ contributor: { id: w.transport }, mission: { id: 'first' } })]),
    );
  });

  it('refuse a page of none or too many, and a cursor that is not theirs', async () => {
    for (const args of ['first: 0', 'first: 101', 'after: "xyz"', 'after: "WyJhIiwiYiJd"']) {
      const { errors } = await world.ask(`{ contributions(${args}) { nodes { id } } }`);
      expect(errors![0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it('are answered to the gateway by key alone, for contributions too', async () => {
    const { id } = await w.pledges(world, w.education);
    const variables = {
      keys: [
        { __typename: 'Contribution', id, state: 'COMMITTED' },
        { __typename: 'Contribution', id: 'nothing:1' },
      ],
    };
    const { data } = await world.ask(
      'query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Contribution { id state } } }',
      { variables },
    );
    expect(data._entities).toEqual([{ id, state: 'PLEDGED' }, null]);
  });
});
