import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { ChangeInput, DeedPayload, expectVersion, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { bySubmission } from './publish-submission.js';
import { holdPublishing } from './publishing-for.js';
import { atStoreOf } from './store.js';
import { Submission } from './submission.js';
import { readSubmission } from './submission-listing.js';
import { add } from './writing.js';

@InputType({ description: 'The certification of a submission.' })
export class CertifySubmissionInput extends ChangeInput {
  @Field(() => ID, { description: 'The submission.' })
  submission: string;

  @Field(() => String, { description: 'Its hash: what is certified is exactly that.' })
  hash: string;
}

@ObjectType({ description: 'The submission, or why the certification was declined.' })
export class CertifySubmissionPayload extends DeedPayload {
  @Field(() => Submission, { nullable: true, description: 'The submission; null when declined.' })
  submission: Submission | null;
}

@Resolver()
export class CertifySubmission {
  @Mutation(() => CertifySubmissionPayload, {
    description:
      'An officer of the organisation answers for a submission by name, publicly; nobody does for what they published. Role: accounting-officer of the organisation, or of the one body that took over from it. Refusals: NOT_FOUND, SUCCEEDED, SEVERAL_SUCCESSORS, STALE_VERSION, ILLEGAL_TRANSITION, NOT_LAST_VERSION, SEPARATION_OF_DUTIES.',
  })
  async certifySubmission(
    @Arg('input', () => CertifySubmissionInput, { description: 'The certification.' }) input: CertifySubmissionInput,
    @Ctx() context: Context,
  ): Promise<CertifySubmissionPayload> {
    const deed = { name: 'certifySubmission', input, by: ['accounting-officer'], ...bySubmission } as const;
    const { noun, ...done } = await perform(atStoreOf(context, input.submission), deed, async (em, caller) => {
      const found = await readSubmission(em, input.submission);
      if (!found) return refuse('NOT_FOUND', 'There is no submission with this id.', ['submission']);
      await holdPublishing(em, caller, found.contributorId, { isAlone: true });
      const submission = (await readSubmission(em, input.submission))!;
      expectVersion(input, submission.version);
      submission.mayBeCertified(caller.subject, input.hash);
      await add(em, 'submission_certification', [
        {
          ...{ submission_id: submission.id, contributor_id: submission.contributorId, hash: submission.hash },
          ...{ by_subject: caller.subject, by_organisation: caller.organisation },
        },
      ]);
      return (await readSubmission(em, submission.id))!;
    });
    return { submission: noun, ...done };
  }
}
