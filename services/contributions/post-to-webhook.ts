import { Webhook as Signing } from 'standardwebhooks';
import { query } from '../kernel/database.js';
import type { HandTo } from '../kernel/service.js';
import { inTransaction } from '../kernel/transaction.js';
import { secretOf, WebhookState, webhookIn } from './webhook.js';
import { faultOfAddress, hostsIn } from './webhook-hosts.js';

const postWithinMs = 10_000;

/**
 * Posts one event to a webhook. Whatever is not accepted counts as a try: unlike a service of the hub, a department's
 * server may have gone for good. Of its answer only the status is used.
 */
export const postToWebhook: HandTo = async (receiver, event, { orm, secret, settings }) => {
  const id = webhookIn(receiver);
  if (!id) return { fault: 'its address is not known', isAway: true };
  const url = await addressOf(orm, id);
  // It has ended: what it was to be told goes with it.
  if (url === null) return { status: 200, said: '' };
  // Asked again at each delivery: the list may have become shorter.
  if (faultOfAddress(url, hostsIn(settings)))
    return { fault: 'WEBHOOK_HOSTS does not allow its host any more', isAway: false };
  const answer = await post(url, event, secretOf(secret, id)).catch(faultOf);
  if (answer !== 410) return isAccepted(answer) ? { status: 200, said: '' } : { fault: saidBy(answer), isAway: false };
  await inTransaction(orm.em, async (em) => {
    await query(em, `select set_config('app.roles', 'event', true)`);
    await query(
      em,
      `insert into webhook_end (webhook_id, contributor_id, state, by_subject) select id, contributor_id, ?, 'webhook'
         from webhook where id = ? on conflict do nothing`,
      [WebhookState.GONE, id],
    );
  });
  return { status: 200, said: '' };
};

const isAccepted = (answer: number | string) => typeof answer === 'number' && answer >= 200 && answer < 300;
const saidBy = (answer: number | string) => (typeof answer === 'number' ? `HTTP ${answer}` : answer);

const faultOf = (error: Error): string => {
  const { code, name } = (error.cause ?? error) as { code?: string; name: string };
  return name === 'TimeoutError' ? 'no answer within 10 seconds' : (code ?? name);
};

/** Where it is; null when it has ended. */
async function addressOf(orm: Parameters<HandTo>[2]['orm'], id: string): Promise<string | null> {
  let url: string | null = null;
  await inTransaction(orm.em, async (em) => {
    await query(em, `select set_config('app.roles', 'event', true)`);
    const [row] = await query<{ url: string }>(
      em,
      `select url from webhook where id = ? and not exists (select from webhook_end where webhook_id = webhook.id)`,
      [id],
    );
    url = row?.url ?? null;
  });
  return url;
}

/** By the rules of Standard Webhooks; no redirect is followed, for it could lead off the list. Answers the status. */
async function post(url: string, event: string, secret: string): Promise<number> {
  const { id } = JSON.parse(event) as { id: string };
  const now = new Date();
  const answer = await fetch(url, {
    method: 'POST',
    body: event,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Signing(secret).sign(id, now, event),
    },
    redirect: 'manual',
    signal: AbortSignal.timeout(postWithinMs),
  });
  await answer.body?.cancel();
  return answer.status;
}
