import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { atStoreOf } from './store.js';
import { secretOf, Webhook, WebhookEvent } from './webhook.js';
import { faultOfAddress, webhookSettings } from './webhook-hosts.js';

@InputType({ description: 'Where an organisation’s own system wants to be told of events.' })
export class RegisterWebhookInput extends DeedInput {
  @Field(() => ID, { description: 'The organisation; your own.' })
  organisation: string;

  @Field(() => String, {
    description: 'An https address on a host that the operator of the hub allows; without user, password or fragment.',
  })
  url: string;

  @Field(() => [WebhookEvent], { description: 'What it is to be told of, one at least.' })
  events: WebhookEvent[];
}

@ObjectType({ description: 'The webhook with its secret, or why it was declined.' })
export class RegisterWebhookPayload extends DeedPayload {
  @Field(() => Webhook, { nullable: true, description: 'The webhook; null when declined.' })
  webhook: Webhook | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What its deliveries are signed with (Standard Webhooks, "whsec_..."). Shown in this answer only: keep it. Null when declined or dry run.',
  })
  secret: string | null;
}

@Resolver()
export class RegisterWebhook {
  @Mutation(() => RegisterWebhookPayload, {
    description:
      'Has an organisation’s own system told of events that concern its contributions, from now on, until each is accepted. Role: publisher of the organisation. Refusals: BAD_USER_INPUT, WEBHOOK_HOST_NOT_ALLOWED.',
  })
  async registerWebhook(
    @Arg('input', () => RegisterWebhookInput, { description: 'Where and what.' }) input: RegisterWebhookInput,
    @Ctx() context: Context,
  ): Promise<RegisterWebhookPayload> {
    const { organisation, url, events } = input;
    const { secret, hosts } = webhookSettings(context.orm);
    const deed = { name: 'registerWebhook', input, by: ['publisher'], of: organisation, ...byId(Webhook) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, organisation), deed, async (em, caller) => {
      const fault = faultOfAddress(url, hosts);
      if (fault === 'MALFORMED')
        refuse('BAD_USER_INPUT', 'Name an https address without user, password or fragment.', ['url']);
      if (fault === 'NOT_ALLOWED') {
        const message = `Webhooks on ${new URL(url).host} are not allowed here; ask the operator of the hub to allow that host.`;
        refuse('WEBHOOK_HOST_NOT_ALLOWED', message, ['url']);
      }
      if (events.length === 0) refuse('BAD_USER_INPUT', 'Name one event at least.', ['events']);
      return em.create(Webhook, {
        ...{ id: `${organisation}:webhook-${uuid()}`, contributorId: organisation, url },
        ...{ events: [...new Set(events)], bySubject: caller.subject },
      });
    });
    return { webhook: noun, secret: noun && !input.dryRun ? secretOf(secret, noun.id) : null, ...done };
  }
}
