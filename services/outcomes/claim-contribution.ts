import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { contributorOf } from './contribution.js';
import { ContributionClaim, EvidenceStandard } from './contribution-claim.js';
import { Outcome } from './outcome.js';
import { checkAddress, checkSaid } from './slug.js';

@InputType({ description: 'What a contribution is claimed to do for an outcome.' })
export class ClaimContributionInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the outcome.' })
  outcome: string;

  @Field(() => ID, {
    description: 'Id of the contribution, <contributor>:<uuid>. Only its form is checked: departments keep their own.',
  })
  contribution: string;

  @Field(() => String, { description: 'How it is said to move the outcome, step by step.' })
  mechanism: string;

  @Field(() => EvidenceStandard, { description: 'How strong the evidence for that is.' })
  strength: EvidenceStandard;

  @Field(() => String, {
    nullable: true,
    description: 'Where the evidence can be read, a web address; needed from LEVEL_2 on.',
  })
  evidenceUrl?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The claim, or why it was declined.' })
export class ClaimContributionPayload extends DeedPayload {
  @Field(() => ContributionClaim, { nullable: true, description: 'The claim; null when declined.' })
  claim: ContributionClaim | null;
}

@Resolver()
export class ClaimContribution {
  @Mutation(() => ClaimContributionPayload, {
    description:
      'Claims that a contribution helps to move an outcome; never that the whole movement is its own. To say it otherwise, withdraw the claim and make another. Role: publisher of the contributor, or mission-unit. Refusals: BAD_USER_INPUT, UNKNOWN_OUTCOME, EVIDENCE_MISSING, ALREADY_CLAIMED.',
  })
  async claimContribution(
    @Arg('input', () => ClaimContributionInput, { description: 'The claim.' }) input: ClaimContributionInput,
    @Ctx() context: Context,
  ): Promise<ClaimContributionPayload> {
    const deed = {
      name: 'claimContribution',
      input,
      by: ['publisher', 'mission-unit'],
      ...byId(ContributionClaim),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { contribution, mechanism, strength, illustrative } = input;
      const contributor = contributorOf(contribution);
      if (!contributor)
        refuse('BAD_USER_INPUT', 'A contribution’s id is its contributor, a colon and a uuid.', ['contribution']);
      if (!caller.roles.has('mission-unit')) context.demand(['publisher'], contributor);
      checkSaid({ mechanism });
      checkAddress(input.evidenceUrl, ['evidenceUrl']);
      if (strength !== EvidenceStandard.LEVEL_1 && !input.evidenceUrl)
        refuse('EVIDENCE_MISSING', 'From LEVEL_2 on, say where the evidence can be read.', ['evidenceUrl']);
      await refuseHomelessOrClaimed(em, input, caller.organisation);
      const claim = em.create(ContributionClaim, {
        ...{ id: `claim-${uuid()}`, outcomeId: input.outcome, contributionId: contribution, mechanism, strength },
        ...{ claimantId: caller.organisation, evidenceUrl: input.evidenceUrl || null, illustrative },
        statedReleaseAt: null,
      });
      claim.madeWith = [];
      return claim;
    });
    return { claim: noun, ...done };
  }
}

async function refuseHomelessOrClaimed(
  em: EntityManager,
  { outcome, contribution }: ClaimContributionInput,
  claimant: string,
): Promise<void> {
  if (!(await em.findOne(Outcome, { id: outcome })))
    refuse('UNKNOWN_OUTCOME', 'There is no outcome with this id; define it first.', ['outcome']);
  const [standing] = await query<{ id: string }>(
    em,
    `select id from contribution_claim claim where outcome_id = ? and contribution_id = ? and claimant_id = ?
       and not exists (select from claim_step where claim_id = claim.id and kind = 'WITHDRAWN')`,
    [outcome, contribution, claimant],
  );
  if (standing)
    refuse('ALREADY_CLAIMED', `You claim this already, as ${standing.id}; withdraw that one first.`, ['contribution']);
}
