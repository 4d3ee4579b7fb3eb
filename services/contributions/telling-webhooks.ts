import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '../kernel/database.js';
import { sendEventTo } from '../kernel/events.js';
import { receiverOf, typeOf, type WebhookEvent } from './webhook.js';

/** Something that happened to one organisation, told to its own webhooks and nobody else's. */
export interface Happening {
  contributorId: string;
  /** The contribution or request it happened to; what is told about the same one arrives in order. */
  about: string;
  /** What the organisation itself could read at the gateway; it names what is its own, with no word of others. */
  data: object;
}

/** Tells all webhooks of what is for everybody, in the same database transaction; what is told about the same arrives in order. */
export async function tellEveryWebhook(
  em: EntityManager,
  event: WebhookEvent,
  { about, data }: Pick<Happening, 'about' | 'data'>,
): Promise<void> {
  const rows = await query<{ id: string }>(
    em,
    `select id from webhook where ? = any(events)
       and not exists (select from webhook_end where webhook_id = webhook.id) order by id`,
    [event],
  );
  const receivers = rows.map(({ id }) => receiverOf(id));
  await sendEventTo(em, receivers, { source: '/contributions', type: typeOf(event), about, data });
}

/** Tells an organisation's webhooks, in the same database transaction as the change. Nearly always there are none. */
export async function tellWebhooks(
  em: EntityManager,
  event: WebhookEvent,
  happenings: readonly Happening[],
): Promise<void> {
  if (happenings.length === 0) return;
  const rows = await query<{ id: string; contributor_id: string }>(
    em,
    `select id, contributor_id from webhook where contributor_id = any(?) and ? = any(events)
       and not exists (select from webhook_end where webhook_id = webhook.id) order by id`,
    [[...new Set(happenings.map(({ contributorId }) => contributorId))], event],
  );
  if (rows.length === 0) return;
  for (const { contributorId, about, data } of happenings) {
    const receivers = rows.filter((row) => row.contributor_id === contributorId).map(({ id }) => receiverOf(id));
    await sendEventTo(em, receivers, { source: '/contributions', type: typeOf(event), about, data });
  }
}
