import { ObjectType } from 'type-graphql';
import { connectionOf, type Listing, Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import { grouped, inOrder, type Loader } from '../kernel/loader.js';
import { knownBy } from './contribution.js';
import { HelpAnswer, HelpRequest } from './help-request.js';
import { storeUnavailable } from './own-store.js';
import { type Asked, askEvery, inItsStore } from './store.js';

@ObjectType({ description: 'A page of requests for help, in the order of their ids.' })
export class HelpRequestConnection extends connectionOf(HelpRequest) {}

/** A page of what all stores have, and the organisations whose own store did not answer. */
export class PageOfHelp extends Page<HelpRequest> {
  unavailable: string[] = [];
}

/** One page of a mission's requests, or of those to an organisation. */
export interface HelpKey {
  by: 'mission_id' | 'contributor_id';
  parent: string;
  args: PageArgs;
}

const groupOf = ({ by, args }: HelpKey) => JSON.stringify([by, args.first, args.after ?? null]);

/** Pages of requests; one statement at each store for all that ask for the same page of different parents. */
export const helpPages: Loader<HelpKey, PageOfHelp> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const pages = new Map<string, PageOfHelp>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ parent }) => parent);
      const { by, args } = group[0]!;
      const { answers, away } = await askEvery(context, (asked) => readAt(asked, { by, args }, parents));
      for (const [place, parent] of parents.entries()) {
        const found = answers.map((each) => each[place]!);
        pages.set(parent + groupOf(group[0]!), merged(found, args, away));
      }
    }
    return keys.map((key) => pages.get(key.parent + groupOf(key)) ?? null);
  },
};

async function readAt({ at, valid }: Asked, { by, args }: Pick<HelpKey, 'by' | 'args'>, parents: string[]) {
  const where = `${by} = parent.id and ${valid.sql} and ${knownBy(at, 'recorded_at')}`;
  const list: Listing = { sql: `select * from help_request where ${where}`, params: valid.params, orderBy: ['id'] };
  const count = async (parent: string) => {
    const sql = `select count(*)::integer as count from help_request, (values (?)) as parent(id) where ${where}`;
    const [row] = await at.rows<{ count: number }>(sql, [parent, ...valid.params]);
    return row!.count;
  };
  return readNounPages(at, HelpRequest, parents, args, { ...list, count });
}

/** One page out of those of several stores. Of a list that lacks a store there is no count: it would be a smaller one. */
function merged(pages: Page<HelpRequest>[], { first, after }: PageArgs, away: string[]): PageOfHelp {
  const found = pages.flatMap(({ edges }) => edges).sort((one, other) => (one.node.id < other.node.id ? -1 : 1));
  const edges = found.slice(0, first);
  const count = async () => {
    if (away.length > 0) throw storeUnavailable(away[0]!);
    const counts = await Promise.all(pages.map((page) => page.totalCount()));
    return counts.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  };
  const pageInfo = {
    hasNextPage: found.length > first || pages.some((page) => page.pageInfo.hasNextPage),
    hasPreviousPage: Boolean(after),
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  const nodes = edges.map(({ node }) => node);
  const page = new PageOfHelp(nodes, (place) => edges[place]!.cursor, pageInfo, count);
  return Object.assign(page, { unavailable: away });
}

export const answersTo: Loader<string, HelpAnswer> = inItsStore(
  {
    async batch(ids, context) {
      const sql = `select * from help_answer where help_request_id = any(?) and ${knownBy(context, 'recorded_at')}`;
      return inOrder(ids, await context.nouns(HelpAnswer, sql, [ids]), ({ helpRequestId }) => helpRequestId);
    },
  },
  (id) => id,
);
