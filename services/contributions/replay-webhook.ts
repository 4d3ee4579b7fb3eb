import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { IllegalTransition, Refused } from '../kernel/refusal.js';
import { atStoreOf } from './store.js';
import { organisationIn } from './stores.js';
import { Webhook, WebhookState } from './webhook.js';
import { expectOwn, replayFor, stateOf } from './webhook-listing.js';

@InputType({ description: 'A webhook that can take events again.' })
export class ReplayWebhookInput extends DeedInput {
  @Field(() => ID, { description: 'The webhook.' })
  webhook: string;
}

@ObjectType({ description: 'The webhook, or why it was declined.' })
export class ReplayWebhookPayload extends DeedPayload {
  @Field(() => Webhook, { nullable: true, description: 'The webhook as it stands now; null when declined.' })
  webhook: Webhook | null;
}

@Resolver()
export class ReplayWebhook {
  @Mutation(() => ReplayWebhookPayload, {
    description:
      'Has events that were set aside tried again, in their order and with their ids, so that what was taken in can be told. Role: publisher of the organisation. Refusals: NOT_FOUND, ILLEGAL_TRANSITION.',
  })
  async replayWebhook(
    @Arg('input', () => ReplayWebhookInput, { description: 'Which.' }) input: ReplayWebhookInput,
    @Ctx() context: Context,
  ): Promise<ReplayWebhookPayload> {
    const organisation = organisationIn(input.webhook);
    const deed = { name: 'replayWebhook', input, by: ['publisher'], ...byId(Webhook) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, organisation), deed, async (em, caller) => {
      const webhook = await expectOwn(em, caller, input.webhook);
      const state = await stateOf(em, webhook.id);
      if (state !== WebhookState.ACTIVE) throw new Refused([new IllegalTransition('This webhook', state, [])]);
      await replayFor(em, webhook.id);
      return webhook;
    });
    return { webhook: noun, ...done };
  }
}
