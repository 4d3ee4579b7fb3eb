import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { CloudEvent } from 'cloudevents';
import type { Client } from 'pg';
import { pino } from 'pino';
import { dropDatabase, prepareDatabase, type ServiceDatabase } from '../../infra/databases.js';
import { drop, replay, standingOf } from '../../infra/events/sent-events.js';
import { Part } from '../../infra/part.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { adminUrl } from '../../test/databases.js';
import { gatewaySignature } from './caller.js';
import { connect, query } from './database.js';
import { receiver, sender } from './event-parties-for-tests.js';
import { sendEvent } from './events.js';
import { isFirst } from './events-tables.js';
import { migrate } from './migrate.js';
import { start } from './start.js';
import { inTransaction } from './transaction.js';

const secret = 'a-secret-of-this-test-run';
// EVENTS=10000 is the whole proof, with both sides in processes of their own; by default the sender is this process.
const count = Number(process.env.EVENTS ?? 150);
const isWhole = count >= 5_000;
const kills = Number(process.env.KILLS ?? Math.ceil(count / 500));
const seed = Number(process.env.EVENTS_SEED ?? Date.now() % 2 ** 31);
const hubPort = 24_000 + (process.pid % 4_000);
const name = `hubevents_${process.pid}`;

let databases: Record<'budgets' | 'contributions', ServiceDatabase>;
let sending: Pick<Part, 'processId' | 'stop'>;
let receiving: Part;
let orm: MikroORM;

beforeAll(async () => {
  process.stderr.write(`EVENTS_SEED=${seed}\n`);
  const made = async (service: typeof sender) => {
    const database = await prepareDatabase(adminUrl(), service.name, secret, name);
    await migrate(service, database.ownerUrl, database.name);
    return database;
  };
  databases = { budgets: await made(sender), contributions: await made(receiver) };
  const settings = {
    ...{ HUB_PORT: String(hubPort), HUB_SECRET: secret },
    ...{
      BUDGETS_DATABASE_URL: databases.budgets.serviceUrl,
      CONTRIBUTIONS_DATABASE_URL: databases.contributions.serviceUrl,
    },
  };
  const part = (each: string) =>
    new Part(each, `.build/services/kernel/event-${each}-for-tests.js`, settings, () => undefined);
  receiving = part('receiver');
  await receiving.start();
  sending = await (isWhole ? startPart(part('sender')) : startHere());
  orm = await connect(sender, databases.budgets.serviceUrl);
}, 120_000);
afterAll(async () => {
  await Promise.all([sending?.stop(), receiving?.stop(), orm?.close(true)]);
  for (const { name: each } of Object.values(databases ?? {})) await dropDatabase(adminUrl(), each);
});

const startPart = async (part: Part) => {
  await part.start();
  return part;
};

/** The sender in this process, which cannot be killed; its connections are. */
async function startHere() {
  const { stop } = await start(sender, {
    ...{
      port: 0,
      host: 'localhost',
      databaseUrl: databases.budgets.serviceUrl,
      issuer: 'http://localhost:9',
      audience: 'none',
    },
    ...{ secret, addresses: { contributions: `http://localhost:${hubPort + 3}/graphql` } },
    log: pino({ level: 'silent' }),
  });
  return { processId: 0, stop };
}

/** The same every time for one seed (mulberry32). */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Effect {
  subject: string;
  place: number;
}

const inSender = <Answer>(work: (client: Client) => Promise<Answer>) =>
  withConnection(databases.budgets.ownerUrl, work);
const inReceiver = <Answer>(work: (client: Client) => Promise<Answer>) =>
  withConnection(databases.contributions.ownerUrl, work);

/** What has happened to each subject, in the order in which it did. */
const effects = () =>
  inReceiver(async (client) => {
    const { rows } = await client.query<Effect>('select subject, place from effect order by number');
    const places: Record<string, number[]> = {};
    for (const { subject, place } of rows) places[subject] = [...(places[subject] ?? []), place];
    return places;
  });
const upTo = (last: number) => Array.from({ length: last }, (_, place) => place + 1);

