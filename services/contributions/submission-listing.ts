import type { EntityManager } from '@mikro-orm/postgresql';
import { Field, InputType, ObjectType } from 'type-graphql';
import { connectionOf, type Page, type PageArgs, pageOf, readPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { query, type Row } from '../kernel/database.js';
import { FinancialYear } from '../kernel/dates.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { Money } from '../kernel/money.js';
import { knownBy } from './contribution.js';
import { askByOrganisation, inItsStore } from './store.js';
import { organisationIn } from './stores.js';
import { Submission, type SubmissionDiscrepancy, SubmissionState, SubmittedRow } from './submission.js';

@ObjectType({ description: 'A page of submissions, the newest first.' })
export class SubmissionConnection extends connectionOf(Submission) {}

@ObjectType({ description: 'A page of what a submission states, in the order of the ids of contributions.' })
export class SubmittedRowConnection extends connectionOf(SubmittedRow) {}

@InputType({ description: 'Which submissions; all conditions hold together.' })
export class SubmissionFilter {
  @Field(() => FinancialYear, { nullable: true, description: 'For this financial year.' })
  financialYear?: string | null;

  @Field(() => String, { nullable: true, description: 'For this period, P01 to P12.' })
  period?: string | null;

  @Field(() => SubmissionState, { nullable: true, description: 'In this state.' })
  state?: SubmissionState | null;
}

/** Submissions with what became of them, to stand after `from`. `known` says of a table's prefix what was known of it. */
const submissions = (known: (prefix: string) => string) => `(
  select s.*, c.recorded_at as certified_at, c.by_subject as certified_by,
    c.by_organisation as certified_by_organisation, later.id as superseded_by_id,
    later.recorded_at as superseded_at,
    case when later.id is not null then 'SUPERSEDED' when c.submission_id is not null then 'CERTIFIED' else 'PUBLISHED' end as state
  from submission s
    left join submission_certification c on c.submission_id = s.id and ${known('c.')}
    left join submission later on later.supersedes_id = s.id and ${known('later.')}
  where ${known('s.')}) as submission`;

const knownSubmissions = (context: Context) => submissions((prefix) => knownBy(context, 'recorded_at', prefix));

function submissionOf(row: Row): Submission {
  const { row_count, new_count, changed_count, unchanged_count, refused_count } = row;
  return Object.assign(new Submission(), {
    ...{ id: row.id, contributorId: row.contributor_id, financialYear: row.financial_year, period: row.period },
    ...{ number: row.number, hash: row.hash, contentHash: row.content_hash, supersedesId: row.supersedes_id },
    ...{ rowCount: row_count, newCount: new_count, changedCount: changed_count, unchangedCount: unchanged_count },
    ...{ refusedCount: refused_count, publishedAt: row.recorded_at, publishedBy: row.by_subject },
    ...{ certifiedAt: row.certified_at, certifiedBy: row.certified_by },
    ...{ publishedByOrganisation: row.by_organisation, certifiedByOrganisation: row.certified_by_organisation },
    ...{ supersededById: row.superseded_by_id, supersededAt: row.superseded_at, publishers: row.publishers ?? [] },
  });
}

/** A submission as it stands, with who published what is in it; undefined when there is none. For deeds. */
export async function readSubmission(em: EntityManager, id: string): Promise<Submission | undefined> {
  const publishers = `array(select distinct b.by_subject from submission_batch sb join published_batch b on b.id = sb.batch_id
    where sb.submission_id = submission.id) as publishers`;
  const sql = `select submission.*, ${publishers} from ${submissions(() => 'true')} where id = ?`;
  const [row] = await query(em, sql, [id]);
  return row && submissionOf(row);
}

export const submissionsById: Loader<string, Submission> = inItsStore(
  {
    async batch(ids, context) {
      const rows = await context.rows(`select * from ${knownSubmissions(context)} where id = any(?)`, [ids]);
      return inOrder(ids, rows.map(submissionOf), ({ id }) => id);
    },
  },
  (id) => id,
);

interface SubmissionsKey {
  organisation: string;
  args: PageArgs;
  filter: SubmissionFilter;
}

const groupOf = ({ args, filter }: SubmissionsKey) =>
  JSON.stringify([
    args.first,
    args.after ?? null,
    filter.financialYear ?? null,
    filter.period ?? null,
    filter.state ?? null,
  ]);

/** Pages of organisations' submissions, each read in its own store; an error for one whose store is away. */
export const submissionPages: Loader<SubmissionsKey, Page<Submission>> = {
  cacheKey: (key) => `${key.organisation} ${groupOf(key)}`,
  async batch(keys, context) {
    const found = new Map<SubmissionsKey, Page<Submission> | null | Error>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ organisation }) => organisation);
      const pages = await askByOrganisation(
        context,
        parents,
        (id) => id,
        (some, at) => pagesAt(at, group[0]!, some),
      );
      for (const [place, key] of group.entries()) found.set(key, pages[place]!);
    }
    return keys.map((key) => found.get(key) ?? null);
  },
};

