import { GraphQLError } from 'graphql';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { storesOf } from './stores.js';
import { type Place, type Turns, turnLimits, turnsOf } from './turns.js';

const inSeconds = ({ waitMs }: Place) => Math.ceil(waitMs / 1000);

@ObjectType({ description: 'One call of publishContributions that waits for its turn.' })
export class QueuedPublishing {
  @Field(() => Int, { description: 'How many rows it has.' })
  rowCount: number;

  @Field(() => DateTime, { description: 'Since when it waits.' })
  since: Date;

  @Field(() => Int, { description: 'Its place among the calls of everybody that wait there; 1 begins next.' })
  position: number;

  @Field(() => Int, { description: 'In how many seconds it begins, by how fast calls were done lately.' })
  estimatedSeconds: number;
}

@ObjectType({
  description:
    'Where your organisation stands with publishing. Organisations take turns, so that however much one of them publishes, the others wait no longer for it. Source: the one process of the service that answers; with several, each has a queue of its own.',
})
export class PublishingQueue {
  @Field(() => Int, { description: 'How many calls of your organisation are at work.' })
  atWorkCount: number;

  @Field(() => Int, { description: 'How many of them may be at work at once.' })
  mostAtWork: number;

  @Field(() => [QueuedPublishing], { description: 'Its calls that wait, in their order.' })
  waiting: QueuedPublishing[];

  @Field(() => Int, { description: 'How many may wait; one more is refused with RATE_LIMITED.' })
  mostWaiting: number;

  @Field(() => Int, { description: 'The place one more call would have; 1 begins at once or next.' })
  position: number;

  @Field(() => Int, { description: 'In how many seconds one more call would begin; 0 at once.' })
  estimatedSeconds: number;
}

/** RATE_LIMITED: nothing was done, and the same call can be sent again. */
export function tryLater(place: Place): GraphQLError {
  const retryAfter = Math.max(1, inSeconds(place));
  const message = `Too many calls of your organisation are waiting already; send this one again in ${retryAfter} s.`;
  const extensions = { code: 'RATE_LIMITED', position: place.position, retryAfter, retryable: true };
  return new GraphQLError(message, { extensions });
}

/** The turns at the store that an organisation's contributions are in. A store of its own keeps nobody else waiting. */
export const turnsFor = (context: Context, organisation: string): Turns =>
  turnsOf(context.orm, storesOf(context.orm).isInItsOwn(organisation) ? organisation : '');

export function queueOf(context: Context, organisation: string): PublishingQueue {
  const { atWork, waiting, next } = turnsFor(context, organisation).of(organisation);
  return Object.assign(new PublishingQueue(), {
    ...{ atWorkCount: atWork, mostAtWork: turnLimits.atWorkOfOne, mostWaiting: turnLimits.waitingOfOne },
    waiting: waiting.map(({ call, place }) => ({
      ...{ rowCount: call.rows, since: new Date(call.since) },
      ...{ position: place.position, estimatedSeconds: inSeconds(place) },
    })),
    ...{ position: next.position, estimatedSeconds: inSeconds(next) },
  });
}
