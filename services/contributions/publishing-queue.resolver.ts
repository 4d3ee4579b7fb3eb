import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { PublishingQueue, queueOf } from './publishing-queue.js';

@Resolver()
export class PublishingQueueResolver {
  @Query(() => PublishingQueue, {
    nullable: true,
    description: 'Where your own organisation stands with publishing; null for the public.',
  })
  publishingQueue(@Ctx() context: Context): PublishingQueue | null {
    return context.caller && queueOf(context, context.caller.organisation);
  }
}
