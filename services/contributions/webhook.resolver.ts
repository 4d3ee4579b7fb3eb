import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Organisation } from './organisation.js';
import { Webhook, WebhookStanding } from './webhook.js';
import { webhookStandings, webhooksOf } from './webhook-listing.js';

@Resolver(() => Webhook)
export class WebhookResolver {
  @FieldResolver(() => WebhookStanding, { nullable: true, description: 'How its deliveries stand, as it is now.' })
  standing(@Root() { id }: Webhook, @Ctx() context: Context) {
    return context.load(webhookStandings, id);
  }
}

@Resolver(() => Organisation)
export class OrganisationWebhooks {
  @FieldResolver(() => [Webhook], {
    nullable: true,
    description:
      'Where its own systems are told of events, in the order of ids. The organisation itself and auditors only; null for everybody else.',
  })
  webhooks(@Root() { id }: Organisation, @Ctx() context: Context) {
    const { caller } = context;
    const isTheirs = caller?.organisation === id || caller?.roles.has('auditor');
    return isTheirs ? context.load(webhooksOf, id) : null;
  }
}
