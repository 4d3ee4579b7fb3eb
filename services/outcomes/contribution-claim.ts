import { Entity, PrimaryKey, Property } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Released } from './released.js';

export enum EvidenceStandard {
  LEVEL_1 = 'LEVEL_1',
  LEVEL_2 = 'LEVEL_2',
  LEVEL_3 = 'LEVEL_3',
  LEVEL_4 = 'LEVEL_4',
  LEVEL_5 = 'LEVEL_5',
}
registerEnumType(EvidenceStandard, {
  name: 'EvidenceStandard',
  description:
    'How strong the evidence for an effect is: the five levels of the Nesta Standards of Evidence (R. Puttick and J. Ludlow, Nesta, 2013).',
  valuesConfig: {
    LEVEL_1: { description: 'It can be described, logically and coherently, why it would have an effect; no figures.' },
    LEVEL_2: { description: 'Figures show a change for the better; what caused it is not confirmed.' },
    LEVEL_3: { description: 'A control or comparison group shows that it is a cause.' },
    LEVEL_4: { description: 'At least one independent evaluation confirms that it is a cause.' },
    LEVEL_5: { description: 'It was replicated elsewhere with the effect, by manuals and procedures that are there.' },
  },
});

export enum ClaimState {
  STANDING = 'STANDING',
  CONTESTED = 'CONTESTED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(ClaimState, {
  name: 'ClaimState',
  description: 'How a claim stands.',
  valuesConfig: {
    STANDING: { description: 'Nobody contests it.' },
    CONTESTED: { description: 'Another organisation contests it; the reasons are in its steps.' },
    WITHDRAWN: { description: 'Who made it has withdrawn it.' },
  },
});

export enum ClaimStepKind {
  CONTESTED = 'CONTESTED',
  WITHDRAWN = 'WITHDRAWN',
}
registerEnumType(ClaimStepKind, {
  name: 'ClaimStepKind',
  description: 'What became of a claim.',
  valuesConfig: {
    CONTESTED: { description: 'Another organisation contested it.' },
    WITHDRAWN: { description: 'Who made it withdrew it.' },
  },
});

@ObjectType({ description: 'One thing that became of a claim. Never changed: the next one follows.' })
@Entity()
export class ClaimStep extends Released {
  @PrimaryKey({ type: 'text' })
  claimId: string;

  @Field(() => Int, { description: 'Counts the steps of this claim, from 1.' })
  @PrimaryKey({ type: 'integer' })
  number: number;

  @Field(() => ClaimStepKind, { description: 'What was done.' })
  @Property({ type: 'text' })
  kind: ClaimStepKind;

  @Property({ type: 'text' })
  organisationId: string;

  @Field(() => String, { description: 'Why.' })
  @Property({ type: 'text' })
  reason: string;
}

@ObjectType({
  description:
    'Somebody claims that a contribution helps to move an outcome, and by which mechanism. It says that the contribution is one of the causes, never how much of the movement is its own: claims are not added up, and all of them together need not explain it. Never changed, only contested or withdrawn. Source: the claimant.',
})
@Entity()
export class ContributionClaim extends Released {
  @Field(() => ID, { description: 'Its id, claim-<uuid>; a later one sorts after an earlier one.' })
  @PrimaryKey({ type: 'text' })
  id: string;

  @Property({ type: 'text' })
  outcomeId: string;

  @Property({ type: 'text' })
  contributionId: string;

  @Property({ type: 'text' })
  claimantId: string;

  @Field(() => String, { description: 'How the contribution is said to move the outcome, step by step.' })
  @Property({ type: 'text' })
  mechanism: string;

  @Field(() => EvidenceStandard, { description: 'How strong the evidence is, as the claimant says.' })
  @Property({ type: 'text' })
  strength: EvidenceStandard;

  @Field(() => String, {
    nullable: true,
    description: 'Where the evidence can be read, a web address; null only at LEVEL_1.',
  })
  @Property({ type: 'text', nullable: true })
  evidenceUrl: string | null;

  @Field(() => Boolean, { description: 'True when made up to show the hub; false when it is real.' })
  @Property({ type: 'boolean' })
  illustrative: boolean;

  /** Its steps with the one just taken: a dry run leaves nothing behind to read them from. */
  madeWith?: ClaimStep[];
}

/** How a claim stands after its steps. */
export function stateAfter(steps: readonly ClaimStep[]): ClaimState {
  if (steps.at(-1)?.kind === ClaimStepKind.WITHDRAWN) return ClaimState.WITHDRAWN;
  return steps.length > 0 ? ClaimState.CONTESTED : ClaimState.STANDING;
}
