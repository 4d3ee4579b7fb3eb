import { LockMode } from '@mikro-orm/core';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Decimal } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { InputPledge, InputPledgeState } from './input-pledge.js';
import { checkSaid, dayNotAhead } from './said.js';

@InputType({ description: 'Whether an input pledge was met.' })
export class SettleInputPledgeInput extends ChangeInput {
  @Field(() => ID, { description: 'Id of the input pledge.' })
  inputPledge: string;

  @Field(() => InputPledgeState, {
    description: 'MET, NOT_MET or PARTIALLY_MET, as the numbers say where it is counted.',
  })
  how: InputPledgeState;

  @Field(() => Decimal, {
    nullable: true,
    description: 'How much of it came, 0 or more, in its unit; needed where it is counted.',
  })
  delivered?: string | null;

  @Field(() => String, { description: 'What shows it.' })
  evidence: string;

  @Field(() => Day, { nullable: true, description: 'The day it is settled on, not in the future; left out, today.' })
  settledOn?: string | null;
}

@ObjectType({ description: 'The settled input pledge, or why it was declined.' })
export class SettleInputPledgePayload extends DeedPayload {
  @Field(() => InputPledge, { nullable: true, description: 'The pledge in its last state; null when declined.' })
  inputPledge: InputPledge | null;
}

@Resolver()
export class SettleInputPledge {
  @Mutation(() => SettleInputPledgePayload, {
    description:
      'Says whether an input pledge was met, once and for good; that it was not only when its day is over. Role: mission-unit. Refusals: UNKNOWN_PLEDGE, ILLEGAL_TRANSITION, STALE_VERSION, NOT_DUE_YET, VERDICT_DOES_NOT_FIT, BAD_USER_INPUT.',
  })
  async settleInputPledge(
    @Arg('input', () => SettleInputPledgeInput, { description: 'Whether it was met.' }) input: SettleInputPledgeInput,
    @Ctx() context: Context,
  ): Promise<SettleInputPledgePayload> {
    const deed = { name: 'settleInputPledge', input, by: ['mission-unit'], ...byId(InputPledge) } as const;
    const { noun, ...done } = await perform(context, deed, async (em) => {
      const pledge = await em.findOne(InputPledge, input.inputPledge, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!pledge) refuse('UNKNOWN_PLEDGE', `There is no input pledge ${input.inputPledge}.`, ['inputPledge']);
      expectVersion(input, pledge.version);
      const { how, evidence } = input;
      checkSaid({ evidence });
      if (how === InputPledgeState.SCHEDULED) refuse('BAD_USER_INPUT', 'Say MET, NOT_MET or PARTIALLY_MET.', ['how']);
      const settledOn = dayNotAhead(input.settledOn, 'settledOn');
      pledge.settle({ how, evidence, settledOn, delivered: input.delivered ?? null });
      return pledge;
    });
    return { inputPledge: noun, ...done };
  }
}
