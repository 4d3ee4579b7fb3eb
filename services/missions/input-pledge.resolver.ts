import { Arg, Args, Ctx, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { nounsById } from '../kernel/loader.js';
import { InputPledge } from './input-pledge.js';
import { Mission } from './mission.js';
import { missions } from './mission.resolver.js';
import { Organisation } from './organisation.js';
import { organisations } from './organisation.resolver.js';
import { Outcome } from './outcome.js';

export const inputPledges = nounsById(InputPledge, 'input_pledge');
const pledgesOfMission = nounPagesByParent(InputPledge, (context) => ({
  sql: `select * from ${context.known('input_pledge')} where mission_id = parent.id`,
  orderBy: ['due_on', 'id'],
}));

@ObjectType({ description: 'A page of input pledges, the one that is due first first.' })
export class InputPledgeConnection extends connectionOf(InputPledge) {}

@Resolver(() => InputPledge)
export class InputPledgeResolver {
  @Query(() => InputPledge, { nullable: true, description: 'One input pledge by its id. Errors: NOT_FOUND.' })
  inputPledge(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: Context) {
    return context.find(inputPledges, id);
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission it is for.' })
  mission(@Root() pledge: InputPledge, @Ctx() context: Context) {
    return context.load(missions, pledge.missionId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who is to put it in.' })
  pledger(@Root() pledge: InputPledge, @Ctx() context: Context) {
    return context.load(organisations, pledge.pledgerId);
  }

  @FieldResolver(() => Outcome, {
    nullable: true,
    description: 'The outcome it is meant to help, where one was named; whether it helps is another question.',
  })
  outcome(@Root() { outcomeId }: InputPledge): Outcome | null {
    return outcomeId ? Object.assign(new Outcome(), { id: outcomeId }) : null;
  }
}

@Resolver(() => Mission)
export class MissionInputPledges {
  @FieldResolver(() => InputPledgeConnection, {
    description: 'What was pledged to be put into it, by the day it is due. Not money: that is in contributions.',
  })
  inputPledges(@Root() { id }: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(pledgesOfMission, { parent: id, args });
  }
}
