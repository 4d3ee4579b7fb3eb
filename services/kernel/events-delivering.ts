import { Logger as QueueLogger, run } from 'graphile-worker';
import { Pool, type PoolClient } from 'pg';
import type { Logger } from 'pino';
import { gatewaySignature } from './caller.js';
import { isFirst } from './events-tables.js';
import { type Ending, endInTurn } from './program.js';
import { isDatabaseAway } from './server.js';
import type { Attempt, HandingParts, Service } from './service.js';

export interface DeliveringParts extends HandingParts {
  service: Pick<Service, 'tasks' | 'handTo'>;
  log: Logger;
}

/** An event that was tried so often, over some four hours, is set aside until somebody replays it. */
const triesAtMost = 25;
const longestWaitSeconds = 900;
const longestSilenceSeconds = 30;
const slowAfterMs = 2_000;
const sweepEveryMs = 5_000;
const tryWithinMs = 10_000;
const endWithinMs = 4_000;

/** Delivers the service's events until each was accepted, and runs its tasks when it is time; answers how to stop. */
export async function startDelivering(
  { service: { tasks = {}, handTo }, log, ...parts }: DeliveringParts,
  url: string,
  addresses: Record<string, string>,
  { connections = 4, pollInterval = 1_000 } = {},
): Promise<() => Promise<void>> {
  const pgPool = lasting(new Pool({ connectionString: url, max: connections }));
  const lost = (error: Error) => log.warn(error, 'the queue lost its connection');
  pgPool.on('error', lost).on('connect', (client) => client.on('error', lost));
  const endConnections = endingOf(pgPool, log);
  const hand = (receiver: string, event: string) =>
    handTo && !(receiver in addresses)
      ? handTo(receiver, event, parts)
      : post(addresses[receiver], event, parts.secret);
  const delivery = new Delivery(pgPool, (receiver, event) => hand(receiver, event).catch(faultIn), log);
  const runner = await run({
    pgPool,
    concurrency: Math.ceil(connections / 2),
    noHandleSignals: true,
    pollInterval,
    logger: new QueueLogger(() => (level, message) => (level === 'error' ? log.error(message) : log.debug(message))),
    crontab: Object.entries(tasks)
      .map(([name, { cron }]) => `${cron} ${name} ?max=1`)
      .join('\n'),
    taskList: {
      ...Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, () => task.run(parts.orm.em.fork())])),
      deliver: (job) => delivery.passFrom((job as { from: number }).from),
    },
  });
  // What a process that was killed left half done is looked for as the next one starts, and now and then besides.
  const deliverAll = () => runner.addJob('deliver', { from: 0 }, { jobKey: 'deliver all' });
  await deliverAll();
  const sweep = async () => void ((await pgPool.query(leftOver)).rows.length > 0 && (await deliverAll()));
  const sweeping = setInterval(() => void sweep().catch(lost), sweepEveryMs);
  // One key for each: of processes that start at the same time one runs it. No queue, which a killed process would keep.
  for (const name of Object.keys(tasks)) await runner.addJob(name, {}, { jobKey: `start ${name}`, maxAttempts: 1 });
  return async () => {
    clearInterval(sweeping);
    delivery.isOver = true;
    const endings: Ending[] = [
      ['the jobs under way', () => runner.stop()],
      ['the connections of the queue', endConnections],
    ];
    await endInTurn(endings, log, endWithinMs);
  };
}

/**
 * The queue tries again what the database calls a conflict; a connection lost as it notes the end of a job would be an
 * error that nobody catches, and the end of this program. So it is told of the one as the other.
 */
function lasting(pool: Pool): Pool {
  const asConflict = (error: Error): never => {
    throw isDatabaseAway(error) ? Object.assign(error, { code: '40001' }) : error;
  };
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const lastingQuery = (...args: unknown[]) => {
      const answer = query(...args);
      return answer instanceof Promise ? answer.catch(asConflict) : answer;
    };
    Object.assign(client, { query: lastingQuery });
  });
  const connect = pool.connect.bind(pool);
  const either = (callback?: Parameters<typeof connect>[0]) =>
    callback ? connect(callback) : connect().catch(asConflict);
  return Object.assign(pool, { connect: either }) as Pool;
}

