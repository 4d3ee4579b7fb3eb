import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Money } from '../kernel/money.js';
import { Agreement, RiskShare } from './agreement.js';
import { amountsOf, evidenceOf, isInside } from './belongings.js';
import { CommitmentApproval, ContributionStep } from './history.js';
import { NegotiationRound } from './negotiation-round.js';
import { Organisation } from './organisation.js';
import { PooledBudget, pointer } from './pointers.js';
import {
  ContributionAmount,
  ContributionInstalment,
  ContributionProvenance,
  ContributionVersion,
  type PlacedInstalment,
} from './version.js';

@Resolver(() => ContributionVersion)
export class ContributionVersionResolver {
  @FieldResolver(() => String, { description: 'What the public calls it.' })
  publicName(@Root() { publicName }: ContributionVersion) {
    return publicName;
  }

  @FieldResolver(() => PooledBudget, {
    nullable: true,
    description: 'The pooled budget it goes to, where one is named.',
  })
  budget(@Root() { budgetId }: ContributionVersion) {
    return pointer(budgetId);
  }

  @FieldResolver(() => [ContributionAmount], {
    description: 'Its amounts per financial year and control total; they add up to its total.',
  })
  amounts(@Root() version: ContributionVersion, @Ctx() context: Context) {
    return context.load(amountsOf, version);
  }

  @FieldResolver(() => [ContributionInstalment], { description: 'Its payments, as its contributor states them.' })
  instalments(@Root() version: ContributionVersion): PlacedInstalment[] {
    return version.instalments.map((each, place) => ({ ...each, amount: Money.of(each.amount), of: version, place }));
  }

  @FieldResolver(() => ContributionProvenance, {
    nullable: true,
    description: 'Where these terms come from; null when not stated, and for all but the two sides and auditors.',
  })
  async provenance(@Root() version: ContributionVersion, @Ctx() context: Context) {
    return (await context.load(evidenceOf, version))?.provenance ?? null;
  }
}

@Resolver(() => ContributionInstalment)
export class ContributionInstalmentResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The payment reference; null when not stated, and for all but the two sides and auditors.',
  })
  async reference(@Root() { of, place }: PlacedInstalment, @Ctx() context: Context) {
    return (await context.load(evidenceOf, of))?.references[place] ?? null;
  }
}

@Resolver(() => Agreement)
export class AgreementResolver {
  @FieldResolver(() => [Organisation], {
    nullable: true,
    description: 'The organisations that signed, as far as they are known.',
  })
  signatories(@Root() { signatories }: Agreement) {
    return signatories.map(pointer);
  }

  @FieldResolver(() => [RiskShare], {
    description: 'Who bears how much of what goes wrong; empty when not stated, else 100 percent in all.',
  })
  riskShares(@Root() { riskShares }: Agreement): RiskShare[] {
    return riskShares.map(({ organisation, percent }) => ({ organisationId: organisation, percent }));
  }

  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'The organisation that holds the money and answers for it; null when not stated.',
  })
  host(@Root() { hostId }: Agreement) {
    return pointer(hostId);
  }

  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'The organisation that runs the pool from day to day; null when not stated.',
  })
  poolManager(@Root() { poolManagerId }: Agreement) {
    return pointer(poolManagerId);
  }
}

@Resolver(() => RiskShare)
export class RiskShareResolver {
  @FieldResolver(() => Organisation, { nullable: true, description: 'The signatory.' })
  organisation(@Root() { organisationId }: RiskShare) {
    return { id: organisationId };
  }
}

@Resolver(() => NegotiationRound)
export class NegotiationRoundResolver {
  @FieldResolver(() => Int, { description: 'The number of the version it is about.' })
  version(@Root() { number }: NegotiationRound) {
    return number;
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Who spoke.' })
  by(@Root() { byOrganisation }: NegotiationRound) {
    return pointer(byOrganisation);
  }
}

@Resolver(() => ContributionStep)
export class ContributionStepResolver {
  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'Who took the step; null where the ledger of the pool did.',
  })
  by(@Root() { byOrganisation }: ContributionStep) {
    return pointer(byOrganisation);
  }
}

@Resolver(() => CommitmentApproval)
export class CommitmentApprovalResolver {
  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation of the person.' })
  organisation(@Root() { organisation }: CommitmentApproval) {
    return pointer(organisation);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The person, as the access token names them; null for all but the two sides and auditors.',
  })
  async subject(@Root() { subject, contributorId }: CommitmentApproval, @Ctx() context: Context) {
    return (await isInside(context, contributorId)) ? subject : null;
  }
}
