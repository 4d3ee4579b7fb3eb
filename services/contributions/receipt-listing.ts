import { ObjectType } from 'type-graphql';
import { connectionOf, type Page, type PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import type { Row } from '../kernel/database.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { instantAsked } from './accountable.js';
import { knownBy } from './contribution.js';
import { PublishingReceipt, StoreKind } from './publishing-receipt.js';
import { inItsStore } from './store.js';
import { organisationIn, storesOf } from './stores.js';

@ObjectType({ description: 'A page of receipts, the newest first.' })
export class PublishingReceiptConnection extends connectionOf(PublishingReceipt) {}

interface ReceiptsKey {
  organisation: string;
  args: PageArgs;
  /** Only those in a submission, or in none; all when left out. */
  submitted: boolean | null;
}

const groupOf = ({ args, submitted }: ReceiptsKey) => JSON.stringify([args.first, args.after ?? null, submitted]);

/** Pages of the receipts of organisations; row-level security leaves out those that are not the caller's to see. */
export const receiptPages: Loader<ReceiptsKey, Page<PublishingReceipt>> = inItsStore(
  {
    cacheKey: (key) => `${key.organisation} ${groupOf(key)}`,
    async batch(keys, context) {
      const found = new Map<ReceiptsKey, Page<PublishingReceipt>>();
      for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
        const pages = await pagesAt(context, group);
        for (const [place, key] of group.entries()) found.set(key, pages[place]!);
      }
      return keys.map((key) => found.get(key) ?? null);
    },
  },
  ({ organisation }) => organisation,
);

async function pagesAt(context: Context, keys: readonly ReceiptsKey[]): Promise<Page<PublishingReceipt>[]> {
  const { args, submitted } = keys[0]!;
  const parents = keys.map(({ organisation }) => organisation);
  const isSubmitted = `exists (select from submission_batch s where s.batch_id = published_batch.id)`;
  const which = submitted === null ? 'true' : `${isSubmitted} = ${submitted}`;
  const where = `contributor_id = parent.id and ${which} and ${knownBy(context, 'recorded_at')}`;
  const sql = `select id, contributor_id, recorded_at, row_count, new_count, changed_count, unchanged_count, refused_count
    from published_batch where ${where}`;
  const slices = await readPages<Row>(context, parents, args, { sql, orderBy: ['id'], descending: true });
  const count = async (parent: string) => {
    const counting = `select count(*)::int as count from (values (?)) as parent(id), lateral (${sql}) as counted`;
    const [row] = await context.rows<{ count: number }>(counting, [parent]);
    return row!.count;
  };
  return slices.map((slice, place) => pageOf(slice, receiptAt(context), () => count(parents[place]!)));
}

const receiptAt = (context: Context) => (row: Row) =>
  Object.assign(new PublishingReceipt(), {
    ...{ batch: row.id, publishedAt: row.recorded_at, rowCount: row.row_count, newCount: row.new_count },
    ...{ changedCount: row.changed_count, unchangedCount: row.unchanged_count, refusedCount: row.refused_count },
    store: storesOf(context.orm).isInItsOwn(row.contributor_id as string) ? StoreKind.OWN : StoreKind.SHARED,
  });

/** Who published a batch, and which submission it is in. */
export interface BatchStanding {
  publishedBy: string;
  submissionId: string | null;
}

export const batchStandings: Loader<string, BatchStanding> = inItsStore(
  {
    async batch(ids, context) {
      const sql = `select b.id, b.by_subject as "publishedBy", s.submission_id as "submissionId"
        from published_batch b left join submission_batch s on s.batch_id = b.id where b.id = any(?)`;
      return inOrder(ids, await context.rows<BatchStanding & { id: string }>(sql, [ids]), ({ id }) => id);
    },
  },
  organisationIn,
);

/** The bodies that an organisation publishes for: itself, unless it is gone, and those that it alone took over from. */
export const publishesFor: Loader<string, string[]> = {
  async batch(ids, context) {
    const rows = await context.rows<{ id: string; body: string }>(
      `select wanted.id, body.id as body from unnest(?::text[]) as wanted(id)
       cross join lateral (select wanted.id union select contributor_id from succession
         where heirs @> jsonb_build_array(jsonb_build_object('organisation', wanted.id))) as body(id)
       where publisher_of(body.id, ?) = wanted.id order by body.id`,
      [ids, instantAsked(context)],
    );
    return grouped(ids, rows, ({ id }) => id).map((found) => found.map(({ body }) => body));
  },
};
