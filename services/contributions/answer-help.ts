import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { byId, DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { Contribution } from './contribution.js';
import { HelpAnswer, HelpAnswerKind, HelpRequest } from './help-request.js';
import { ContributionState } from './states.js';
import { atStoreOf } from './store.js';

@InputType({ description: 'The answer to a request for help.' })
export class AnswerHelpInput extends DeedInput {
  @Field(() => ID, { description: 'The request.' })
  helpRequest: string;

  @Field(() => HelpAnswerKind, { description: 'The answer.' })
  answer: HelpAnswerKind;

  @Field(() => String, { description: 'Why; shown only to the two sides and auditors.' })
  reason: string;

  @Field(() => ID, {
    nullable: true,
    description: 'A contribution of yours to the mission that asks, pledged at least; for YES and COUNTER.',
  })
  contribution?: string | null;
}

@ObjectType({ description: 'The request, or why the answer was declined.' })
export class AnswerHelpPayload extends DeedPayload {
  @Field(() => HelpRequest, { nullable: true, description: 'The request with its answer; null when declined.' })
  helpRequest: HelpRequest | null;
}

@Resolver()
export class AnswerHelp {
  @Mutation(() => AnswerHelpPayload, {
    description:
      'An organisation answers a request for help, once. Role: publisher of the organisation that is asked. Refusals: NOT_FOUND, ALREADY_ANSWERED, UNKNOWN_CONTRIBUTION, BAD_USER_INPUT.',
  })
  async answerHelp(
    @Arg('input', () => AnswerHelpInput, { description: 'The answer.' }) input: AnswerHelpInput,
    @Ctx() context: Context,
  ): Promise<AnswerHelpPayload> {
    const deed = { name: 'answerHelp', input, by: ['publisher'], ...byId(HelpRequest) } as const;
    const { answer, reason, contribution: contributionId = null } = input;
    const { noun, ...done } = await perform(atStoreOf(context, input.helpRequest), deed, async (em, caller) => {
      const request = await lockRequest(em, input.helpRequest);
      if (await em.findOne(HelpAnswer, { helpRequestId: request.id })) {
        refuse('ALREADY_ANSWERED', 'This request is answered already; an answer stays as it is.');
      }
      if (reason.trim() === '') refuse('BAD_USER_INPUT', 'Say why.', ['reason']);
      if (contributionId) await expectFor(em, request, contributionId, answer);
      const { id: helpRequestId, contributorId } = request;
      em.create(HelpAnswer, {
        helpRequestId,
        contributorId,
        answer,
        reason,
        contributionId,
        bySubject: caller.subject,
      });
      return request;
    });
    return { helpRequest: noun, ...done };
  }
}

/** Row-level security leaves out what is asked of others, which is then as if it did not exist. */
async function lockRequest(em: EntityManager, id: string): Promise<HelpRequest> {
  const request = await em.findOne(HelpRequest, { id });
  if (!request) return refuse('NOT_FOUND', 'There is no request for help with this id.', ['helpRequest']);
  await query(em, 'select pg_advisory_xact_lock(hashtextextended(?, 0))', [id]);
  return request;
}

async function expectFor(
  em: EntityManager,
  { contributorId, missionId }: HelpRequest,
  id: string,
  answer: HelpAnswerKind,
): Promise<void> {
  if (answer === HelpAnswerKind.NO)
    refuse('BAD_USER_INPUT', 'A NO comes with no contribution; leave it out.', ['contribution']);
  const found = await em.findOne(Contribution, { id, contributorId });
  if (!found) return refuse('UNKNOWN_CONTRIBUTION', 'You have no contribution with this id.', ['contribution']);
  if (found.missionId !== missionId || found.state === ContributionState.DRAFT) {
    refuse('BAD_USER_INPUT', `Name a contribution to ${missionId} that is pledged at least.`, ['contribution']);
  }
}
