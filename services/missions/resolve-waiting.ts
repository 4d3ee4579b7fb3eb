import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver, registerEnumType } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Dependency, DependencyState } from './dependency.js';

export enum WaitingEnd {
  RESOLVED = 'RESOLVED',
  WORKED_AROUND = 'WORKED_AROUND',
  EXPIRED = 'EXPIRED',
}
registerEnumType(WaitingEnd, {
  name: 'WaitingEnd',
  description: 'How a waiting ends.',
  valuesConfig: {
    RESOLVED: { description: 'What was waited for has come.' },
    WORKED_AROUND: { description: 'Another way was found.' },
    EXPIRED: { description: 'It no longer matters.' },
  },
});

@InputType({ description: 'How a waiting ended.' })
export class ResolveWaitingInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the waiting.' })
  waiting: string;

  @Field(() => WaitingEnd, { description: 'How it ended.' })
  how: WaitingEnd;
}

@ObjectType({ description: 'The ended waiting, or why it was declined.' })
export class ResolveWaitingPayload extends DeedPayload {
  @Field(() => Dependency, { nullable: true, description: 'The waiting in its last state; null when declined.' })
  dependency: Dependency | null;
}

@Resolver()
export class ResolveWaiting {
  @Mutation(() => ResolveWaitingPayload, {
    description:
      'Ends a waiting: what was waited for has come, another way was found, or it no longer matters. Role: publisher of the organisation that waits, or mission-unit. Refusals: UNKNOWN_WAITING, ILLEGAL_TRANSITION, STALE_VERSION.',
  })
  async resolveWaiting(
    @Arg('input', () => ResolveWaitingInput, { description: 'How a waiting ended.' }) input: ResolveWaitingInput,
    @Ctx() context: Context,
  ): Promise<ResolveWaitingPayload> {
    const deed = { name: 'resolveWaiting', input, by: ['publisher', 'mission-unit'], ...byId(Dependency) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const dependency = await em.findOne(Dependency, input.waiting, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!dependency) refuse('UNKNOWN_WAITING', `There is no waiting ${input.waiting}.`, ['waiting']);
      if (!caller.roles.has('mission-unit')) context.demand(deed.by, dependency.waiterId);
      expectVersion(input, dependency.version);
      dependency.end(DependencyState[input.how]);
      return dependency;
    });
    return { dependency: noun, ...done };
  }
}
