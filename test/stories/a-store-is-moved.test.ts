import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { type Progress, unseen } from '../../infra/import/progress.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { moveStore } from '../../infra/stores/move.js';
import * as w from '../../services/contributions/words-for-tests.js';
import { adminUrlOf } from '../databases.js';
import { type Answer, startWorld, type World } from '../world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    services: ['contributions'],
    gateway: false,
    stores: { [w.transport]: (address) => address },
  });
});
afterAll(async () => {
  await Promise.all(comesLate);
  await world?.stop();
});

const said: string[] = [];
/** Each stage a move has shown, with the rows it counts and those it told of; while it copies one more row comes. */
const stages: { stage: string; of: number; told: number }[] = [];
const progress: Progress = {
  begin(stage, of) {
    stages.push({ stage, of, told: 0 });
    if (stage.startsWith('Copying')) comesLate.push(late(stages.length));
  },
  advance(rows) {
    stages.at(-1)!.told += rows;
  },
  end: () => undefined,
};
const comesLate: Promise<unknown>[] = [];
const late = async (place: number) => {
  const sql = `insert into received_event (id, type) values ($1, 'late')`;
  for (const database of [world.databases.contributions, world.stores[w.transport]!])
    await withConnection(adminUrlOf(database), (client) => client.query(sql, [`late-${place} ${w.transport}`]));
};
const move = (to: 'own' | 'shared', graceMs?: number, shown = progress) =>
  moveStore({
    ...{ organisation: w.transport, to, progress: shown, say: (line: string) => said.push(line), graceMs },
    firstUrl: adminUrlOf(world.databases.contributions),
    storeUrl: adminUrlOf(world.stores[w.transport]!),
  });

const mission = 'moved';
const reading = `query ($missions: [_Any!]!) { _entities(representations: $missions) { ... on Mission {
  contributions(first: 100) { totalCount nodes { id version current { number } versions { number } states { number } } pageInfo { endCursor hasNextPage } unavailable { id } }
  contributionTotals { state total { amount } count } } } }`;
interface Seen {
  totalCount: number;
  nodes: { id: string; version: number; current: unknown; versions: unknown[]; states: unknown[] }[];
  pageInfo: { hasNextPage: boolean };
  unavailable: unknown[];
}
/** On a machine with much else to do a store may miss its time; that this is said is enough, and it is asked again. */
async function read(tries = 10): Promise<{ list: Seen; totals: { total: { amount: string }; count: number }[] }> {
  const missions = [{ __typename: 'Mission', id: mission }];
  const { data, errors } = await world.ask(reading, { as: w.missionUnit, variables: { missions } });
  const isSaid = errors?.every(({ extensions }: Answer) => /UNAVAILABLE$/.test(extensions.code));
  if (errors && isSaid && tries > 1) return read(tries - 1);
  if (errors) throw new Error(JSON.stringify(errors));
  const [{ contributions, contributionTotals }] = data._entities;
  return { list: contributions as Seen, totals: contributionTotals as { total: { amount: string }; count: number }[] };
}

/** What a writer was told: each of these must be there, once, for ever after. */
interface Acknowledged {
  id: string;
  input: object;
  as: string;
  deed: string;
}
const acknowledged: Acknowledged[] = [];

/** Does a deed until it is answered with something else than "try again", with the same key, as clients do. */
async function insists(deed: string, as: string, input: object): Promise<w.Deed> {
  for (let attempt = 0; ; attempt++) {
    const done = await w.does(world, deed, as, input);
    if (done.contribution || done.userErrors?.length > 0) return done;
    if (attempt > 50 || !done.errors?.every(({ extensions }) => extensions.retryable))
      throw new Error(JSON.stringify(done));
  }
}

/** Between one contribution and the next, and one look and the next; the move has to get on meanwhile. */
const breathMs = 50;

