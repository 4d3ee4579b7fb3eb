import type { EntityManager } from '@mikro-orm/postgresql';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { inOrder, type Loader, nounsByParent } from '../kernel/loader.js';
import { refuse } from '../kernel/refusal.js';
import { inItsStore } from './store.js';
import { receiverOf, Webhook, type WebhookStanding, WebhookState } from './webhook.js';

/** An organisation's webhooks, those that have ended included. */
export const webhooksOf = inItsStore(
  nounsByParent(Webhook, {
    table: 'webhook',
    parent: ({ contributorId }) => contributorId,
    column: 'contributor_id',
    orderBy: 'id',
  }),
  (organisation) => organisation,
);

/** How each webhook stands, by its id. */
export const webhookStandings: Loader<string, WebhookStanding> = inItsStore(
  {
    async batch(ids, context) {
      const rows = await context.rows<WebhookStanding & { id: string }>(
        `select id, coalesce((select state from webhook_end where webhook_id = id), 'ACTIVE') as state,
           count(number)::int - count(parked_at)::int as pending, count(parked_at)::int as parked,
           (array_agg(last_error order by number) filter (where last_error is not null))[1] as "lastError"
         from unnest(?::text[], ?::text[]) as asked(id, receiver) left join sent_event using (receiver) group by id`,
        [ids, ids.map(receiverOf)],
      );
      return inOrder(ids, rows, ({ id }) => id);
    },
  },
  (id) => id,
);

/** A webhook of the caller's own organisation; another one's is NOT_FOUND like an id that does not exist. */
export async function expectOwn(em: EntityManager, caller: Caller, id: string): Promise<Webhook> {
  const webhook = await em.findOne(Webhook, { id, contributorId: caller.organisation });
  return webhook ?? refuse('NOT_FOUND', 'There is no webhook with this id.', ['webhook']);
}

export async function stateOf(em: EntityManager, id: string): Promise<WebhookState> {
  const [ended] = await query<{ state: WebhookState }>(em, `select state from webhook_end where webhook_id = ?`, [id]);
  return ended?.state ?? WebhookState.ACTIVE;
}

/** Takes out what a webhook has not been told; one that is under way just now goes when its turn comes again. */
export const dropFor = (em: EntityManager, id: string): Promise<unknown> =>
  query(
    em,
    `delete from sent_event where number in (select number from sent_event where receiver = ? for update skip locked)`,
    [receiverOf(id)],
  );

/** Has what was set aside tried again, in its order. */
export async function replayFor(em: EntityManager, id: string): Promise<void> {
  const replayed = await query(
    em,
    `update sent_event set parked_at = null, tries = 0, try_at = clock_timestamp()
      where receiver = ? and parked_at is not null returning 1`,
    [receiverOf(id)],
  );
  if (replayed.length > 0)
    await query(em, `select graphile_worker.add_job('deliver', '{"from": 0}', job_key => 'deliver all')`);
}
