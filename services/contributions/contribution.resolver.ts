import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { type Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Agreement } from './agreement.js';
import { agreementsOf, contributions, isInside, roundsOf, stepsOf, versions } from './belongings.js';
import { Contribution } from './contribution.js';
import { ContributionOrder } from './contribution-order.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { Lever } from './lever.js';
import { ContributionConnection, ContributionFilter, contributionPages, type PageOfStores } from './listing.js';
import { Mission } from './mission.js';
import { NegotiationRound } from './negotiation-round.js';
import { Organisation } from './organisation.js';
import { Challenge, PooledBudget, pointer } from './pointers.js';
import { approvalsFor, versionsFor } from './public-terms.js';
import { ContributionVersion } from './version.js';

@Resolver(() => Contribution)
export class ContributionResolver {
  @Query(() => Contribution, {
    nullable: true,
    description: "One contribution by its id. Errors: NOT_FOUND, just so for another organisation's draft.",
  })
  contribution(
    @Arg('id', () => ID, { description: 'Its id, <contributor>:<uuid>.' }) id: string,
    @Ctx() context: Context,
  ) {
    return context.find(contributions, id);
  }

  @Query(() => ContributionConnection, {
    nullable: true,
    description: 'Contributions, in the order of their ids unless asked otherwise. Of drafts only your own.',
  })
  contributions(
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => ContributionFilter, { nullable: true, description: 'Which; all when left out.' })
    filter: ContributionFilter | null,
    @Arg('orderBy', () => ContributionOrder, { defaultValue: ContributionOrder.BY_ID, description: 'In which order.' })
    order: ContributionOrder,
    @Ctx() context: Context,
  ): Promise<Page<Contribution> | null> {
    return context.load(contributionPages, { by: null, parent: '', args, filter: filter ?? {}, order });
  }

  @FieldResolver(() => Mission, { nullable: true, description: 'The mission it is for.' })
  mission(@Root() { missionId }: Contribution) {
    return { id: missionId };
  }

  @FieldResolver(() => Challenge, { nullable: true, description: 'The challenge it is for, where one is named.' })
  challenge(@Root() { challengeId }: Contribution) {
    return pointer(challengeId);
  }

  @FieldResolver(() => Lever, { nullable: true, description: 'The lever it pulls, where one is named.' })
  lever(@Root() { leverId }: Contribution) {
    return pointer(leverId);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who contributes.' })
  contributor(@Root() { contributorId }: Contribution) {
    return { id: contributorId };
  }

  @FieldResolver(() => PooledBudget, {
    nullable: true,
    description: 'The pooled budget it goes to, where one is named.',
  })
  async budget(@Root() contribution: Contribution, @Ctx() context: Context) {
    return pointer((await currentOf(contribution, context))?.budgetId);
  }

  @FieldResolver(() => String, { description: 'What the public calls it; empty while a draft has no name.' })
  async publicName(@Root() contribution: Contribution, @Ctx() context: Context) {
    return (await currentOf(contribution, context))?.publicName ?? '';
  }

  @FieldResolver(() => ContributionVersion, {
    nullable: true,
    description: 'The terms that count: those of the last version.',
  })
  current(@Root() contribution: Contribution, @Ctx() context: Context) {
    return currentOf(contribution, context);
  }

  @FieldResolver(() => [ContributionVersion], {
    description:
      'The versions of its terms, oldest first; of a variation only once it is binding for all but the two sides and auditors.',
  })
  versions(@Root() contribution: Contribution, @Ctx() context: Context) {
    return versionsFor(contribution, context);
  }

  @FieldResolver(() => [NegotiationRound], {
    nullable: true,
    description: 'The rounds of its negotiation, oldest first; null for all but the two sides and auditors.',
  })
  async rounds(@Root() { id, contributorId }: Contribution, @Ctx() context: Context) {
    return (await isInside(context, contributorId)) ? context.load(roundsOf, id) : null;
  }

  @FieldResolver(() => Agreement, { nullable: true, description: 'The agreement in force; null before there is one.' })
  async agreement(@Root() { id, number: inForce }: Contribution, @Ctx() context: Context) {
    return (await context.load(agreementsOf, id))?.findLast(({ number }) => number <= inForce) ?? null;
  }

  @FieldResolver(() => [CommitmentApproval], {
    description:
      'Who has approved the commitment, oldest first; two make it binding. Of a variation only once it is binding for all but the two sides and auditors.',
  })
  approvals(@Root() contribution: Contribution, @Ctx() context: Context) {
    return approvalsFor(contribution, context);
  }

  @FieldResolver(() => [ContributionStep], { description: 'Its history, oldest first.' })
  states(@Root() { id }: Contribution, @Ctx() context: Context) {
    return context.load(stepsOf, id);
  }
}

/** The terms that count. */
export function currentOf(
  { id, number, currentVersion }: Contribution,
  context: Context,
): ContributionVersion | Promise<ContributionVersion | null> {
  return currentVersion ?? context.load(versions, { contributionId: id, number });
}

@Resolver(() => ContributionConnection)
export class ContributionConnectionResolver {
  @FieldResolver(() => [Organisation], {
    description:
      'Organisations whose own store did not answer in time, so that their contributions are missing here; totalCount is null then.',
  })
  unavailable(@Root() { unavailable }: PageOfStores): Organisation[] {
    return unavailable.map((id) => ({ id }));
  }
}
