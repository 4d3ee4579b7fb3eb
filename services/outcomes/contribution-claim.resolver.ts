import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { connectionOf, nounPagesByParent, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Contribution } from './contribution.js';
import { ClaimState, ClaimStep, ContributionClaim, stateAfter } from './contribution-claim.js';
import { Organisation } from './organisation.js';
import { Outcome } from './outcome.js';
import { outcomesById } from './outcome.resolver.js';
import { known } from './released.js';

@ObjectType({ description: 'A page of claims, in the order they were made.' })
export class ContributionClaimConnection extends connectionOf(ContributionClaim) {}

const claimsBy = (column: string) =>
  nounPagesByParent(ContributionClaim, (context) => ({
    sql: `select * from contribution_claim claim where claim.${column} = parent.id and ${known(context, 'claim')}`,
    orderBy: ['id'],
  }));
const claimsOfOutcome = claimsBy('outcome_id');
const claimsOfContribution = claimsBy('contribution_id');

const stepsOf: Loader<string, ClaimStep[]> = {
  async batch(claims, context) {
    const sql = `select * from claim_step where claim_id = any(?) and ${known(context, 'claim_step')} order by number`;
    return grouped(claims, await context.nouns(ClaimStep, sql, [claims]), ({ claimId }) => claimId);
  },
};

@Resolver(() => ContributionClaim)
export class ContributionClaimResolver {
  @FieldResolver(() => Outcome, { nullable: true, description: 'The outcome it is said to move.' })
  outcome(@Root() claim: ContributionClaim, @Ctx() context: Context): Promise<Outcome | null> {
    return context.load(outcomesById, claim.outcomeId);
  }

  @FieldResolver(() => Contribution, {
    nullable: true,
    description: 'The contribution that is said to move it; null where the asker may not see it.',
  })
  contribution(@Root() claim: ContributionClaim): Contribution {
    return { id: claim.contributionId };
  }

  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'Who claims it: the contributor, or the central mission unit.',
  })
  claimant(@Root() claim: ContributionClaim): Organisation {
    return { id: claim.claimantId };
  }

  @FieldResolver(() => ClaimState, { description: 'How it stands.' })
  async state(@Root() claim: ContributionClaim, @Ctx() context: Context): Promise<ClaimState> {
    return stateAfter(await this.steps(claim, context));
  }

  @FieldResolver(() => [ClaimStep], { description: 'What became of it since it was made, oldest first.' })
  async steps(@Root() claim: ContributionClaim, @Ctx() context: Context): Promise<ClaimStep[]> {
    return claim.madeWith ?? (await context.load(stepsOf, claim.id)) ?? [];
  }
}

@Resolver(() => ClaimStep)
export class ClaimStepResolver {
  @FieldResolver(() => Organisation, { nullable: true, description: 'Whose people did it.' })
  organisation(@Root() step: ClaimStep): Organisation {
    return { id: step.organisationId };
  }
}

@Resolver(() => Outcome)
export class OutcomeClaimsResolver {
  @FieldResolver(() => ContributionClaimConnection, {
    description:
      'Which contributions are claimed to help move it, in the order they were claimed, contested and withdrawn claims too. Errors: BAD_USER_INPUT.',
  })
  claims(@Root() outcome: Outcome, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(claimsOfOutcome, { parent: outcome.id, args });
  }
}

@Resolver(() => Contribution)
export class ContributionClaimsResolver {
  @FieldResolver(() => ContributionClaimConnection, {
    nullable: true,
    description:
      'Which outcomes it is claimed to help move, in the order they were claimed, contested and withdrawn claims too. Errors: BAD_USER_INPUT.',
  })
  claims(@Root() contribution: Contribution, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(claimsOfContribution, { parent: contribution.id, args });
  }
}
