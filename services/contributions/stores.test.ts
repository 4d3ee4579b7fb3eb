import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { withConnection } from '../../infra/postgres/connection.js';
import { adminUrlOf } from '../../test/databases.js';
import { secret, startWorld, type World } from '../../test/world.js';
import { start } from '../kernel/start.js';
import { OwnStore, storeUnavailable } from './own-store.js';
import { contributions } from './service.js';
import * as w from './words-for-tests.js';

const health = 'department-of-health-and-social-care';
const asIs = (address: string) => address;
let world: World;
beforeAll(async () => {
  world = await startWorld({
    services: ['contributions'],
    gateway: false,
    stores: { [w.transport]: asIs, [health]: asIs },
  });
});
afterAll(() => world?.stop());

const idsIn = (url: string, table = 'contribution', column = 'id') =>
  withConnection(url, async (client) => {
    await client.query(`select set_config('app.roles', 'auditor', false)`);
    return (await client.query(`select distinct ${column} as id from ${table} order by 1`)).rows.map(({ id }) => id);
  });
const serviceUrl = () => world.databases.contributions.serviceUrl;
const storeUrl = (organisation: string) => world.stores[organisation]!.serviceUrl;

const byId = `query ($id: ID!) { contribution(id: $id) { id state publicName versions { number amounts { amount { amount } } }
  states { state } rounds { message } approvals { side } agreement { instrument } } }`;

describe('a contribution’s id', () => {
  it('leads to the one store it is in, for every deed and every reader', async () => {
    const mission = 'one-store';
    const own = await w.commits(world, w.transport, { mission });
    const shared = await w.commits(world, w.education, { mission });
    expect(own.id.startsWith(`${w.transport}:`)).toBe(true);
    for (const [id, inOwn] of [
      [own.id, true],
      [shared.id, false],
    ] as const) {
      for (const table of ['contribution_version', 'contribution_state', 'negotiation_round', 'commitment_approval']) {
        expect((await idsIn(storeUrl(w.transport), table, 'contribution_id')).includes(id)).toBe(inOwn);
        expect((await idsIn(serviceUrl(), table, 'contribution_id')).includes(id)).toBe(!inOwn);
      }
      const { data, errors } = await world.ask(byId, { as: w.auditor, variables: { id } });
      expect(errors).toBeUndefined();
      expect(data.contribution).toMatchObject({
        ...{
          id,
          state: 'COMMITTED',
          agreement: { instrument: 'MOU' },
          rounds: [{ message: 'As you say.' }, { message: null }],
        },
        ...{ approvals: [{ side: 'CONTRIBUTOR' }, { side: 'MISSION' }] },
        versions: [{ number: 1, amounts: [{ amount: { amount: '1000000.00' } }] }],
      });
    }
    expect(await idsIn(storeUrl(health))).toEqual([]);
  });
});

/** Runs SQL with the rights of the service in a store, for somebody; what it changes is rolled back. */
const byHand = (url: string, organisation: string, sql: string, params: unknown[]) =>
  withConnection(url, async (client) => {
    await client.query('begin');
    await client.query(`select set_config('app.organisation', $1, true)`, [organisation]);
    return client.query(sql, params);
  });
const adding = `insert into contribution_version (contribution_id, number, is_draft, public_name, quantity, unit, earmark, instalments, hash, contributor_id)
  values ($1 || ':' || gen_random_uuid(), 1, false, 'n', 1, 'u', 'NONE', '[]', repeat('0', 64), $1)`;
const elsewhere = 'are not written in this store now';

