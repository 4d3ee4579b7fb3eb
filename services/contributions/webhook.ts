import { hkdfSync } from 'node:crypto';
import { Entity, type Opt, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../kernel/dates.js';

export enum WebhookEvent {
  STATE_CHANGED = 'STATE_CHANGED',
  DEPOSITED = 'DEPOSITED',
  WRITTEN_OFF = 'WRITTEN_OFF',
  CONDITION_JUDGED = 'CONDITION_JUDGED',
  HELP_ASKED = 'HELP_ASKED',
  SEALED = 'SEALED',
}
registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  description:
    'What a webhook is told of: what concerns the organisation’s own contributions, and what is for all of them.',
  valuesConfig: {
    STATE_CHANGED: {
      description:
        'contributions.state-changed: a contribution that is known already has another state or other terms (agreed, committed, ...).',
    },
    DEPOSITED: { description: 'contributions.deposited: how much of a contribution has arrived so far, in all.' },
    WRITTEN_OFF: { description: 'contributions.written-off: a part of a contribution is not expected any more.' },
    CONDITION_JUDGED: { description: 'contributions.condition-judged: a condition was judged MET or UNMET.' },
    HELP_ASKED: { description: 'contributions.help-asked: a mission asks the organisation for help.' },
    SEALED: {
      description:
        'contributions.sealed: signed roots of the hash chains of ledgers, of all pools, to keep where nobody of the hub can change them.',
    },
  },
});

export enum WebhookState {
  ACTIVE = 'ACTIVE',
  REMOVED = 'REMOVED',
  GONE = 'GONE',
}
registerEnumType(WebhookState, {
  name: 'WebhookState',
  description: 'Whether a webhook is told of events.',
  valuesConfig: {
    ACTIVE: { description: 'It is.' },
    REMOVED: { description: 'The organisation took it away.' },
    GONE: { description: 'Its own server said 410 Gone; register another one.' },
  },
});

/** The CloudEvents type of an event. */
export const typeOf = (event: WebhookEvent): string => `contributions.${event.toLowerCase().replaceAll('_', '-')}`;

const receives = 'webhook ';

/** What a webhook is called among the receivers of events. */
export const receiverOf = (id: string): string => receives + id;

/** The webhook a receiver is; null for what is none. */
export const webhookIn = (receiver: string): string | null =>
  receiver.startsWith(receives) ? receiver.slice(receives.length) : null;

/**
 * What a webhook's deliveries are signed with, in the form of Standard Webhooks. It follows from the hub's own secret and
 * the webhook's id (HKDF, RFC 5869), so it is kept nowhere: not in a table, a backup or a log.
 */
export function secretOf(hubSecret: string, id: string): string {
  const key = hkdfSync('sha256', hubSecret, '', `mission-budget-hub webhook ${id}`, 32);
  return `whsec_${Buffer.from(key).toString('base64')}`;
}

@ObjectType({
  description:
    'An address where an organisation’s own system is told of events, as CloudEvents 1.0 in JSON signed by Standard Webhooks. Seen by the organisation and auditors only. Source: the organisation.',
})
@Entity()
export class Webhook {
  @Field(() => ID, { description: 'Its id, <organisation>:webhook-<uuid>.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  contributorId: string;

  @Field(() => String, { description: 'Where events are posted to.' })
  @Property({ type: 'text' })
  url: string;

  @Field(() => [WebhookEvent], { description: 'What it is told of.' })
  @Property({ type: 'text[]' })
  events: WebhookEvent[];

  @Property({ type: 'text' })
  bySubject: string;

  @Field(() => DateTime, { name: 'registeredAt', description: 'When it was registered.' })
  @Property({ type: 'datetime', length: 3, defaultRaw: 'clock_timestamp()' })
  recordedAt: Opt<Date>;
}

/** How a webhook stands with its events. */
@ObjectType({ description: 'How the deliveries to a webhook stand.' })
export class WebhookStanding {
  @Field(() => WebhookState, { description: 'Whether it is told of events.' })
  state: WebhookState;

  @Field(() => Int, { description: 'Events that wait to be delivered, without those that are set aside.' })
  pending: number;

  @Field(() => Int, { description: 'Events that are set aside after 25 tries; replayWebhook has them tried again.' })
  parked: number;

  @Field(() => String, {
    nullable: true,
    description: 'Why the oldest event that waits was not accepted; null when none was refused.',
  })
  lastError: string | null;
}
