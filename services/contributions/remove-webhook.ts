import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { IllegalTransition, Refused } from '../kernel/refusal.js';
import { atStoreOf } from './store.js';
import { organisationIn } from './stores.js';
import { Webhook, WebhookState } from './webhook.js';
import { dropFor, expectOwn, stateOf } from './webhook-listing.js';

@InputType({ description: 'A webhook that is not to be told of anything any more.' })
export class RemoveWebhookInput extends DeedInput {
  @Field(() => ID, { description: 'The webhook.' })
  webhook: string;
}

@ObjectType({ description: 'The webhook, or why it was declined.' })
export class RemoveWebhookPayload extends DeedPayload {
  @Field(() => Webhook, { nullable: true, description: 'The webhook as it stands now; null when declined.' })
  webhook: Webhook | null;
}

@Resolver()
export class RemoveWebhook {
  @Mutation(() => RemoveWebhookPayload, {
    description:
      'Ends a webhook; what it had not been told yet is not told any more. Role: publisher of the organisation. Refusals: NOT_FOUND, ILLEGAL_TRANSITION.',
  })
  async removeWebhook(
    @Arg('input', () => RemoveWebhookInput, { description: 'Which.' }) input: RemoveWebhookInput,
    @Ctx() context: Context,
  ): Promise<RemoveWebhookPayload> {
    const organisation = organisationIn(input.webhook);
    const deed = { name: 'removeWebhook', input, by: ['publisher'], ...byId(Webhook) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, organisation), deed, async (em, caller) => {
      const webhook = await expectOwn(em, caller, input.webhook);
      const ended = await query(
        em,
        `insert into webhook_end (webhook_id, contributor_id, state, by_subject) values (?, ?, ?, ?)
           on conflict do nothing returning 1`,
        [webhook.id, webhook.contributorId, WebhookState.REMOVED, caller.subject],
      );
      if (ended.length === 0)
        throw new Refused([new IllegalTransition('This webhook', await stateOf(em, webhook.id), [])]);
      await dropFor(em, webhook.id);
      return webhook;
    });
    return { webhook: noun, ...done };
  }
}