describe('a store', () => {
  it('refuses by itself what belongs elsewhere, whoever writes it', async () => {
    await expect(byHand(serviceUrl(), w.transport, adding, [w.transport])).rejects.toThrow(elsewhere);
    await expect(byHand(storeUrl(w.transport), w.education, adding, [w.education])).rejects.toThrow(elsewhere);
    await expect(byHand(storeUrl(w.transport), health, adding, [health])).rejects.toThrow(elsewhere);
    expect((await byHand(storeUrl(w.transport), w.transport, adding, [w.transport])).rowCount).toBe(1);
    for (const url of [serviceUrl(), storeUrl(w.transport)]) {
      const moved = `update organisation_place set is_here = true where organisation <> $1`;
      await expect(byHand(url, w.transport, moved, [w.transport])).rejects.toThrow('permission denied');
    }
  });

  it('guards each table that says whose a row is', async () => {
    const { rows } = await withConnection(adminUrlOf(world.databases.contributions), (client) =>
      client.query<{ relname: string }>(
        `select relname from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'contributor_id')
           and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'kept_here') order by 1`,
      ),
    );
    // Triggers keep the totals; what the register says of successors each store has whole.
    expect(rows.map(({ relname }) => relname)).toEqual(['contribution_count', 'contribution_total', 'succession']);
  });

  it('is never used by a role that can bypass row-level security: the service does not start', async () => {
    const settings = {
      port: 0,
      host: 'localhost',
      databaseUrl: serviceUrl(),
      issuer: world.issuer,
      audience: 'a',
      secret,
    };
    const address = adminUrlOf(world.stores[w.transport]!);
    const own = { CONTRIBUTION_STORES: { [w.transport]: address } };
    await expect(start(contributions, { ...settings, addresses: {}, own })).rejects.toThrow(
      `the store of ${w.transport}: its role can bypass row-level security`,
    );
  });

  it('that is behind with its migrations is named as one that is away, and so is one that nobody named', async () => {
    const admin = adminUrlOf(world.stores[health]!);
    await withConnection(admin, (client) =>
      client.query(`delete from mikro_orm_migrations where name = '0010-stores'`),
    );
    const settings = {
      port: 0,
      host: 'localhost',
      databaseUrl: serviceUrl(),
      issuer: world.issuer,
      audience: 'mission-budget-hub',
      secret,
    };
    const own = { CONTRIBUTION_STORES: { [health]: storeUrl(health) } };
    const second = await start(contributions, { ...settings, addresses: {}, own });
    try {
      const answer = await fetch(second.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ contributions(first: 1) { unavailable { id } totalCount } }' }),
      });
      const { data, errors } = (await answer.json()) as { data: object; errors: { extensions: object }[] };
      expect(data).toEqual({ contributions: { unavailable: [{ id: w.transport }, { id: health }], totalCount: null } });
      expect(errors.map(({ extensions }) => extensions)).toMatchObject([
        { code: 'STORE_UNAVAILABLE', organisation: w.transport },
      ]);
    } finally {
      await second.stop();
      await withConnection(admin, (client) =>
        client.query(`insert into mikro_orm_migrations (name) values ('0010-stores')`),
      );
    }
  });
});

describe('a change that a store begins when nobody waits for it any more', () => {
  it('gives its connection back, so that the next ones are done', async () => {
    const beginnings: Promise<unknown>[] = [];
    const late = jest.spyOn(OwnStore.prototype, 'answer').mockImplementation(async (work) => {
      beginnings.push(work());
      await Promise.allSettled(beginnings);
      throw storeUnavailable(w.transport);
    });
    const pledge = { mission: 'late', kind: 'MONEY', pooling: 'POOLED', publicName: 'n', terms: w.termsOf('1.00') };
    const pledges = () => w.does(world, 'pledgeContribution', w.publisher(w.transport), pledge);
    try {
      // More than the store has connections.
      for (let time = 0; time < 8; time++)
        expect((await pledges()).errors?.[0].extensions.code).toBe('STORE_UNAVAILABLE');
    } finally {
      late.mockRestore();
    }
    expect(beginnings.length).toBe(8);
    expect(await pledges()).toMatchObject({ userErrors: [], contribution: { state: 'PLEDGED' } });
  });
});

describe('what concerns several stores at once', () => {
  const commit = `mutation ($input: CommitContributionsInput!) { commitContributions(input: $input) { replayed
    rows { row accepted state userErrors { code } } userErrors { code } } }`;

  it('is approved in each, one row each, and the same key again answers the same', async () => {
    const agreed = [
      await w.agrees(world, w.transport),
      await w.agrees(world, w.education),
      await w.agrees(world, health),
    ];
    const rows = agreed.map(({ id, current }) => ({ contribution: id, versionHash: current.hash }));
    const variables = { input: { idempotencyKey: w.newKey(), rows } };
    const asked = () => world.ask(commit, { as: w.missionFinance, variables });
    const expected = [0, 1, 2].map((row) => ({ row, accepted: true, state: 'AGREED', userErrors: [] }));
    expect((await asked()).data.commitContributions).toEqual({ replayed: false, rows: expected, userErrors: [] });
    expect((await asked()).data.commitContributions).toEqual({ replayed: true, rows: expected, userErrors: [] });
  });

  it('is taken in from the ledger by each store once, in however many pieces it comes', async () => {
    const committed = [await w.commits(world, w.transport), await w.commits(world, w.education)];
    const data = {
      deposits: committed.map(({ id }) => ({
        ...{
          contributionId: id,
          deposited: '1000000.00',
          committed: '1000000.00',
          currency: 'GBP',
          effectiveOn: '2026-04-01',
        },
      })),
    };
    for (let time = 0; time < 3; time++)
      expect(await world.event('contributions', { id: 'one-event', type: 'budgets.deposited', data })).toBe(200);
    for (const { id } of committed) {
      const { data: found } = await world.ask(byId, { variables: { id } });
      expect(found.contribution.state).toBe('DEPOSITED');
    }
    const taken = (url: string) => idsIn(url, 'received_event', 'id');
    expect(await taken(storeUrl(w.transport))).toEqual([`one-event ${w.transport}`]);
    expect((await taken(serviceUrl())).filter((id) => id.startsWith('one-event'))).toEqual([
      `one-event ${w.education}`,
    ]);
    const figures = await idsIn(storeUrl(w.transport), 'ledger_deposit', 'contribution_id');
    expect(figures).toEqual([committed[0]!.id]);
  });
});
