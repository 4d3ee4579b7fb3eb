import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Logger as QueueLogger, run } from 'graphile-worker';
import { Pool } from 'pg';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { gatewaySignature } from './caller.js';
import { query } from './database.js';
import type { ServerParts } from './server.js';
import type { EventPart, EventReceiver, Service } from './service.js';

// The attributes of a CloudEvents 1.0 event that the hub's own services need.
const envelope = z.object({ id: z.string(), type: z.string(), data: z.unknown() });

/**
 * Sends an event with the change that caused it: both are in the caller's database transaction, so neither is lost or
 * sent alone. Events with the same `order` key arrive in the order they were sent.
 */
export async function sendEvent(
  em: EntityManager,
  service: Pick<Service, 'name' | 'sendsTo'>,
  type: string,
  order: string,
  data: object,
): Promise<void> {
  const event = { specversion: '1.0', id: uuid(), source: `/${service.name}`, type, data };
  for (const to of service.sendsTo ?? []) {
    await query(em, `select graphile_worker.add_job('deliver', ?::json, queue_name => ?)`, [
      JSON.stringify({ to, event }),
      `${to} ${order}`,
    ]);
  }
}

/** Delivers the service's events until each was accepted, and runs its tasks when it is time; answers how to stop. */
export async function startDelivering(
  { service: { tasks = {} }, orm, secret, log }: Pick<ServerParts, 'service' | 'orm' | 'secret' | 'log'>,
  url: string,
  addresses: Record<string, string>,
  { connections = 4, pollInterval = 1_000 } = {},
) {
  const pgPool = new Pool({ connectionString: url, max: connections });
  const lost = (error: Error) => log.warn(error, 'the queue lost its connection');
  pgPool.on('error', lost).on('connect', (client) => client.on('error', lost));
  const runner = await run({
    pgPool,
    concurrency: Math.ceil(connections / 2),
    noHandleSignals: true,
    pollInterval,
    logger: new QueueLogger(() => (level, message) => (level === 'error' ? log.error(message) : log.debug(message))),
    crontab: Object.entries(tasks)
      .map(([name, { cron }]) => `${cron} ${name} ?queue=${name}&max=1`)
      .join('\n'),
    taskList: {
      ...Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, () => task.run(orm.em.fork())])),
      deliver: async (job) => {
        const { to, event } = job as { to: string; event: object };
        const body = JSON.stringify(event);
        const answer = await fetch(new URL('/events', addresses[to]), {
          method: 'POST',
          body,
          headers: { 'hub-signature': gatewaySignature(secret, { authorization: '', asKnownAt: '', body }) },
          signal: AbortSignal.timeout(10_000),
        });
        if (!answer.ok) throw new Error(`${to} answered ${answer.status}`);
      },
    },
  });
  // One queue and one key for each: processes that start at the same time run it once, and not side by side.
  for (const name of Object.keys(tasks)) {
    await runner.addJob(name, {}, { jobKey: `start ${name}`, queueName: name, maxAttempts: 1 });
  }
  return async () => {
    await runner.stop();
    await pgPool.end();
  };
}

/**
 * Takes in one event exactly once: its id and its effect are kept together, in each database it has a part for.
 * Answers the HTTP status and body.
 */
export async function takeIn(parts: ServerParts, body: string): Promise<[number, object]> {
  const { service, orm, databases, log } = parts;
  const event = envelope.safeParse(jsonOrNull(body));
  if (!event.success) return [400, { status: 'this is not an event' }];
  const { id, type, data } = event.data;
  const receiver = service.receives?.[type];
  if (!receiver) return [422, { status: `nothing here takes in ${type}` }];
  try {
    const first: EventPart = { keys: [''], dataOf: () => data, transactional: (work) => inOne(orm, work) };
    const shares = (await databases?.shareOut(type, data)) ?? [first];
    // One database that is away does not keep the others waiting; the event comes again for it alone.
    const taken = await Promise.allSettled(shares.map((share) => takeInAt(share, { id, type }, receiver)));
    for (const each of taken) if (each.status === 'rejected') throw each.reason;
    return [200, { status: 'taken in' }];
  } catch (error) {
    log.error(error, `event ${id} (${type}) could not be taken in`);
    return [503, { status: 'could not be taken in' }];
  }
}

/** Runs the work in a database transaction of its own. */
export const inOne = (orm: MikroORM, work: (em: EntityManager) => Promise<void>): Promise<void> =>
  orm.em.fork().transactional((em) => work(em as EntityManager));

function takeInAt(share: EventPart, { id, type }: { id: string; type: string }, receiver: EventReceiver) {
  const keys = new Map(share.keys.map((key) => [key ? `${id} ${key}` : id, key]));
  return share.transactional(async (em) => {
    const isNew = await query<{ id: string }>(
      em,
      `insert into received_event (id, type) select id, ? from unnest(?::text[]) as id on conflict do nothing returning id`,
      [type, [...keys.keys()]],
    );
    if (isNew.length === 0) return;
    await query(em, `select set_config('app.roles', 'event', true)`);
    await receiver(em, share.dataOf(isNew.map((each) => keys.get(each.id)!)) as never);
  });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
