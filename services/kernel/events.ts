import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 as uuid } from 'uuid';
import { ZodError } from 'zod';
import { query } from './database.js';
import { isDatabaseAway, type ServerParts } from './server.js';
import type { EventPart, EventReceiver, Service } from './service.js';
import { inTransaction } from './transaction.js';

// Read in with the first event: it takes as long as much of the rest of a service together.
const cloudEvents = () => import('cloudevents');

/**
 * Sends an event with the change that caused it: both are in the caller's database transaction, so neither is lost or
 * sent alone. Events about the same thing arrive in the order they were sent, and one that cannot be taken in holds up
 * only what is about the same things.
 */
export async function sendEvent(
  em: EntityManager,
  service: Pick<Service, 'name' | 'sendsTo'>,
  type: string,
  about: string | readonly string[],
  data: object,
): Promise<void> {
  if (!service.sendsTo) return;
  const subjects = typeof about === 'string' ? [about] : [...new Set(about)];
  const event = await eventOf({ source: `/${service.name}`, type, data }, subjects);
  const params = [JSON.stringify(event), service.sendsTo, subjects];
  await query(em, 'select send_event(?::json, ?::text[], ?::text[])', params);
}

export async function eventOf(said: { source: string; type: string; data: object }, subjects: readonly string[]) {
  const { CloudEvent } = await cloudEvents();
  // Made strictly, which refuses what is no CloudEvent; it takes 10 microseconds, a thousandth of what delivery does.
  return new CloudEvent({
    ...{ id: uuid(), ...said, datacontenttype: 'application/json' },
    ...(subjects.length === 1 && { subject: subjects[0] }),
  });
}

/**
 * Takes in one event exactly once: its id and its effect are kept together, in each database it has a part for.
 * Answers the HTTP status and body: 422 is for good, 500 a failure, and 503 says to come again.
 */
export async function takeIn(parts: ServerParts, body: string): Promise<[number, object]> {
  const { service, orm, databases, log } = parts;
  const event = await eventOrNull(body);
  if (!event) return [400, { status: 'this is no CloudEvent' }];
  const { id, type, data } = event;
  const receiver = service.receives?.[type];
  if (!receiver) return [422, { status: `nothing here takes in ${type}` }];
  try {
    const first: EventPart = { keys: [''], dataOf: () => data, transactional: (work) => inTransaction(orm.em, work) };
    const shares = (await databases?.shareOut(type, data)) ?? [first];
    // One database that is away does not keep the others waiting; the event comes again for it alone.
    const taken = await Promise.allSettled(shares.map((share) => takeInAt(share, { id, type }, receiver)));
    const faults = taken.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    // What can never be taken in is said first: waiting for the others changes nothing about it.
    const [fault] = faults.sort((one, other) => statusOf(one) - statusOf(other));
    if (fault) throw fault;
    return [200, { status: 'taken in' }];
  } catch (error) {
    log.error(error, `event ${id} (${type}) could not be taken in`);
    const status = statusOf(error);
    const { message } = error as Error;
    if (error instanceof ZodError)
      return [status, { status: `its content is not what ${type} has: ${error.issues.map(lineOf).join('; ')}` }];
    return [status, { status: status === 503 ? 'cannot be taken in now' : `could not be taken in: ${message}` }];
  }
}

const lineOf = ({ path, message }: ZodError['issues'][number]) => `${path.join('.')}: ${message}`;

// What the database asks to try again: serialization failure, deadlock, lock not available, out of time.
const passing = /^(40001|40P01|55P03|57014)$/;

function statusOf(error: unknown): number {
  const { code, extensions } = error as { code?: string; extensions?: { code?: string } };
  if (error instanceof ZodError) return 422;
  const isPassing = passing.test(code ?? '') || /UNAVAILABLE$/.test(extensions?.code ?? '');
  return isPassing || isDatabaseAway(error as Error) ? 503 : 500;
}

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

// The package would give an event without an id a new one, and lets other versions of the format pass.
async function eventOrNull(text: string) {
  const { CloudEvent } = await cloudEvents();
  try {
    const stated = JSON.parse(text);
    return stated.id && stated.specversion === '1.0' ? new CloudEvent<unknown>(stated) : null;
  } catch {
    return null;
  }
}
