import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { eventOf } from '../kernel/events.js';
import { receiverOf, typeOf, type WebhookEvent } from './webhook.js';

/** Something that happened to one organisation, told to its own webhooks and nobody else's. */
export interface Happening {
  contributorId: string;
  /** The contribution or request it happened to; what is told about the same one arrives in order. */
  about: string;
  /** What the organisation itself could read at the gateway; it names what is its own, with no word of others. */
  data: object;
}

const live = (which: string) => `select id, contributor_id from webhook where ${which} and ? = any(events)
  and not exists (select from webhook_end where webhook_id = webhook.id) order by id`;

interface Live {
  id: string;
  contributor_id: string;
}

interface Told extends Pick<Happening, 'about' | 'data'> {
  to: readonly Live[];
}

/** Tells all webhooks of what is for everybody, in the same database transaction; what is told about the same arrives in order. */
export async function tellEveryWebhook(
  em: EntityManager,
  event: WebhookEvent,
  { about, data }: Pick<Happening, 'about' | 'data'>,
): Promise<void> {
  const rows = await query<Live>(em, live('true'), [event]);
  await tell(em, event, [{ to: rows, about, data }]);
}

/** Tells an organisation's webhooks, in the same database transaction as the change. Nearly always there are none. */
export async function tellWebhooks(
  em: EntityManager,
  event: WebhookEvent,
  happenings: readonly Happening[],
): Promise<void> {
  if (happenings.length === 0) return;
  const organisations = [...new Set(happenings.map(({ contributorId }) => contributorId))];
  const rows = await query<Live>(em, live('contributor_id = any(?)'), [organisations, event]);
  if (rows.length === 0) return;
  const of = (organisation: string) => rows.filter(({ contributor_id }) => contributor_id === organisation);
  await tell(
    em,
    event,
    happenings.map(({ contributorId, about, data }) => ({ to: of(contributorId), about, data })),
  );
}

const sending = `select send_event(told->'event', array(select json_array_elements_text(told->'receivers')),
  array[told->>'about']) from json_array_elements(?::json) as told`;

/** Sends all in their order, with one statement. */
async function tell(em: EntityManager, type: WebhookEvent, happenings: readonly Told[]): Promise<void> {
  const told = happenings
    .filter(({ to }) => to.length > 0)
    .map(async ({ to, about, data }) => ({
      event: await eventOf({ source: '/contributions', type: typeOf(type), data }, [about]),
      ...{ receivers: to.map(({ id }) => receiverOf(id)), about },
    }));
  if (told.length > 0) await query(em, sending, [JSON.stringify(await Promise.all(told))]);
}
