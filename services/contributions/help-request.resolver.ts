import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { contributions } from './belongings.js';
import { Contribution } from './contribution.js';
import { answersTo, HelpRequestConnection, helpPages, type PageOfHelp } from './help-listing.js';
import { HelpAnswer, HelpRequest } from './help-request.js';
import { Lever } from './lever.js';
import { Mission } from './mission.js';
import { Organisation } from './organisation.js';
import { Challenge, pointer } from './pointers.js';

@Resolver(() => HelpRequest)
export class HelpRequestResolver {
  @FieldResolver(() => Mission, { nullable: true, description: 'The mission that asks.' })
  mission(@Root() { missionId }: HelpRequest) {
    return { id: missionId };
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation that is asked.' })
  organisation(@Root() { contributorId }: HelpRequest) {
    return { id: contributorId };
  }

  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it is about, where one is named.' })
  challenge(@Root() { challengeId }: HelpRequest) {
    return pointer(challengeId);
  }

  @FieldResolver(() => Lever, { nullable: true, description: 'The lever it is about, where one is named.' })
  lever(@Root() { leverId }: HelpRequest) {
    return pointer(leverId);
  }

  @FieldResolver(() => HelpAnswer, { nullable: true, description: 'The answer; null while there is none.' })
  answer(@Root() { id }: HelpRequest, @Ctx() context: Context) {
    return context.load(answersTo, id);
  }
}

@Resolver(() => HelpAnswer)
export class HelpAnswerResolver {
  @FieldResolver(() => Contribution, {
    nullable: true,
    description: 'The contribution that was made of it; null when none is named.',
  })
  contribution(@Root() { contributionId }: HelpAnswer, @Ctx() context: Context) {
    return contributionId ? context.load(contributions, contributionId) : null;
  }
}

@Resolver(() => HelpRequestConnection)
export class HelpRequestConnectionResolver {
  @FieldResolver(() => [Organisation], {
    description: 'Organisations whose own store did not answer, so that what they are asked is missing here.',
  })
  unavailable(@Root() { unavailable }: PageOfHelp) {
    return unavailable.map(pointer);
  }
}

@Resolver(() => Mission)
export class MissionHelp {
  @FieldResolver(() => HelpRequestConnection, {
    nullable: true,
    description: 'What it asks organisations for, in the order of ids. Everybody sees only what they ask or are asked.',
  })
  helpRequests(@Root() { id }: Mission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(helpPages, { by: 'mission_id', parent: id, args });
  }
}

@Resolver(() => Organisation)
export class OrganisationHelp {
  @FieldResolver(() => HelpRequestConnection, {
    nullable: true,
    description: 'What missions ask it for, in the order of ids. Everybody sees only what they ask or are asked.',
  })
  helpRequests(@Root() { id }: Organisation, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(helpPages, { by: 'contributor_id', parent: id, args });
  }
}