/** Answers how to end them: what still holds one when all jobs are over is named and cut off, or a stop would hang. */
export function endingOf(pool: Pool, log: Logger, cutAfterMs = endWithinMs / 2): () => Promise<void> {
  const held = new Set<PoolClient>();
  pool.on('acquire', (client) => held.add(client)).on('release', (_, client) => held.delete(client));
  const cutOff = () => {
    if (held.size === 0) log.fatal(`${pool.totalCount} connections of the queue are still being made`);
    for (const client of held) {
      const { _activeQuery: query } = client as { _activeQuery?: { text?: string } };
      log.fatal(`a connection of the queue is cut off; its statement: ${query?.text ?? 'none'}`);
      client.release(true);
    }
  };
  return async () => {
    const cut = setTimeout(cutOff, cutAfterMs);
    await pool.end().finally(() => clearTimeout(cut));
  };
}

/** Hands an event to another service of the hub. */
async function post(address: string | undefined, body: string, secret: string): Promise<Attempt> {
  if (!address) return { fault: 'its address is not known', isAway: true };
  const answer = await fetch(new URL('/events', address), {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'hub-signature': gatewaySignature(secret, { authorization: '', asKnownAt: '', body }),
    },
    redirect: 'manual',
    signal: AbortSignal.timeout(tryWithinMs),
  });
  return { status: answer.status, said: await sentenceOf(answer) };
}

/** Why nothing came back. A connection that was cut may have been cut by this very event, so that counts as a try of it. */
function faultIn(error: Error): Attempt {
  const { code, message } = (error.cause ?? error) as { code?: string; message: string };
  return {
    fault: typeof code === 'string' ? code : message,
    isAway: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(String(code)),
  };
}

/** The beginning of what a receiver says about an event it did not accept. Else read too: what is left keeps its connection. */
async function sentenceOf(answer: Response): Promise<string> {
  const said = (await answer.text()).slice(0, 1_000);
  if (answer.ok) return '';
  try {
    return String((JSON.parse(said) as { status?: unknown }).status ?? said).slice(0, 500);
  } catch {
    return said.slice(0, 500);
  }
}

interface Waiting {
  number: string;
  receiver: string;
  event: string;
  tries: number;
  age: number;
}

// Due for longer than it takes to be told of it.
const leftOver = `select 1 from sent_event where parked_at is null and try_at < clock_timestamp() - interval '2 seconds' limit 1`;

// However little PostgreSQL knows of the table yet: from event to event in their order, and no further than the first.
const begin = ['sort', 'seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].reduce(
  (sql, each) => `${sql}; set local enable_${each} = off`,
  'begin',
);

const next = `
  select number, receiver, event::text, tries, extract(epoch from clock_timestamp() - sent_at)::float as age
  from sent_event as waiting
  where number >= $1 and parked_at is null and try_at <= clock_timestamp() and receiver <> all($2) and ${isFirst('waiting')}
  order by number limit 1 for update skip locked`;

/** Delivers what waits in one database. Several processes may at a time: an event under way is locked by who has it. */
class Delivery {
  isOver = false;
  /** Receivers that take nothing just now, until when. */
  private readonly away = new Map<string, number>();

  constructor(
    private readonly pool: Pool,
    private readonly hand: (receiver: string, event: string) => Promise<Attempt>,
    private readonly log: Logger,
  ) {}

  /**
   * Delivers what can be, in order, from this number on. An event that another one had to wait for has a lower number,
   * so one pass is enough; and who begins at its own event does not look again at all that waits before it.
   */
  async passFrom(from: number): Promise<void> {
    for (let number: string | number | null = from; number !== null && !this.isOver; ) number = await this.one(number);
  }

