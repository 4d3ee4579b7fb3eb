import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { DateTime } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Decision } from './decision.js';
import { pinEvidence } from './decision-evidence.js';

@InputType({ description: 'How a decision was settled.' })
export class DecideInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the decision.' })
  decision: string;

  @Field(() => String, { description: 'What was chosen.' })
  chosen: string;

  @Field(() => String, { description: 'Why.' })
  rationale: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was decided, not in the future; left out, now.' })
  decidedAt?: Date | null;

  @Field(() => [ID], {
    defaultValue: [],
    description: 'The figures it was taken on: ids of observations, each of which names one exact vintage; at most 50.',
  })
  evidence: string[];
}

@ObjectType({ description: 'The settled decision, or why it was declined.' })
export class DecidePayload extends DeedPayload {
  @Field(() => Decision, { nullable: true, description: 'The decision, DECIDED; null when declined.' })
  decision: Decision | null;
}

@Resolver()
export class Decide {
  @Mutation(() => DecidePayload, {
    description:
      'Settles an open decision, and pins the figures it was taken on. Role: approver or accounting-officer of the organisation that decides, or mission-unit where that is the mission delivery unit. Refusals: UNKNOWN_DECISION, ILLEGAL_TRANSITION, STALE_VERSION, BAD_USER_INPUT.',
  })
  async decide(
    @Arg('input', () => DecideInput, { description: 'How a decision was settled.' }) input: DecideInput,
    @Ctx() context: Context,
  ): Promise<DecidePayload> {
    const deed = {
      name: 'decide',
      input,
      by: ['approver', 'accounting-officer', 'mission-unit'],
      ...byId(Decision),
    } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const decision = await em.findOne(Decision, input.decision, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!decision) refuse('UNKNOWN_DECISION', `There is no decision ${input.decision}.`, ['decision']);
      context.demand(deed.by, decision.deciderId);
      expectVersion(input, decision.version);
      const decidedAt = input.decidedAt ?? new Date();
      if (decidedAt > new Date())
        refuse('BAD_USER_INPUT', 'A decision cannot have been taken in the future.', ['decidedAt']);
      if (decision.isOpen()) await pinEvidence(em, decision, input.evidence);
      decision.settle(input.chosen, input.rationale, decidedAt);
      return decision;
    });
    return { decision: noun, ...done };
  }
}
