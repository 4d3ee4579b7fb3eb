import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { FinancialYear } from '../kernel/dates.js';
import { contributions } from './belongings.js';
import { Contribution } from './contribution.js';
import { Organisation } from './organisation.js';
import { Submission, SubmissionDiscrepancy, SubmissionStep, SubmittedRow, stepsIn } from './submission.js';
import {
  discrepanciesOf,
  SubmissionConnection,
  SubmissionFilter,
  SubmittedRowConnection,
  submissionPages,
  submissionsById,
  submissionsOfPeriod,
  submittedRows,
} from './submission-listing.js';

@Resolver(() => Submission)
export class SubmissionResolver {
  @Query(() => Submission, { nullable: true, description: 'One submission by its id. Errors: NOT_FOUND.' })
  submission(
    @Arg('id', () => ID, { description: 'Its id, <organisation>:submission-<uuid>.' }) id: string,
    @Ctx() context: Context,
  ) {
    return context.find(submissionsById, id);
  }

  @FieldResolver(() => Organisation, { nullable: true, description: 'Whose it is.' })
  organisation(@Root() { contributorId }: Submission) {
    return { id: contributorId };
  }

  @FieldResolver(() => Submission, {
    nullable: true,
    description: 'The one for the same period whose place it took; null for the first.',
  })
  supersedes(@Root() { supersedesId }: Submission, @Ctx() context: Context) {
    return supersedesId ? context.load(submissionsById, supersedesId) : null;
  }

  @FieldResolver(() => Submission, { nullable: true, description: 'The one that took its place; null while none has.' })
  supersededBy(@Root() { supersededById }: Submission, @Ctx() context: Context) {
    return supersededById ? context.load(submissionsById, supersededById) : null;
  }

  @FieldResolver(() => SubmittedRowConnection, {
    nullable: true,
    description: 'What it states, in the order of the ids of contributions.',
  })
  rows(@Root() { id }: Submission, @Args(() => PageArgs) args: PageArgs, @Ctx() context: Context) {
    return context.load(submittedRows, { submission: id, args });
  }

  @FieldResolver(() => [SubmissionDiscrepancy], {
    nullable: true,
    description: 'Stated beside received, one for each currency of pooled money in it; equal sums are listed too.',
  })
  discrepancy(@Root() { id }: Submission, @Ctx() context: Context) {
    return context.load(discrepanciesOf, id);
  }

  @FieldResolver(() => [SubmissionStep], { description: 'Its publication and, where there is one, its certification.' })
  history(@Root() submission: Submission) {
    return stepsIn(submission);
  }
}

@Resolver(() => SubmittedRow)
export class SubmittedRowResolver {
  @FieldResolver(() => Contribution, { nullable: true, description: 'The contribution, as it stands now.' })
  contribution(@Root() { contributionId }: SubmittedRow, @Ctx() context: Context) {
    return context.load(contributions, contributionId);
  }
}

@Resolver(() => SubmissionStep)
export class SubmissionStepResolver {
  @FieldResolver(() => Organisation, {
    nullable: true,
    description: 'For whom that person acted: the organisation itself, or the body that had taken over from it.',
  })
  organisation(@Root() { byOrganisation }: SubmissionStep) {
    return { id: byOrganisation };
  }
}

@Resolver(() => Organisation)
export class OrganisationSubmissions {
  @FieldResolver(() => SubmissionConnection, {
    nullable: true,
    description:
      'What it has submitted, the newest first, superseded ones too; null with the error STORE_UNAVAILABLE while its own store does not answer.',
  })
  submissions(
    @Root() { id }: Organisation,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('filter', () => SubmissionFilter, { nullable: true, description: 'Which; all when left out.' })
    filter: SubmissionFilter | null,
    @Ctx() context: Context,
  ) {
    return context.load(submissionPages, { organisation: id, args, filter: filter ?? {} });
  }

  @FieldResolver(() => [SubmissionStep], {
    nullable: true,
    description: 'Every publication and certification of its submissions for one period, oldest first.',
  })
  async submissionHistory(
    @Root() { id }: Organisation,
    @Arg('financialYear', () => FinancialYear, { description: 'The financial year.' }) financialYear: string,
    @Arg('period', () => String, { description: 'The period, P01 to P12.' }) period: string,
    @Ctx() context: Context,
  ): Promise<SubmissionStep[]> {
    const found = await context.load(submissionsOfPeriod, { organisation: id, financialYear, period });
    return (found ?? []).flatMap(stepsIn).sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  }
}