  /** Delivers one event; answers where to go on, or null when there is no more. */
  private async one(from: string | number): Promise<string | null> {
    const client = await this.pool.connect();
    let fault: Error | undefined;
    try {
      await client.query(begin);
      const found = await client.query<Waiting>({ name: 'next event', text: next, values: [from, this.awayNow()] });
      const [waiting] = found.rows;
      // The lock goes with the connection, so what a killed process had under way is free at once.
      if (waiting) {
        const begun = performance.now();
        const attempt = await this.hand(waiting.receiver, waiting.event);
        await this.settle(client, waiting, { attempt, isSlow: performance.now() - begun > slowAfterMs });
      }
      await client.query('commit');
      return waiting?.number ?? null;
    } catch (error) {
      fault = error as Error;
      throw error;
    } finally {
      client.release(fault);
    }
  }

  private awayNow(): string[] {
    const now = Date.now();
    for (const [receiver, until] of this.away) if (until <= now) this.away.delete(receiver);
    return [...this.away.keys()];
  }

  private async settle(
    client: PoolClient,
    waiting: Waiting,
    { attempt, isSlow }: { attempt: Attempt; isSlow: boolean },
  ): Promise<void> {
    const { number, receiver } = waiting;
    if ('status' in attempt && attempt.status >= 200 && attempt.status < 300) {
      await client.query({ name: 'accepted', text: 'delete from sent_event where number = $1', values: [number] });
      return;
    }
    const { tries, isParked, waitSeconds, reason } = judged(waiting, attempt);
    await client.query(
      `update sent_event set tries = $2, last_error = $3, parked_at = case when $4 then clock_timestamp() end,
         try_at = clock_timestamp() + $5 * interval '1 second' where number = $1`,
      [number, tries, reason, isParked, waitSeconds],
    );
    if (isParked) this.log.error(`event ${number} to ${receiver} is set aside: ${reason}`);
    else this.log.warn(`event ${number} to ${receiver} waits: ${reason}`);
    if (!isParked && waitSeconds > 0) await this.comeBack(client, { from: number, inSeconds: waitSeconds, key: null });
    const isAway = 'isAway' in attempt && attempt.isAway;
    if (!isAway && !isSlow) return;
    // Nothing else is tried there for a moment, lest who delivers to all does nothing but wait for one.
    const inSeconds = Math.min(Math.max(waitSeconds, 1), longestSilenceSeconds);
    this.away.set(receiver, Date.now() + 900 * inSeconds);
    await this.comeBack(client, { from: 0, inSeconds, key: `deliver to ${receiver}` });
  }

  private async comeBack(
    client: PoolClient,
    { from, inSeconds, key }: { from: string | number; inSeconds: number; key: string | null },
  ): Promise<void> {
    await client.query(
      `select graphile_worker.add_job('deliver', json_build_object('from', $1::bigint),
         run_at => clock_timestamp() + $2 * interval '1 second', job_key => $3)`,
      [from, inSeconds, key],
    );
  }
}

/**
 * What an attempt that failed means. The receiver understands the event and refuses it for good: it is set aside. It
 * took it and failed: that counts. It cannot now, or is not there at all: that is no fault of the event.
 */
function judged({ receiver, tries, age }: Waiting, attempt: Attempt) {
  const [name] = receiver.split(' ');
  if (!('status' in attempt)) {
    const reason = `${name} did not take it (${attempt.fault})`;
    if (attempt.isAway) return { reason, tries, isParked: false, waitSeconds: 0 };
    return { reason, ...triedOnceMore(tries) };
  }
  const reason = `${name} answered ${attempt.status}: ${attempt.said}`;
  if ([400, 413, 422].includes(attempt.status)) return { reason, ...triedOnceMore(tries), isParked: true };
  if (attempt.status === 500) return { reason, ...triedOnceMore(tries) };
  return { reason, tries, isParked: false, waitSeconds: Math.min(Math.max(age / 4, 1), 10) };
}

const triedOnceMore = (tries: number) => ({
  tries: tries + 1,
  isParked: tries + 1 >= triesAtMost,
  waitSeconds: Math.min(2 ** tries, longestWaitSeconds),
});
