import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { byId, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { AgreementInput, agreementIn } from './agreement-input.js';
import { Contribution } from './contribution.js';
import { answerWith, lastRound, lockFor, today } from './standing.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';
import { variationOf } from './variation.js';
import { takeSteps, writeAgreements, writeRound } from './writing.js';

@InputType({ description: 'The acceptance of the last terms, and the agreement it makes.' })
export class AcceptTermsInput extends AgreementInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => String, { description: 'The hash of the version you accept: what you read is what you sign.' })
  versionHash: string;

  @Field(() => String, {
    nullable: true,
    description: 'What you say to the other side; shown only to the two sides and auditors.',
  })
  message?: string | null;
}

@ObjectType({ description: 'The contribution, or why the acceptance was declined.' })
export class AcceptTermsPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description:
      'The contribution: AGREED; or, where a variation was accepted, still on its terms in force; null when declined.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class AcceptTerms {
  @Mutation(() => AcceptTermsPayload, {
    description:
      'Accepts the last terms of the other side: both have agreed on the same version. Also for the variation of a contribution that is binding already. Role: publisher of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NOT_YOUR_TURN, NOT_LAST_VERSION, ALREADY_AGREED, BAD_USER_INPUT.',
  })
  async acceptTerms(
    @Arg('input', () => AcceptTermsInput, { description: 'The acceptance.' }) input: AcceptTermsInput,
    @Ctx() context: Context,
  ): Promise<AcceptTermsPayload> {
    const deed = { name: 'acceptTerms', input, by: ['publisher', 'mission-unit'], ...byId(Contribution) } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      await accept(em, caller, input);
      return answerWith(em, input.contribution);
    });
    return { contribution: noun, ...done };
  }
}

async function accept(em: EntityManager, caller: Caller, input: AcceptTermsInput): Promise<void> {
  const { contribution: id, message = null, versionHash } = input;
  const speakers = { CONTRIBUTOR: 'publisher', MISSION: 'mission-unit' } as const;
  const { contribution, current, side } = await lockFor(em, caller, id, speakers);
  expectVersion(input, contribution.version);
  const variation = await variationOf(em, contribution);
  if (!variation) contribution.mayBecome(ContributionState.AGREED);
  if (variation?.agreed) refuse('ALREADY_AGREED', 'This variation is agreed already; commit it or decline it.');
  const last = await lastRound(em, id);
  if (last.side === side) refuse('NOT_YOUR_TURN', 'These are your own terms; the other side accepts them.');
  const { number, hash } = variation?.version ?? current;
  if (versionHash !== hash) {
    refuse('NOT_LAST_VERSION', `Only the last version (${number}) can be accepted, by its hash.`, ['versionHash']);
  }
  const { contributorId } = contribution;
  const about = { contributionId: id, contributorId, number };
  const agreement = agreementIn(input, contributorId);
  await writeRound(em, caller, {
    ...{ ...about, ordinal: last.ordinal + 1, side, answer: 'ACCEPT', message, openQuestions: [] },
  });
  const signedOn = input.signedOn ?? today();
  await writeAgreements(em, [{ ...about, ...agreement, signedOn, concludedOutside: false }]);
  if (variation) return;
  const step = { id, contributorId, version: contribution.version + 1, number, effectiveOn: signedOn };
  await takeSteps(em, caller, [{ ...step, state: ContributionState.AGREED }]);
}
