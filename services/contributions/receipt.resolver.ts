import { Arg, Args, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Organisation } from './organisation.js';
import { PublishingReceipt } from './publishing-receipt.js';
import { batchStandings, PublishingReceiptConnection, publishesFor, receiptPages } from './receipt-listing.js';
import { Submission } from './submission.js';
import { submissionsById } from './submission-listing.js';

@Resolver(() => PublishingReceipt)
export class ReceiptResolver {
  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Who published it, by the subject of the token; null after a dry run.',
  })
  async publishedBy(@Root() { batch }: PublishingReceipt, @Ctx() context: Context) {
    return (await context.load(batchStandings, batch))?.publishedBy ?? null;
  }

  @FieldResolver(() => Submission, {
    nullable: true,
    description: 'The submission it is in; null while it is in none.',
  })
  async submission(@Root() { batch }: PublishingReceipt, @Ctx() context: Context) {
    const standing = await context.load(batchStandings, batch);
    return standing?.submissionId ? context.load(submissionsById, standing.submissionId) : null;
  }
}

@Resolver(() => Organisation)
export class OrganisationReceipts {
  @FieldResolver(() => PublishingReceiptConnection, {
    nullable: true,
    description:
      'The receipts of what was published for it, the newest first. Shown to its own people, to those of a body that took over from it, and to auditors; empty for everybody else.',
  })
  receipts(
    @Root() { id }: Organisation,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('submitted', () => Boolean, {
      nullable: true,
      description: 'True: only what is in a submission; false: only what is in none yet; all when left out.',
    })
    submitted: boolean | null | undefined,
    @Ctx() context: Context,
  ) {
    return context.load(receiptPages, { organisation: id, args, submitted: submitted ?? null });
  }

  @FieldResolver(() => [Organisation], {
    nullable: true,
    description:
      'For whom it publishes, submits and certifies now, in the order of ids: itself, and the bodies it alone took over from; not itself once it is gone. Source: the organisation register.',
  })
  async publishesFor(@Root() { id }: Organisation, @Ctx() context: Context) {
    return ((await context.load(publishesFor, id)) ?? []).map((body) => ({ id: body }));
  }
}
