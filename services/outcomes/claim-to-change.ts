import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { query } from '../kernel/database.js';
import { DeedInput, DeedPayload } from '../kernel/deed.js';
import { IllegalTransition, Refused, refuse } from '../kernel/refusal.js';
import { ClaimState, ClaimStep, type ClaimStepKind, ContributionClaim, stateAfter } from './contribution-claim.js';

@InputType({ description: 'Which claim, and why.' })
export abstract class ClaimChangeInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the claim.' })
  claim: string;

  @Field(() => String, { description: 'Why; it is published.' })
  reason: string;
}

@ObjectType()
export abstract class ClaimPayload extends DeedPayload {
  @Field(() => ContributionClaim, { nullable: true, description: 'The claim; null when declined.' })
  claim: ContributionClaim | null;
}

export interface ClaimToChange {
  claim: ContributionClaim;
  /** Takes the next step and answers the claim with it. */
  take(kind: ClaimStepKind, organisation: string, reason: string): ContributionClaim;
}

/**
 * A claim for a deed that adds a step to it; nobody else adds one until the deed has ended. Refuses with UNKNOWN_CLAIM,
 * and with ILLEGAL_TRANSITION where it is withdrawn.
 */
export async function claimToChange(em: EntityManager, id: string): Promise<ClaimToChange> {
  await query(em, `select pg_advisory_xact_lock(hashtextextended('claim ' || ?, 0))`, [id]);
  const claim = await em.findOne(ContributionClaim, { id });
  if (!claim) refuse('UNKNOWN_CLAIM', 'There is no claim with this id.', ['claim']);
  const steps = await em.find(ClaimStep, { claimId: id }, { orderBy: { number: 'asc' } });
  const state = stateAfter(steps);
  if (state === ClaimState.WITHDRAWN) throw new Refused([new IllegalTransition('This claim', state, [])]);
  const take: ClaimToChange['take'] = (kind, organisationId, reason) => {
    const number = steps.length + 1;
    const step = em.create(ClaimStep, { claimId: id, number, kind, organisationId, reason, statedReleaseAt: null });
    return Object.assign(claim, { madeWith: [...steps, step] });
  };
  return { claim, take };
}
