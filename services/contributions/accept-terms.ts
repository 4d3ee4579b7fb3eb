import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { Day } from '../kernel/dates.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { isSlug } from '../kernel/slug.js';
import { notInFuture } from './check-terms.js';
import { Contribution } from './contribution.js';
import { AgreementInstrument } from './kinds.js';
import { answerWith, lastRound, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { takeSteps, writeAgreements, writeRound } from './writing.js';

@InputType({ description: 'The acceptance of the last terms, and the agreement it makes.' })
export class AcceptTermsInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'The hash of the version you accept: what you read is what you sign.' })
  versionHash: string;

  @Field(() => AgreementInstrument, { description: 'The form of the agreement.' })
  instrument: AgreementInstrument;

  @Field(() => [ID], { description: 'The organisations that signed: two at least, the contributor among them.' })
  signatories: string[];

  @Field(() => Day, { nullable: true, description: 'The day it was signed, not in the future; today when left out.' })
  signedOn?: string | null;

  @Field(() => String, { nullable: true, description: 'The reference of the signed document; public.' })
  reference?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What you say to the other side; shown only to the two sides and auditors.',
  })
  message?: string | null;
}

@ObjectType({ description: 'The contribution, or why the acceptance was declined.' })
export class AcceptTermsPayload extends DeedPayload {
  @Field(() => Contribution, { nullable: true, description: 'The contribution, AGREED; null when declined.' })
  contribution: Contribution | null;
}

@Resolver()
export class AcceptTerms {
  @Mutation(() => AcceptTermsPayload, {
    description:
      'Accepts the last terms of the other side: both have agreed on the same version. Role: publisher of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NOT_YOUR_TURN, NOT_LAST_VERSION, BAD_USER_INPUT.',
  })
  async acceptTerms(
    @Arg('input', () => AcceptTermsInput, { description: 'The acceptance.' }) input: AcceptTermsInput,
    @Ctx() context: Context,
  ): Promise<AcceptTermsPayload> {
    const deed = { name: 'acceptTerms', input, by: ['publisher', 'mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(context, deed, async (em, caller) => {
      const { contribution: id, instrument, message = null, reference = null, signedOn } = input;
      const speakers = { CONTRIBUTOR: 'publisher', MISSION: 'mission-unit' } as const;
      const { contribution, current, side } = await lockFor(em, caller, id, speakers);
      expectVersion(input, contribution.version);
      contribution.mayBecome(ContributionState.AGREED);
      const last = await lastRound(em, id);
      if (last.side === side) refuse('NOT_YOUR_TURN', 'These are your own terms; the other side accepts them.');
      if (input.versionHash !== current.hash) {
        refuse('NOT_LAST_VERSION', `Only the last version (${current.number}) can be accepted, by its hash.`, [
          'versionHash',
        ]);
      }
      notInFuture(signedOn, ['signedOn']);
      const { contributorId, number } = contribution;
      const signatories = signatoriesIn(input.signatories, contributorId);
      const round = {
        contributionId: id,
        contributorId,
        ordinal: last.ordinal + 1,
        side,
        number,
        message,
        openQuestions: [],
      };
      await writeRound(em, caller, { ...round, answer: 'ACCEPT' });
      const agreement = {
        contributionId: id,
        contributorId,
        number,
        instrument,
        signatories,
        reference,
        concludedOutside: false,
      };
      await writeAgreements(em, [{ ...agreement, signedOn: signedOn ?? today() }]);
      const step = { id, contributorId, version: contribution.version + 1, number, effectiveOn: signedOn ?? today() };
      await takeSteps(em, caller, [{ ...step, state: ContributionState.AGREED }]);
      return answerWith(em, id);
    });
    return { contribution: noun, ...done };
  }
}

function signatoriesIn(stated: string[], contributor: string): string[] {
  const signatories = [...new Set(stated)];
  if (!signatories.every(isSlug) || signatories.length < 2 || !signatories.includes(contributor)) {
    refuse('BAD_USER_INPUT', 'Name two signatories at least by their ids, the contributor among them.', [
      'signatories',
    ]);
  }
  return signatories;
}