/** Pledges, negotiates and agrees, one after the other, until told to stop; repeats itself like a careless client. */
async function writes(organisation: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const pledge = {
      ...{ mission, kind: 'MONEY', pooling: 'POOLED', publicName: 'n', terms: w.termsOf('1.00') },
      idempotencyKey: w.newKey(),
    };
    const as = w.publisher(organisation);
    const { contribution } = await insists('pledgeContribution', as, pledge);
    acknowledged.push({ id: contribution.id, input: pledge, as, deed: 'pledgeContribution' });
    const round = { contribution: contribution.id, idempotencyKey: w.newKey() };
    await insists('proposeTerms', w.missionUnit, round);
    acknowledged.push({ id: contribution.id, input: round, as: w.missionUnit, deed: 'proposeTerms' });
    const accept = {
      ...w.acceptance(contribution.id, contribution.current.hash, organisation),
      idempotencyKey: w.newKey(),
    };
    const agreed = await insists('acceptTerms', as, accept);
    expect([agreed.contribution.state, agreed.contribution.version]).toEqual(['AGREED', 3]);
    const again = await insists('pledgeContribution', as, pledge);
    expect([again.replayed, again.contribution.id]).toEqual([true, contribution.id]);
    await pause(breathMs);
  }
}

/** Reads on and on: nothing that was acknowledged before is missing, nothing is there twice, counts never fall. */
async function reads(isOver: () => boolean): Promise<number> {
  let most = 0;
  let answers = 0;
  for (; !isOver(); answers++) {
    const before = new Set(acknowledged.map(({ id }) => id));
    const { list, totals } = await read();
    expect(list.unavailable).toEqual([]);
    const ids = list.nodes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    if (!list.pageInfo.hasNextPage) expect([...before].filter((id) => !ids.includes(id))).toEqual([]);
    for (const { version, current, states } of list.nodes)
      expect([states.length, Boolean(current)]).toEqual([version, true]);
    expect(list.totalCount).toBeGreaterThanOrEqual(Math.max(most, before.size));
    expect(totals.reduce((sum, { count }) => sum + count, 0)).toBe(list.totalCount);
    expect(totals.reduce((sum, { total }) => sum + Number(total.amount), 0)).toBe(list.totalCount);
    most = list.totalCount;
    await pause(breathMs);
  }
  return answers;
}

const rowsIn = (url: string) =>
  withConnection(url, async (client) => {
    const { rows } = await client.query(
      `select (select count(*)::int from contribution where contributor_id = $1) as contributions,
         (select count(*)::int from contribution_version where contributor_id = $1) as versions,
         (select count(*)::int from contribution_state where contributor_id = $1) as steps,
         (select count(*)::int from negotiation_round where contributor_id = $1) as rounds,
         (select count(*)::int from contribution_total where contributor_id = $1 and count > 0) as totals,
         (select count(*)::int from deed where organisation = $1 or answer #>> '{}' like $1 || ':%') as deeds`,
      [w.transport],
    );
    return rows[0];
  });
const places = async () => ({
  shared: await rowsIn(adminUrlOf(world.databases.contributions)),
  own: await rowsIn(adminUrlOf(world.stores[w.transport]!)),
});
const nothing = { contributions: 0, versions: 0, steps: 0, rounds: 0, totals: 0, deeds: 0 };

describe('a store that is moved while people work', () => {
  it('loses nothing and doubles nothing, there and back', async () => {
    let over = false;
    const isOver = () => over;
    const writers = [w.transport, w.transport, w.transport, w.education].map((each) => writes(each, isOver));
    const reader = reads(isOver);
    const all = Promise.all([...writers, reader]);
    try {
      await Promise.race([all, moves()]);
    } finally {
      over = true;
    }
    const answers = (await all).at(-1) as number;
    expect(answers).toBeGreaterThan(5);
    const mine = new Set(acknowledged.flatMap(({ id }) => (id.startsWith(w.transport) ? [id] : [])));
    const { shared, own } = await places();
    expect(shared).toEqual(nothing);
    expect(own).toMatchObject({ contributions: mine.size, versions: mine.size });
    expect(own.deeds).toBe(own.steps);
    // Every key is known where its contribution is now.
    for (const { deed, as, input, id } of acknowledged) {
      const { replayed, contribution } = await w.does(world, deed, as, input);
      expect([deed, replayed, contribution?.id]).toEqual([deed, true, id]);
    }
    expect(said.filter((line) => line.startsWith('Changes had to wait'))).toHaveLength(2);
    // What comes while it copies is not counted beyond the whole.
    expect(stages.map(({ of, told }) => told - of)).toEqual([0, 0, 0, 0]);
  }, 120_000);

  /** Shorter than the command's own: nobody reads here for longer. */
  const graceMs = 1_000;
  async function moves() {
    await until(() => acknowledged.length > 20);
    await move('shared', graceMs);
    const there = await places();
    expect(there.own).toEqual(nothing);
    expect(there.shared.contributions).toBeGreaterThan(0);
    await move('own', graceMs);
    const more = acknowledged.length + 10;
    await until(() => acknowledged.length > more);
  }
});