async function pagesAt(context: Context, { args, filter }: SubmissionsKey, parents: readonly string[]) {
  const asked = { financial_year: filter.financialYear, period: filter.period, state: filter.state };
  const given = Object.entries(asked).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const where = ['contributor_id = parent.id', ...given.map(([column]) => `${column} = ?`)].join(' and ');
  const params = given.map(([, value]) => value);
  const sql = `select * from ${knownSubmissions(context)} where ${where}`;
  const slices = await readPages<Row>(context, parents, args, { sql, params, orderBy: ['id'], descending: true });
  const count = async (parent: string) => {
    const counting = `select count(*)::int as count from (values (?)) as parent(id), lateral (${sql}) as counted`;
    const [row] = await context.rows<{ count: number }>(counting, [parent, ...params]);
    return row!.count;
  };
  return slices.map((slice, place) => pageOf(slice, submissionOf, () => count(parents[place]!)));
}

interface PeriodKey {
  organisation: string;
  financialYear: string;
  period: string;
}

/** All submissions of an organisation for one period, oldest first. */
export const submissionsOfPeriod: Loader<PeriodKey, Submission[]> = inItsStore(
  {
    cacheKey: ({ organisation, financialYear, period }) => `${organisation} ${financialYear} ${period}`,
    async batch(keys, context) {
      const wanted = 'unnest(?::text[], ?::text[], ?::text[]) as wanted(contributor_id, financial_year, period)';
      const rows = await context.rows(
        `select submission.* from ${wanted} join ${knownSubmissions(context)} using (contributor_id, financial_year, period) order by number`,
        [keys.map((key) => key.organisation), keys.map((key) => key.financialYear), keys.map((key) => key.period)],
      );
      const textOf = (...of: string[]) => of.join(' ');
      return grouped(
        keys.map(({ organisation, financialYear, period }) => textOf(organisation, financialYear, period)),
        rows.map(submissionOf),
        ({ contributorId, financialYear, period }) => textOf(contributorId, financialYear, period),
      );
    },
  },
  ({ organisation }) => organisation,
);

interface RowsKey {
  submission: string;
  args: PageArgs;
}

/** Pages of what submissions state. */
export const submittedRows: Loader<RowsKey, Page<SubmittedRow>> = inItsStore(
  {
    cacheKey: ({ submission, args }) => JSON.stringify([submission, args.first, args.after ?? null]),
    async batch(keys, context) {
      const pageKey = ({ args }: RowsKey) => JSON.stringify([args.first, args.after ?? null]);
      const found = new Map<RowsKey, Page<SubmittedRow>>();
      const sql = 'select contribution_id, number, hash, verdict from submitted_row where submission_id = parent.id';
      const rowOf = ({ contribution_id, number, hash, verdict }: Row) =>
        Object.assign(new SubmittedRow(), { contributionId: contribution_id, number, versionHash: hash, verdict });
      for (const group of grouped([...new Set(keys.map(pageKey))], keys, pageKey)) {
        const ids = group.map(({ submission }) => submission);
        const slices = await readPages<Row>(context, ids, group[0]!.args, { sql, orderBy: ['contribution_id'] });
        const count = async (id: string) => (await context.load(submissionsById, id))?.rowCount ?? null;
        for (const [place, key] of group.entries())
          found.set(
            key,
            pageOf(slices[place]!, rowOf, () => count(key.submission)),
          );
      }
      return keys.map((key) => found.get(key) ?? null);
    },
  },
  ({ submission }) => organisationIn(submission),
);

/** By currency, what submissions state to be paid beside what has been received for the same contributions. */
export const discrepanciesOf: Loader<string, SubmissionDiscrepancy[]> = inItsStore(
  {
    async batch(ids, context) {
      const received = `select deposited from ledger_deposit d where d.contribution_id = s.contribution_id
        and ${knownBy(context, 'recorded_at', 'd.')} order by id desc limit 1`;
      const rows = await context.rows<{ id: string; currency: string; stated: string; received: string }>(
        `select s.submission_id as id, s.currency, sum(s.stated_paid)::text as stated, coalesce(sum(d.deposited), 0)::text as received
         from submitted_row s left join lateral (${received}) d on true
         where s.submission_id = any(?) and s.currency is not null group by 1, 2 order by 1, 2`,
        [ids],
      );
      return grouped(ids, rows, ({ id }) => id).map((some) => some.map(discrepancyOf));
    },
  },
  (id) => id,
);

function discrepancyOf(row: { currency: string; stated: string; received: string }): SubmissionDiscrepancy {
  const [stated, received] = [BigInt(row.stated), BigInt(row.received)];
  return {
    statedPaid: new Money(stated, row.currency),
    received: new Money(received, row.currency),
    difference: new Money(stated - received, row.currency),
  };
}
