import type { EntityManager } from '@mikro-orm/postgresql';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import type { Context } from '../kernel/context.js';
import { query } from '../kernel/database.js';
import { dayInLondon, daysOf, FinancialYear } from '../kernel/dates.js';
import { DeedInput, DeedPayload, perform } from '../kernel/deed.js';
import { refuse } from '../kernel/refusal.js';
import { hashOf } from './hash.js';
import { holdPublishing } from './publishing-for.js';
import { atStoreOf } from './store.js';
import { Submission } from './submission.js';
import { readSubmission } from './submission-listing.js';
import { add } from './writing.js';

@InputType({ description: 'What to submit for which period.' })
export class PublishSubmissionInput extends DeedInput {
  @Field(() => FinancialYear, { description: 'The financial year.' })
  financialYear: string;

  @Field(() => String, { description: 'The period of that year, P01 (its first month) to P12; it has begun.' })
  period: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Whose submission it is: a body that your organisation took over from, to close what was published for it. Left out: your own.',
  })
  organisation?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'The batches to submit, by the ids on their receipts, each once. Left out: all that are not submitted yet.',
  })
  batches?: string[] | null;
}

@ObjectType({ description: 'The submission, or why it was declined.' })
export class PublishSubmissionPayload extends DeedPayload {
  @Field(() => Submission, { nullable: true, description: 'The submission; null when declined.' })
  submission: Submission | null;
}

/** How a deed remembers an answer that is a submission. */
export const bySubmission = {
  remember: ({ id }: Submission) => id,
  recall: async (em: EntityManager, id: never) => (await readSubmission(em, id))!,
};

@Resolver()
export class PublishSubmission {
  @Mutation(() => PublishSubmissionPayload, {
    description:
      'Closes what your organisation has published, or what was published for one that it took over from, into its submission for a period. A later one for the same period supersedes it, and holds what it held and what was published since. Role: publisher of the organisation, or of the one body that took over from it. Refusals: BAD_USER_INPUT, SUCCEEDED, SEVERAL_SUCCESSORS, UNKNOWN_BATCH, ALREADY_SUBMITTED, NOTHING_TO_SUBMIT.',
  })
  async publishSubmission(
    @Arg('input', () => PublishSubmissionInput, { description: 'The submission.' }) input: PublishSubmissionInput,
    @Ctx() context: Context,
  ): Promise<PublishSubmissionPayload> {
    const deed = { name: 'publishSubmission', input, by: ['publisher'], ...bySubmission } as const;
    const organisation = input.organisation ?? context.caller?.organisation;
    const { noun, ...done } = await perform(atStoreOf(context, organisation), deed, (em, caller) =>
      submit(em, { caller, organisation: organisation! }, input),
    );
    return { submission: noun, ...done };
  }
}

/** The first day of a period: a year has twelve months, whichever it begins with. */
function firstDayOf(financialYear: string, period: string): string {
  const [year, month] = daysOf(financialYear)!.from.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + Number(period.slice(1)) - 1, 1)).toISOString().slice(0, 10);
}

async function submit(
  em: EntityManager,
  { caller, organisation: contributorId }: { caller: Caller; organisation: string },
  input: PublishSubmissionInput,
): Promise<Submission> {
  const { financialYear, period } = input;
  if (!/^P(0[1-9]|1[0-2])$/.test(period)) refuse('BAD_USER_INPUT', 'A period is written P01 to P12.', ['period']);
  if (firstDayOf(financialYear, period) > dayInLondon(new Date()))
    refuse('BAD_USER_INPUT', `${period} of ${financialYear} has not begun.`, ['period']);
  await holdPublishing(em, caller, contributorId, { isAlone: true });
  const batches = await batchesOf(em, contributorId, input.batches ?? null);
  const [before] = await query<{ id: string; number: number; refused_count: number }>(
    em,
    `select id, number, refused_count from submission where contributor_id = ? and financial_year = ? and period = ?
     order by number desc limit 1`,
    [contributorId, financialYear, period],
  );
  const id = `${contributorId}:submission-${uuid()}`;
  const of = { submission_id: id, contributor_id: contributorId };
  await add(
    em,
    'submission_batch',
    batches.map((batch) => ({ batch_id: batch.id, ...of })),
  );
  await query(
    em,
    `insert into submitted_row (submission_id, contributor_id, contribution_id, number, hash, verdict, stated_paid, currency)
     select ?, ?, * from rows_to_submit(?, ?)`,
    [id, contributorId, batches.map((batch) => batch.id), before?.id ?? null],
  );
  const counts = await countsOf(em, id);
  if (counts.rowCount === 0) nothingToSubmit();
  const refusedCount = batches.reduce((sum, each) => sum + each.refused_count, before?.refused_count ?? 0);
  const { contentHash, ...rowCounts } = counts;
  const number = (before?.number ?? 0) + 1;
  const hash = hashOf({
    ...{ organisation: contributorId, financialYear, period, number, supersedes: before?.id ?? null },
    ...{ ...rowCounts, refusedCount, contentHash },
  });
  await add(em, 'submission', [
    {
      ...{ id, contributor_id: contributorId, financial_year: financialYear, period, number },
      ...{ supersedes_id: before?.id ?? null, content_hash: contentHash, hash, row_count: counts.rowCount },
      ...{ new_count: counts.newCount, changed_count: counts.changedCount, unchanged_count: counts.unchangedCount },
      ...{ refused_count: refusedCount, by_subject: caller.subject, by_organisation: caller.organisation },
    },
  ]);
  return (await readSubmission(em, id))!;
}

const nothingToSubmit = () =>
  refuse('NOTHING_TO_SUBMIT', 'Nothing was published since the last submission; publish contributions first.');

interface Batch {
  id: string;
  refused_count: number;
}

/** The batches that are named, or all that are in no submission yet. */
async function batchesOf(em: EntityManager, contributorId: string, named: string[] | null): Promise<Batch[]> {
  const found = await query<Batch & { submission_id: string | null }>(
    em,
    `select b.id, b.refused_count, s.submission_id from published_batch b left join submission_batch s on s.batch_id = b.id
     where b.contributor_id = ? and ${named ? 'b.id = any(?)' : 's.batch_id is null'} order by b.id`,
    named ? [contributorId, named] : [contributorId],
  );
  if (named) {
    if (new Set(named).size !== named.length) refuse('BAD_USER_INPUT', 'Name each batch once.', ['batches']);
    const missing = named.find((id) => !found.some((batch) => batch.id === id));
    if (missing) refuse('UNKNOWN_BATCH', `There is no batch ${missing} of ${contributorId}.`, ['batches']);
    const taken = found.find((batch) => batch.submission_id);
    if (taken) refuse('ALREADY_SUBMITTED', `Batch ${taken.id} is in ${taken.submission_id} already.`, ['batches']);
  }
  if (found.length === 0) nothingToSubmit();
  return found;
}

interface Counts {
  rowCount: number;
  newCount: number;
  changedCount: number;
  unchangedCount: number;
  contentHash: string;
}

async function countsOf(em: EntityManager, id: string): Promise<Counts> {
  const countOf = (verdict: string, name: string) => `count(*) filter (where verdict = '${verdict}')::int as "${name}"`;
  const [counts] = await query<Counts>(
    em,
    `select count(*)::int as "rowCount", ${countOf('NEW', 'newCount')}, ${countOf('CHANGED', 'changedCount')},
       ${countOf('UNCHANGED', 'unchangedCount')}, content_hash_of(?) as "contentHash" from submitted_row where submission_id = ?`,
    [id, id],
  );
  return counts!;
}
