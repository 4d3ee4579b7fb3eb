import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../kernel/context.js';
import { isInside, writeOffApprovalsOf, writeOffsOf } from './belongings.js';
import { Contribution } from './contribution.js';
import { Organisation } from './organisation.js';
import { ContributionWriteOff } from './write-off.js';
import { WriteOffApproval, waiting } from './write-off-approval.js';

@Resolver(() => Contribution)
export class ContributionWriteOffs {
  @FieldResolver(() => [ContributionWriteOff], { description: 'What is not expected any more, oldest first.' })
  writeOffs(@Root() { id }: Contribution, @Ctx() context: Context) {
    return context.load(writeOffsOf, id);
  }

  @FieldResolver(() => WriteOffApproval, {
    nullable: true,
    description:
      'A write-off that one side has approved and the other has not, of the contribution as it stands; null when there is none, and for all but the two sides and auditors.',
  })
  async pendingWriteOff(@Root() { id, contributorId, version }: Contribution, @Ctx() context: Context) {
    if (!(await isInside(context, contributorId))) return null;
    const approvals = (await context.load(writeOffApprovalsOf, id)) ?? [];
    return waiting(approvals, version, (await context.load(writeOffsOf, id)) ?? []);
  }
}

@Resolver(() => ContributionWriteOff)
export class WriteOffApprovals {
  @FieldResolver(() => [WriteOffApproval], {
    description:
      'The two approvals that made it hold, the first one first; empty for what was recorded before two were needed.',
  })
  async approvals(@Root() { contributionId, contentHash }: ContributionWriteOff, @Ctx() context: Context) {
    const approvals = (await context.load(writeOffApprovalsOf, contributionId)) ?? [];
    return contentHash ? approvals.filter((each) => each.contentHash === contentHash).slice(-2) : [];
  }
}

@Resolver(() => WriteOffApproval)
export class WriteOffApprovalResolver {
  @FieldResolver(() => Organisation, { nullable: true, description: 'The organisation of the person.' })
  organisation(@Root() { organisation }: WriteOffApproval) {
    return { id: organisation };
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The person, as the access token names them; null for all but the two sides and auditors.',
  })
  async subject(@Root() { subject, contributorId }: WriteOffApproval, @Ctx() context: Context) {
    return (await isInside(context, contributorId)) ? subject : null;
  }
}
