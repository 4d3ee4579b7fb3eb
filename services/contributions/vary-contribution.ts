import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { Refused, refuse } from '../kernel/refusal.js';
import { checkTerms } from './check-terms.js';
import { Contribution } from './contribution.js';
import { answerWith, lastRound, lockFor } from './standing.js';
import { atStoreOf } from './store.js';
import { ContributionTermsInput } from './terms.js';
import { belowSettled, canBeVaried, readSettled, variationOf } from './variation.js';
import { writeRound, writeVersions } from './writing.js';

@InputType({ description: 'Other terms for a contribution that is binding already.' })
export class VaryContributionInput extends ChangeInput {
  @Field(() => ID, { description: 'The contribution.' })
  contribution: string;

  @Field(() => ContributionTermsInput, {
    description: 'The terms you offer, given whole: the new total, not the difference. The pool stays as it is.',
  })
  terms: ContributionTermsInput;

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

@ObjectType({ description: 'The contribution, or why the offer was declined.' })
export class VaryContributionPayload extends DeedPayload {
  @Field(() => Contribution, {
    nullable: true,
    description: 'The contribution, still on its terms in force, with the variation beside them; null when declined.',
  })
  contribution: Contribution | null;
}

@Resolver()
export class VaryContribution {
  @Mutation(() => VaryContributionPayload, {
    description:
      'Offers other terms for a COMMITTED or PART_DEPOSITED contribution, or answers such an offer with others. The other side accepts them with acceptTerms; they hold once two people of two organisations have approved them with commitContribution. Role: publisher of the contributor, or mission-unit for the mission. Refusals: NOT_FOUND, STALE_VERSION, ILLEGAL_TRANSITION, NOT_YOUR_TURN, ALREADY_AGREED, LESS_THAN_DEPOSITED, BAD_USER_INPUT, CURRENCY_MISMATCH, CONTROL_TOTAL_MISMATCH.',
  })
  async varyContribution(
    @Arg('input', () => VaryContributionInput, { description: 'The offer.' }) input: VaryContributionInput,
    @Ctx() context: Context,
  ): Promise<VaryContributionPayload> {
    const by = ['publisher', 'mission-unit'] as const;
    const deed = { name: 'varyContribution', input, by, ...byId(Contribution) };
    const { noun, ...done } = await perform(atStoreOf(context, input.contribution), deed, async (em, caller) => {
      await offer(em, caller, input);
      return answerWith(em, input.contribution);
    });
    return { contribution: noun, ...done };
  }
}

async function offer(em: EntityManager, caller: Caller, input: VaryContributionInput): Promise<void> {
  const { contribution: id, message = null, openQuestions } = input;
  const speakers = { CONTRIBUTOR: 'publisher', MISSION: 'mission-unit' } as const;
  const { contribution, current, side } = await lockFor(em, caller, id, speakers);
  expectVersion(input, contribution.version);
  if (!canBeVaried(contribution.state)) throw new Refused([contribution.cannot()]);
  const open = await variationOf(em, contribution);
  if (open?.agreed) refuse('ALREADY_AGREED', 'A variation is agreed already; commit it or decline it first.');
  if (open?.side === side) refuse('NOT_YOUR_TURN', 'You made the last offer; the other side answers it first.');
  const { kind, pooling, contributorId } = contribution;
  const expected = { kind, pooling, publicName: current.publicName, isDraft: false, before: current, path: ['terms'] };
  const terms = checkTerms(input.terms, expected);
  if (terms.budgetId !== current.budgetId) {
    refuse('BAD_USER_INPUT', 'What is binding stays in its pool; leave the budget out.', ['terms', 'budget']);
  }
  const below = belowSettled(await readSettled(em, id), terms.minor, terms.currency);
  if (below) throw new Refused([below]);
  const number = (await lastVersion(em, id)) + 1;
  await writeVersions(em, [{ of: contribution, number, isDraft: false, terms }]);
  const { ordinal } = await lastRound(em, id);
  const round = { contributionId: id, contributorId, ordinal: ordinal + 1, side, number, message, openQuestions };
  await writeRound(em, caller, { ...round, answer: 'COUNTER' });
}

async function lastVersion(em: EntityManager, id: string): Promise<number> {
  const sql = `select number from contribution_version where contribution_id = ? order by number desc limit 1`;
  const [last] = await query<{ number: number }>(em, sql, [id]);
  return last!.number;
}