/** Hands an event to the receiver as its sender would; answers the HTTP status. */
async function handOver(event: object): Promise<number> {
  const body = JSON.stringify(event);
  const signature = gatewaySignature(secret, { authorization: '', asKnownAt: '', body });
  const url = `http://localhost:${hubPort + 3}/events`;
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(url, { method: 'POST', body, headers: { 'hub-signature': signature }, signal });
  return answer.status;
}

/** What the senders have written down of their own doing. */
class Told {
  readonly last: Record<string, number> = {};
  /** From which place on nothing of a subject may happen until the receiver is mended. */
  readonly heldAt: Record<string, number> = {};
  poisoned = 0;
  /** Each event as it was sent, by its id; also those of a transaction that was taken back. */
  readonly events = new Map<string, object>();
}

const poisons = ['MALFORMED', 'FAILING'] as const;

/** Sends events about records taken at random, many to a database transaction; of some transactions nothing remains. */
async function send(told: Told, chance: () => number): Promise<void> {
  const pick = (most: number) => Math.floor(chance() * most);
  // Few events tie many records together: a poison would in the end hold up all of them. The last group has none, so
  // that something is taken in whatever chance does.
  const groups = Math.ceil(count / 75) + 1;
  for (let left = count; left > 0; ) {
    const isTakenBack = chance() < 0.05;
    const size = Math.min(left, 1 + pick(40));
    const places = { ...told.last };
    const sent: { of: Effect[]; isPoison: boolean }[] = [];
    const work = async (em: EntityManager) => {
      for (let each = 0; each < size; each++) {
        // One poison of each kind comes first of all about its records, so that each is seen for what it is itself.
        const isFirst = each === 0 && told.poisoned < poisons.length;
        const group = isFirst ? told.poisoned : pick(groups);
        const subjects = [...new Set(Array.from({ length: 1 + pick(3) }, () => `record-${group}-${pick(3)}`))];
        const mayBePoison = told.poisoned === poisons.length && subjects.length === 1 && group < groups - 1;
        const isLater = mayBePoison && chance() < 0.01;
        const isPoison = isFirst || isLater;
        const of = subjects.map((subject) => ({ subject, place: (places[subject] ?? 0) + 1 }));
        for (const { subject, place } of of) places[subject] = place;
        sent.push({ of, isPoison });
        const data = { effects: of, ...(isPoison && { poison: poisons[isFirst ? told.poisoned : pick(2)] }) };
        await sendEvent(em, sender, 'budgets.happened', subjects, data);
      }
      // Read before anybody can deliver them, which takes them away.
      const waits = await query<{ event: { id: string } }>(em, 'select event from sent_event');
      for (const { event } of waits) told.events.set(event.id, event);
      if (isTakenBack) throw new Error('taken back');
    };
    await inTransaction(orm.em, work).catch((error: Error) => expect(error.message).toBe('taken back'));
    if (isTakenBack) continue;
    left -= size;
    Object.assign(told.last, places);
    for (const { of, isPoison } of sent) {
      if (isPoison) told.poisoned += 1;
      if (isPoison || of.some(({ subject }) => subject in told.heldAt))
        for (const { subject, place } of of) told.heldAt[subject] ??= place;
    }
  }
  // Whatever chance did: something comes after each poison.
  await inTransaction(orm.em, async (em) => {
    for (const subject of Object.keys(told.heldAt)) {
      const place = (told.last[subject] ?? 0) + 1;
      told.last[subject] = place;
      await sendEvent(em, sender, 'budgets.happened', subject, { effects: [{ subject, place }] });
    }
  });
}

