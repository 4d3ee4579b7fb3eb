import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Context } from '../kernel/context.js';
import { Day, dayInLondon } from '../kernel/dates.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { Money, MoneyInput } from '../kernel/money.js';
import { refuse } from '../kernel/refusal.js';
import { Decision } from './decision.js';
import { Dependency, DependencyState } from './dependency.js';
import { existingOrganisation } from './organisation.js';

@InputType({ description: 'Who waits on which decision.' })
export class ReportWaitingInput extends DeedInput {
  @Field(() => ID, { description: 'Id of the decision that is waited for.' })
  decision: string;

  @Field(() => ID, { description: 'Id of the organisation that waits.' })
  waiter: string;

  @Field(() => Day, { description: 'The day since which it waits, not in the future.' })
  since: string;

  @Field(() => Day, { nullable: true, description: 'The day by which it needs the decision.' })
  neededBy?: string | null;

  @Field(() => String, { description: 'Why it cannot go on without it.' })
  reason: string;

  @Field(() => String, { nullable: true, description: 'What can be done meanwhile.' })
  meanwhile?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: 'The money that stands still, above zero.' })
  amountBlocked?: MoneyInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'True when made up to show the hub.' })
  illustrative: boolean;
}

@ObjectType({ description: 'The reported waiting, or why it was declined.' })
export class ReportWaitingPayload extends DeedPayload {
  @Field(() => Dependency, { nullable: true, description: 'The waiting; null when declined.' })
  dependency: Dependency | null;
}

@Resolver()
export class ReportWaiting {
  @Mutation(() => ReportWaitingPayload, {
    description:
      'Reports that an organisation waits on a decision, and what money stands still. Role: publisher of the organisation that waits, or mission-unit. Refusals: UNKNOWN_DECISION, UNKNOWN_ORGANISATION, ILLEGAL_TRANSITION, BAD_USER_INPUT.',
  })
  async reportWaiting(
    @Arg('input', () => ReportWaitingInput, { description: 'Who waits on which decision.' }) input: ReportWaitingInput,
    @Ctx() context: Context,
  ): Promise<ReportWaitingPayload> {
    const deed = { name: 'reportWaiting', input, by: ['publisher', 'mission-unit'], ...byId(Dependency) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      if (!caller.roles.has('mission-unit')) context.demand(deed.by, input.waiter);
      await existingOrganisation(em, input.waiter, 'waiter');
      const decision = await em.findOne(Decision, input.decision);
      if (!decision) refuse('UNKNOWN_DECISION', `There is no decision ${input.decision}.`, ['decision']);
      if (!decision.isOpen())
        refuse('ILLEGAL_TRANSITION', `The decision is ${decision.state}; nobody can wait on it any more.`, [
          'decision',
        ]);
      if (input.since > dayInLondon(new Date()))
        refuse('BAD_USER_INPUT', 'Nobody waits since a day in the future.', ['since']);
      const blocked = input.amountBlocked ? Money.of(input.amountBlocked) : null;
      if (blocked && blocked.minor <= 0n)
        refuse('BAD_USER_INPUT', 'The amount is above zero, or left out.', ['amountBlocked']);
      const { decision: decisionId, waiter: waiterId, since, reason, illustrative } = input;
      return em.create(Dependency, {
        ...{
          id: `waiting-${uuid()}`,
          missionId: decision.missionId,
          decisionId,
          waiterId,
          since,
          reason,
          illustrative,
        },
        ...{ neededBy: input.neededBy ?? null, meanwhile: input.meanwhile ?? null, state: DependencyState.WAITING },
        ...{ blockedMinor: blocked?.minor ?? null, blockedCurrency: blocked?.currency ?? null },
      });
    });
    return { dependency: noun, ...done };
  }
}
