import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withConnection } from '../../infra/postgres/connection.js';
import { adminUrlOf } from '../../test/databases.js';
import { type Answer, startWorld, type World } from '../../test/world.js';
import { storesOf } from './stores.js';
import { fillStore } from './stores-for-tests.js';
import * as w from './words-for-tests.js';

const ownStores = 40;
const perOrganisation = 12;
const organisations = Array.from({ length: ownStores + 5 }, (_, number) => `organisation-${number}`);
const withOwn = organisations.slice(0, ownStores);
const seed = Number(process.env.STORES_SEED ?? Date.now() % 2 ** 31);

/** The same rows in one store and in forty-one. */
let one: World;
let many: World;
beforeAll(async () => {
  process.stderr.write(`STORES_SEED=${seed}\n`);
  one = await startWorld({ services: ['contributions'], gateway: false });
  const stores = Object.fromEntries(withOwn.map((organisation) => [organisation, (address: string) => address]));
  many = await startWorld({ services: ['contributions'], gateway: false, stores });
  const fill = (database: Parameters<typeof adminUrlOf>[0], some: string[]) =>
    withConnection(adminUrlOf(database), (client) => fillStore(client, some, perOrganisation));
  await fill(one.databases.contributions, organisations);
  await fill(many.databases.contributions, organisations.slice(ownStores));
  for (const organisation of withOwn) await fill(many.stores[organisation]!, [organisation]);
}, 180_000);
afterAll(async () => {
  await one?.stop();
  await many?.stop();
});

const fields = `totalCount nodes { id state current { total { amount } } } edges { cursor } pageInfo { endCursor hasNextPage hasPreviousPage startCursor } unavailable { id }`;
const list = `query ($first: Int, $after: String, $filter: ContributionFilter) { contributions(first: $first, after: $after, filter: $filter) { ${fields} } }`;
const entities = `query ($of: [_Any!]!, $first: Int, $after: String, $filter: ContributionFilter) { _entities(representations: $of) {
  ... on Mission { id contributions(first: $first, after: $after, filter: $filter) { ${fields} }
    contributionTotals { state pooling currency financialYear controlTotal total { amount currency } count } }
  ... on Organisation { id contributions(first: $first, after: $after, filter: $filter) { ${fields} } } } }`;

const maybe = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const questions = fc.record({
  first: fc.integer({ min: 1, max: 100 }),
  filter: fc.record({
    mission: maybe('mission-0', 'mission-1', 'nowhere'),
    contributor: maybe('organisation-1', 'organisation-42', 'nobody'),
    state: maybe('PLEDGED', 'AGREED', 'DRAFT'),
    pooling: maybe('POOLED', 'ALIGNED'),
    kind: maybe('MONEY', 'DATA'),
  }),
  as: maybe(w.auditor, w.missionUnit, 'organisation-3.publisher', 'organisation-41.publisher'),
  of: fc.uniqueArray(
    fc.constantFrom(
      'Mission mission-0',
      'Mission mission-2',
      'Organisation organisation-2',
      'Organisation organisation-43',
      'Mission none',
    ),
  ),
  // Anywhere among the ids, so that pages cross from one organisation to the next.
  from: maybe(...organisations.flatMap((id) => [`${id}:`, `${id}:8`, `${id}:f`])),
  asKnownAt: maybe('2026-01-05T00:00:00Z', '2026-01-10T12:00:00Z'),
});

describe('lists, counts and totals over forty stores', () => {
  it('are those of one store with the same rows, page by page and for everybody', async () => {
    const rule = fc.asyncProperty(questions, async ({ of, first, filter, as, asKnownAt, from }) => {
      const representations = of.map((name) => ({ __typename: name.split(' ')[0], id: name.split(' ')[1] }));
      let after = from ? Buffer.from(JSON.stringify([from])).toString('base64url') : null;
      for (let page = 0; page < 4; page++) {
        const variables: object = { first, after, filter, of: representations };
        for (const document of [list, entities]) {
          const [expected, found]: Answer[] = await Promise.all(
            [one, many].map((world) => world.ask(document, { as, asKnownAt, variables })),
          );
          expect(found!.errors).toEqual(expected!.errors);
          expect(found!.data).toEqual(expected!.data);
          if (document === list) after = found!.data.contributions.pageInfo.endCursor;
        }
        if (after === null) break;
      }
    });
    await fc.assert(rule, { numRuns: 25, seed });
  }, 180_000);

  it('follow on from page to page without a gap, also where one organisation’s id begins another’s', async () => {
    const walk = async (world: World) => {
      const ids: string[] = [];
      for (let after: string | null = null; ; ) {
        const variables: object = { first: 5, after, filter: { mission: 'mission-1' } };
        const { data }: Answer = await world.ask(list, { variables });
        ids.push(...data.contributions.nodes.map(({ id }: { id: string }) => id));
        if (!data.contributions.pageInfo.hasNextPage) return ids;
        after = data.contributions.pageInfo.endCursor;
      }
    };
    expect(await walk(many)).toEqual(await walk(one));
  });

  it('cost each store the same number of statements however long they are', async () => {
    const costs = async (first: number) => {
      const stores = storesOf(many.services.contributions.orm);
      const counts = () => withOwn.map((organisation) => stores.storeOf(organisation)!.reader.statements);
      const before = counts();
      const of = ['mission-0', 'mission-1'].map((id) => ({ __typename: 'Mission', id }));
      const { errors } = await many.ask(entities, { variables: { of, first } });
      expect(errors).toBeUndefined();
      return counts().map((count, place) => count - before[place]!);
    };
    const short = await costs(1);
    const long = await costs(2);
    // What it notices, how many it has, the totals; where a page lies also that and its terms.
    expect(Math.max(...short)).toBe(5);
    expect(Math.max(...long)).toBe(5);
    expect(Math.min(...long)).toBe(3);
  });

  it('leave four connections open at each at most when nobody asks: three for its events and what time calls for, one to be read', async () => {
    const names = withOwn.map((organisation) => many.stores[organisation]!.name);
    const open = () =>
      withConnection(adminUrlOf(many.databases.contributions), async (client) => {
        const { rows } = await client.query<{ most: number }>(
          `select coalesce(max(open), 0)::int as most from (select count(*) as open from pg_stat_activity
           where datname = any($1) group by datname) as each`,
          [names],
        );
        return rows[0]!.most;
      });
    const until = Date.now() + 30_000;
    while ((await open()) > 4 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await open()).toBeLessThanOrEqual(4);
  });
});