describe('a move that is stopped', () => {
  const nobodyReads = 200;
  const ended = () =>
    withConnection(adminUrlOf(world.databases.contributions), (client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hub stores'`),
    );

  /** Ends the connections of the move before its second statement, its fourth, its eighth ..., until it is through. */
  const interrupted = async (to: 'own' | 'shared') => {
    const original = Client.prototype.query as (...args: unknown[]) => unknown;
    for (let [times, left] = [0, 2]; ; left = 2 ** (++times + 1)) {
      const asked = jest.spyOn(Client.prototype, 'query').mockImplementation(function (
        this: Client,
        ...args: unknown[]
      ) {
        const ofTheMove = nameOf(this) === 'hub stores';
        return ofTheMove && --left === 0 ? ended().then(() => original.apply(this, args)) : original.apply(this, args);
      } as typeof Client.prototype.query);
      const fault = await move(to, nobodyReads).then(
        () => null,
        (error: Error) => error.message,
      );
      asked.mockRestore();
      if (fault === null) return times;
      expect(fault).toMatch(/^The store of (everybody|department-for-transport).* (stopped|does not) answer/);
    }
  };
  const nameOf = (client: Client) =>
    (client as unknown as { connectionParameters: { application_name?: string } }).connectionParameters
      .application_name;

  it('goes on when it is started again, wherever that was', async () => {
    const before = await places();
    const { list } = await read();
    expect(await interrupted('shared')).toBeGreaterThan(2);
    expect(await places()).toEqual({ shared: before.own, own: before.shared });
    expect((await read()).list).toEqual(list);
    expect(await interrupted('own')).toBeGreaterThan(2);
    expect(stages.filter(({ of, told }) => told > of)).toEqual([]);
    expect(stages.at(-1)).toMatchObject({ told: stages.at(-1)!.of });
    expect(await places()).toEqual(before);
    expect((await read()).list).toEqual(list);
  }, 120_000);

  /** Stopped by an end of the command when all is copied, and by the loss of its connections somewhere in the bulk. */
  const stops = [
    [
      'when all is copied',
      async () => {
        const end = () => {
          throw new Error('ended by hand');
        };
        await expect(move('shared', nobodyReads, { ...progress, end })).rejects.toThrow('ended by hand');
        expect((await places()).shared.deeds).toBeGreaterThan(0);
      },
    ],
    [
      'in the midst of copying',
      async () => {
        const moving = move('shared', nobodyReads).catch(() => undefined);
        await pause(60);
        await ended();
        await moving;
      },
    ],
  ] as const;
  it.each(stops)(
    'is taken back by the other --to, and what it copied is gone: stopped %s',
    async (_, stop) => {
      const before = await places();
      await stop();
      await move('own', nobodyReads);
      expect(await places()).toEqual(before);
      const { contribution } = await insists('pledgeContribution', w.publisher(w.transport), {
        ...{ mission: 'other', kind: 'MONEY', pooling: 'POOLED', publicName: 'n', terms: w.termsOf('1.00') },
        idempotencyKey: w.newKey(),
      });
      expect((await places()).own.contributions).toBe(before.own.contributions + 1);
      expect(contribution.state).toBe('PLEDGED');
    },
    60_000,
  );

  it('does not begin while events of the organisation wait for a service that is away', async () => {
    // No budgets service runs in this world, so what a commitment tells it waits.
    await w.commits(world, w.transport, { mission: 'told' });
    await expect(
      moveStore({
        ...{ organisation: w.transport, to: 'shared', progress: unseen, say: () => undefined, drainWithinMs: 200 },
        firstUrl: adminUrlOf(world.databases.contributions),
        storeUrl: adminUrlOf(world.stores[w.transport]!),
      }),
    ).rejects.toThrow(`Events of ${w.transport} wait to be delivered`);
    const { contribution } = await insists('pledgeContribution', w.publisher(w.transport), {
      ...{ mission: 'other', kind: 'MONEY', pooling: 'POOLED', publicName: 'n', terms: w.termsOf('1.00') },
      idempotencyKey: w.newKey(),
    });
    expect(contribution.state).toBe('PLEDGED');
  }, 60_000);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}
