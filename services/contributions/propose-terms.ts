import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { checkTerms } from './check-terms.js';
import { Contribution } from './contribution.js';
import { answerWith, lastRound, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { ContributionTermsInput } from './terms.js';
import { takeSteps, writeRound, writeVersions } from './writing.js';

@InputType({ description: 'A round of the negotiation.' })
export class ProposeTermsInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => ContributionTermsInput, {
    nullable: true,
    description:
      'The terms you offer, given whole. Only the first round may leave them out: then the terms stand as pledged.',
  })
  terms?: ContributionTermsInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'What you say to the other side; shown only to the two sides and auditors.',
  })
  message?: string | null;

  @Field(() => [String], {
    defaultValue: [],
    description: 'What you want answered; shown only to the two sides and auditors.',
  })
  openQuestions: string[];
}

@ObjectType({ description: 'The contribution, or why the round was declined.' })
export class ProposeTermsPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution, NEGOTIATING; null when declined.' })
  contribution: Contribution | null;
}

@Resolver()
export class ProposeTerms {
  @Mutation(() => ProposeTermsPayload, {
    description:
      'Opens the negotiation of a pledge or answers the last round with other terms, which become the next version. Role: publisher of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NOT_YOUR_TURN, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH.',
  })
  async proposeTerms(
    @Arg('input', () => ProposeTermsInput, { description: 'The round.' }) input: ProposeTermsInput,
    @Ctx() context: Context,
  ): Promise<ProposeTermsPayload> {
    const deed = { name: 'proposeTerms', input, by: ['publisher', 'mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      const { contribution: id, message = null, openQuestions } = input;
      const speakers = { CONTRIBUTOR: 'publisher', MISSION: 'mission-unit' } as const;
      const { contribution, current, side } = await lockFor(em, caller, id, speakers);
      expectVersion(input, contribution.version);
      contribution.mayBecome(ContributionState.NEGOTIATING);
      const last = await lastRound(em, id);
      if (last.side === side) refuse('NOT_YOUR_TURN', 'You made the last offer; the other side answers it first.');
      if (!input.terms && last.ordinal > 0)
        refuse('BAD_USER_INPUT', 'A counter-offer needs terms; or accept the last ones.', ['terms']);
      const number = contribution.number + (input.terms ? 1 : 0);
      if (input.terms) {
        const { kind, pooling } = contribution;
        const expected = {
          kind,
          pooling,
          publicName: current.publicName,
          isDraft: false,
          before: current,
          path: ['terms'],
        };
        await writeVersions(em, [
          { of: contribution, number, isDraft: false, terms: checkTerms(input.terms, expected) },
        ]);
      }
      const { contributorId } = contribution;
      const round = {
        contributionId: id,
        contributorId,
        ordinal: last.ordinal + 1,
        side,
        number,
        message,
        openQuestions,
      };
      await writeRound(em, caller, { ...round, answer: 'COUNTER' });
      const step = { id, contributorId, version: contribution.version + 1, number, effectiveOn: today() };
      await takeSteps(em, caller, [{ ...step, state: ContributionState.NEGOTIATING }]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}
