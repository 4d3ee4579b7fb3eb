import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../kernel/caller.js';
import { query } from '../kernel/database.js';
import { DateTime } from '../kernel/dates.js';
import { toMinor } from '../kernel/money.js';
import { InstalmentStatus, isMoney, Pooling } from './kinds.js';
import type { Stated } from './published-contribution.js';
import { type PublishedContribution, PublishedVerdict } from './verdict.js';

export enum StoreKind {
  OWN = 'OWN',
  SHARED = 'SHARED',
}
registerEnumType(StoreKind, {
  name: 'StoreKind',
  description: 'In which database the contributions of an organisation are.',
  valuesConfig: {
    OWN: { description: "The organisation's own." },
    SHARED: { description: 'That of everybody, behind row-level security.' },
  },
});

/** A receipt as it is remembered; where the store is changes when the organisation is moved. */
export interface KeptReceipt {
  batch: string;
  publishedAt: string;
  rowCount: number;
  newCount: number;
  changedCount: number;
  unchangedCount: number;
  refusedCount: number;
}

@ObjectType({
  description: 'What is now where after a call of publishContributions; what became of each row stands beside it.',
})
export class PublishingReceipt {
  @Field(() => ID, {
    description: 'The id of the batch that this call was, for publishSubmission; it begins with the organisation.',
  })
  batch: string;

  @Field(() => DateTime, { description: 'When it was published.' })
  publishedAt: string;

  @Field(() => StoreKind, { description: 'Where the contributions of the organisation are now.' })
  store: StoreKind;

  @Field(() => Int, { description: 'Rows that were accepted: new, changed and unchanged.' })
  rowCount: number;

  @Field(() => Int, { description: 'Rows that were not known before.' })
  newCount: number;

  @Field(() => Int, { description: 'Rows that have a new version now.' })
  changedCount: number;

  @Field(() => Int, { description: 'Rows that were published just so before.' })
  unchangedCount: number;

  @Field(() => Int, { description: 'Rows that were refused.' })
  refusedCount: number;
}

/** What the source says has been paid into a pool; null of what does not go into one. */
function statedPaid({ is, terms: { currency, instalments } }: Stated): { minor: string; currency: string } | null {
  if (!currency || !isMoney(is.kind as Parameters<typeof isMoney>[0]) || is.pooling !== Pooling.POOLED) return null;
  const paid = instalments.filter(({ status }) => status === InstalmentStatus.STATED_PAID);
  const minor = paid.reduce((sum, { amount }) => sum + toMinor(amount.amount, currency), 0n);
  return { minor: minor.toString(), currency };
}

/** Keeps what one call published for an organisation, until it is submitted for a period and after. */
export async function keepBatch(
  em: EntityManager,
  { caller, organisation }: { caller: Caller; organisation: string },
  verdicts: readonly PublishedContribution[],
  stated: readonly Stated[],
): Promise<KeptReceipt> {
  const of = new Map(stated.map((each) => [each.place, each]));
  const countOf = (verdict: PublishedVerdict) => verdicts.filter((each) => each.verdict === verdict).length;
  const rows = verdicts
    .filter(({ accepted }) => accepted)
    .map(({ id, number, versionHash, verdict, row }) => {
      const paid = statedPaid(of.get(row)!);
      return {
        contribution: id,
        number,
        hash: versionHash,
        verdict,
        statedPaid: paid?.minor ?? null,
        currency: paid?.currency ?? null,
      };
    });
  const counts = {
    ...{ rowCount: rows.length, newCount: countOf(PublishedVerdict.NEW) },
    ...{ changedCount: countOf(PublishedVerdict.CHANGED), unchangedCount: countOf(PublishedVerdict.UNCHANGED) },
    refusedCount: countOf(PublishedVerdict.REFUSED),
  };
  const batch = `${organisation}:batch-${uuid()}`;
  const [kept] = await query<{ recorded_at: string }>(
    em,
    `insert into published_batch (id, contributor_id, rows, row_count, new_count, changed_count, unchanged_count,
       refused_count, by_subject, by_organisation) values (?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?, ?) returning recorded_at`,
    [
      ...[batch, organisation, JSON.stringify(rows), counts.rowCount, counts.newCount, counts.changedCount],
      ...[counts.unchangedCount, counts.refusedCount, caller.subject, caller.organisation],
    ],
  );
  return { batch, publishedAt: kept!.recorded_at, ...counts };
}