/** Kills one side, the other, both, with all their connections, again and again. */
async function kill(chance: () => number): Promise<void> {
  for (let cycle = 0; cycle < kills; cycle++) {
    await pause(200 + 400 * chance());
    for (const each of [[receiving], [sending], [receiving, sending]][isWhole ? cycle % 3 : 0]!)
      if (each.processId) process.kill(each.processId, 'SIGKILL');
    for (let cut = 0; cut < 5; cut++) {
      await pause(300);
      // Of the sender only those that deliver: its writers are this test.
      await withConnection(adminUrl(), (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where usename = $1 or usename = $2 and application_name = '' and random() < 0.5`,
          [databases.contributions.name, databases.budgets.name],
        ),
      );
    }
  }
}

/** Hands over events again that were taken in, as a network that doubles things would; answers how often. */
async function double(told: Told, isOver: () => boolean): Promise<number> {
  let doubled = 0;
  while (!isOver() || doubled < 20) {
    const taken = await inReceiver((client) =>
      client.query(`select id from received_event where id = any($1) order by random() limit 20`, [
        [...told.events.keys()],
      ]),
    );
    for (const { id } of taken.rows) if ((await handOver(told.events.get(id)!).catch(() => 0)) === 200) doubled += 1;
    await pause(150);
  }
  return doubled;
}

const waiting = 'select count(*) as count from sent_event where parked_at is null';
const notBehind = `select 1 from sent_event where parked_at is null and ${isFirst('sent_event')} limit 1`;
// What fails each time has failed nearly as often as it may.
const nearlyParked = `update sent_event set tries = 24, try_at = now() where event->'data'->>'poison' = 'FAILING' and parked_at is null`;

async function untilDelivered(): Promise<void> {
  const end = Date.now() + 300_000;
  for (let before = -1; ; await pause(100)) {
    const { rows } = await inSender((client) => client.query(waiting));
    const count = Number(rows[0].count);
    if (count === before || count === 0) {
      await inSender((client) => client.query(nearlyParked));
      if ((await inSender((client) => client.query(notBehind))).rows.length === 0) return;
    }
    before = count;
    if (Date.now() > end) throw new Error(`stuck: ${JSON.stringify(await inSender(standingOf))}`);
  }
}

/** A program by the services' own roles; the two services here stand for all four. */
const run = (program: string, ...words: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const { budgets, contributions } = databases;
    const env = {
      ...{ PATH: process.env.PATH, HUB_SECRET: secret },
      ...{ BUDGETS_DATABASE_URL: budgets.serviceUrl, MISSIONS_DATABASE_URL: contributions.serviceUrl },
      ...{ CONTRIBUTIONS_DATABASE_URL: contributions.serviceUrl, OUTCOMES_DATABASE_URL: contributions.serviceUrl },
    };
    const answered = (error: Error | null, out: string, err: string) =>
      resolve({ code: Number((error as { code?: number } | null)?.code ?? 0), out, err });
    execFile(process.execPath, [program, ...words], { env }, answered);
  });

describe('events', () => {
  const told = new Told();

  it(`${count} of them, doubled, shuffled and poisoned, with both sides killed or cut off again and again, have their effect once and in order`, async () => {
    const chance = random(seed);
    let isOver = false;
    const killed = kill(random(seed + 1)).finally(() => {
      isOver = true;
    });
    const [doubled] = await Promise.all([double(told, () => isOver), send(told, chance), killed]);
    await untilDelivered();
    expect(doubled).toBeGreaterThan(0);
    expect(told.poisoned).toBeGreaterThan(0);
    const expected = Object.entries(told.last).flatMap(([subject, last]) => {
      const happened = upTo((told.heldAt[subject] ?? last + 1) - 1);
      return happened.length > 0 ? [[subject, happened]] : [];
    });
    expect(await effects()).toEqual(Object.fromEntries(expected));
  }, 900_000);

  it('that are poison are set aside where one sees them, and hold up only what is about the same', async () => {
    let standing = await inSender(standingOf);
    // What waits behind them counts as just under way for five seconds, and is listed after that.
    for (let looks = 0; looks < 100 && standing.events.length < Math.min(standing.waiting, 100); looks++) {
      await pause(100);
      standing = await inSender(standingOf);
    }
    expect(standing).toMatchObject({ parked: expect.any(Number), waiting: expect.any(Number) });
    expect(standing.parked).toBeGreaterThan(0);
    expect(new Set(standing.events.map(({ state }) => state))).toEqual(new Set(['PARKED', 'BEHIND']));
    const errors = new Set(standing.events.flatMap(({ lastError }) => lastError ?? []));
    expect([...errors].sort()).toEqual([
      'contributions answered 422: its content is not what budgets.happened has: poison: Invalid input: expected undefined, received string',
      'contributions answered 500: could not be taken in: the receiver has a mistake',
    ]);
  });

  it('that are set aside are listed and replayed by the operator’s command, which says how it is used', async () => {
    const shown = await run('.build/clients/hub.js', 'events', 'status', '--json');
    const program = '.build/infra/events/events.js';
    const words = await run(program, 'status');
    const wrong = await run(program, 'replay');
    const nothing = await run(program, 'drop', '--id', 'none');
    const [standing] = JSON.parse(shown.out).filter(({ database }: { database: string }) => database === 'budgets');
    const expected = await inSender(standingOf);
    expect(standing.answer.parked).toBe(expected.parked);
    expect(standing.answer.events.map(({ id }: { id: string }) => id)).toEqual(expected.events.map(({ id }) => id));
    expect([shown.code, words.code, wrong.code, nothing.code]).toEqual([1, 1, 2, 1]);
    expect(words.out).toContain('missions: all delivered');
    expect(words.out).toMatch(/budgets: \d+ waiting, \d+ of them parked/);
    expect(words.out).toMatch(
      /PARKED {2}budgets\.happened to contributions, about record-.*\n.*contributions answered/,
    );
    expect(wrong.err).toBe('Say which: --id <event>, --to <receiver> or --all.\n');
    expect(nothing.err).toContain('No parked event matched');
    const [first] = expected.events;
    expect(await run(program, 'replay', '--id', first!.id)).toMatchObject({ code: 0, out: 'budgets: 1 replayed\n' });
    await untilDelivered();
    // Behind ten thousand jobs of the queue it takes its time.
  }, 360_000);

  it('that were set aside and are replayed once the receiver is mended have their effect once, in order', async () => {
    await inReceiver((client) => client.query('insert into mended default values'));
    const [first] = (await inSender(standingOf)).events;
    expect(await inSender((client) => replay(client, { id: first!.id }))).toBe(1);
    for (let parked = true; parked; ) {
      await untilDelivered();
      parked = (await inSender((client) => replay(client, { receiver: 'contributions' }))) > 0;
    }
    expect(await inSender(standingOf)).toEqual({ waiting: 0, parked: 0, oldestSeconds: 0, events: [] });
    expect(await effects()).toEqual(
      Object.fromEntries(Object.entries(told.last).map(([subject, last]) => [subject, upTo(last)])),
    );
  });

  it('that are dropped are shown, and those behind them go on', async () => {
    await inReceiver((client) => client.query('delete from mended'));
    const tell = (place: number, poison?: string) =>
      inTransaction(orm.em, (em) =>
        sendEvent(em, sender, 'budgets.happened', 'dropped', {
          effects: [{ subject: 'dropped', place }],
          poison,
        }),
      );
    for (const [place, poison] of [[1], [2, 'MALFORMED'], [3]] as const) await tell(place, poison);
    await untilDelivered();
    expect((await effects()).dropped).toEqual([1]);
    expect(await inSender((client) => drop(client, {}))).toMatchObject([{ data: { poison: 'MALFORMED' } }]);
    await untilDelivered();
    expect((await effects()).dropped).toEqual([1, 3]);
  });

  it('are CloudEvents 1.0 on the wire, and nothing else is taken in', async () => {
    const event = await inTransaction(orm.em, async (em) => {
      await sendEvent(em, sender, 'budgets.happened', 'one', { effects: [] });
      const [row] = await query<{ event: { id: string } }>(em, 'select event from sent_event');
      return row!.event;
    });
    expect(new CloudEvent(event, true).toJSON()).toEqual(event);
    expect(event).toEqual({
      ...{ specversion: '1.0', source: '/budgets', type: 'budgets.happened', subject: 'one' },
      ...{
        id: expect.any(String),
        time: expect.any(String),
        datacontenttype: 'application/json',
        data: { effects: [] },
      },
    });
    await untilDelivered();
    const { id: _, ...nameless } = event;
    const statuses = [];
    for (const each of [
      event,
      { ...event, id: '' },
      nameless,
      { ...event, specversion: '0.3' },
      { ...event, type: 'other' },
      [],
    ])
      statuses.push(await handOver(each));
    expect(statuses).toEqual([200, 400, 400, 400, 422, 400]);
  });
});
