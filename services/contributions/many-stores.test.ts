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
const variablesOf = '$first: Int, $after: String, $filter: ContributionFilter, $orderBy: ContributionOrder! = BY_ID';
const args = 'first: $first, after: $after, filter: $filter, orderBy: $orderBy';
const list = `query (${variablesOf}) { contributions(${args}) { ${fields} } }`;
const entities = `query ($of: [_Any!]!, ${variablesOf}) { _entities(representations: $of) {
  ... on Mission { id contributions(${args}) { ${fields} }
    contributionTotals { state pooling currency financialYear controlTotal total { amount currency } count } }
  ... on Organisation { id contributions(${args}) { ${fields} } } } }`;
const latest = 'RECORDED_LATEST_FIRST';

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
  // In the order of time pages begin anywhere among what the ids end with.
  orderBy: maybe(latest),
  instant: maybe('f', 'c8', '7', '3f'),
  asKnownAt: maybe('2026-01-05T00:00:00Z', '2026-01-10T12:00:00Z'),
});

/** The ids of a list page by page, five at a time. */
async function walk(world: World, filter: object, orderBy?: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const { data }: Answer = await world.ask(list, { variables: { first: 5, after, filter, orderBy } });
    ids.push(...data.contributions.nodes.map(({ id }: { id: string }) => id));
    if (!data.contributions.pageInfo.hasNextPage) return ids;
    after = data.contributions.pageInfo.endCursor;
  }
}

describe('lists, counts and totals over forty stores', () => {
  it('are those of one store with the same rows, page by page and for everybody', async () => {
    const rule = fc.asyncProperty(questions, async ({ of, first, filter, as, asKnownAt, from, orderBy, instant }) => {
      const representations = of.map((name) => ({ __typename: name.split(' ')[0], id: name.split(' ')[1] }));
      const keys = orderBy ? instant && [instant, ''] : from && [from];
      let after = keys ? Buffer.from(JSON.stringify(keys)).toString('base64url') : null;
      for (let page = 0; page < 4; page++) {
        const variables: object = { first, after, filter, orderBy, of: representations };
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
    await fc.assert(rule, { numRuns: 40, seed });
  }, 180_000);

  it('follow on from page to page without a gap, also where one organisation’s id begins another’s', async () => {
    const filter = { mission: 'mission-1' };
    expect(await walk(many, filter)).toEqual(await walk(one, filter));
  });

  it('begin with what the hub learnt of last where that is asked for, whoever contributes it', async () => {
    const timeOf = (id: string) => id.split(':')[1]!;
    for (const filter of [{ mission: 'mission-1' }, { contributor: 'organisation-3' }]) {
      const byId = await walk(many, filter);
      const found = await walk(many, filter, latest);
      expect(found).toEqual(byId.toSorted((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1)));
      expect(found.length).toBeGreaterThan(5);
    }
    const part = (orderBy: string) =>
      `contributions(filter: { mission: "mission-1" }, orderBy: ${orderBy}) { nodes { id } }`;
    const { data }: Answer = await many.ask(`{ a: ${part('BY_ID')} b: ${part(latest)} }`);
    expect(data.a).not.toEqual(data.b);
  });

  it('refuse a cursor of the other order', async () => {
    const ask = async (variables: object): Promise<Answer> => many.ask(list, { variables: { first: 3, ...variables } });
    for (const [from, to] of [
      ['BY_ID', latest],
      [latest, 'BY_ID'],
    ])
      for (const filter of [{}, { contributor: 'organisation-3' }]) {
        const { data } = await ask({ orderBy: from, filter });
        const { errors } = await ask({ orderBy: to, filter, after: data.contributions.pageInfo.endCursor });
        expect(errors!.map(({ message, extensions }) => [extensions.code, message])).toEqual([
          ['BAD_USER_INPUT', 'This cursor was not made by this list; start again without "after".'],
        ]);
      }
  });

  it('cost each store the same number of statements however long they are', async () => {
    const costs = async (first: number, orderBy?: string) => {
      const stores = storesOf(many.services.contributions.orm);
      const counts = () => withOwn.map((organisation) => stores.storeOf(organisation)!.statements);
      const before = counts();
      const of = ['mission-0', 'mission-1'].map((id) => ({ __typename: 'Mission', id }));
      const { errors } = await many.ask(entities, { variables: { of, first, orderBy } });
      expect(errors).toBeUndefined();
      return counts().map((count, place) => count - before[place]!);
    };
    const short = await costs(1);
    const long = await costs(2);
    // What it notices, how many it has, the totals; where a page lies also that and its terms.
    expect(Math.max(...short)).toBe(5);
    expect(Math.max(...long)).toBe(5);
    expect(Math.min(...long)).toBe(3);
    // The latest may be anywhere.
    const everywhere = [await costs(1, latest), await costs(20, latest)];
    expect(everywhere.map((each) => [Math.min(...each), Math.max(...each)])).toEqual([
      [4, 5],
      [4, 5],
    ]);
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
