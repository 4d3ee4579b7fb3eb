import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf, type Listing, Page, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Contribution, knownContributions } from './contribution.js';
import { sortingOf } from './contribution-order.js';
import { counts, storesWithPart } from './counting.js';
import { ContributionKind, Pooling } from './kinds.js';
import { conditionsOf, contributorOf, groupOf, type ListKey } from './list-key.js';
import { ContributionState } from './states.js';
import { type Asked, all, askByOrganisation, askEvery } from './store.js';

@ObjectType({ description: 'A page of contributions, in the order asked for.' })
export class ContributionConnection extends connectionOf(Contribution) {}

@InputType({ description: 'Which contributions; all conditions hold together.' })
export class ContributionFilter {
  @Field(() => ID, { nullable: true, description: 'To this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'By this organisation.' })
  contributor?: string | null;

  @Field(() => ContributionState, { nullable: true, description: 'In this state.' })
  state?: ContributionState | null;

  @Field(() => Pooling, { nullable: true, description: 'Joined to the mission like this.' })
  pooling?: Pooling | null;

  @Field(() => ContributionKind, { nullable: true, description: 'Of this kind.' })
  kind?: ContributionKind | null;

  @Field(() => String, { nullable: true, description: "With this id in its contributor's own system." })
  sourceRecordId?: string | null;
}

/** A page of what all stores have, and the organisations whose own store did not answer. */
export class PageOfStores extends Page<Contribution> {
  unavailable: string[] = [];
}

/** Pages of contributions; one statement at each store for all that ask for the same page of different parents. */
export const contributionPages: Loader<ListKey, PageOfStores> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const pages = new Map<string, PageOfStores>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ parent }) => parent);
      for (const [place, page] of (await pagesOf(context, group[0]!, parents)).entries())
        pages.set(parents[place]! + groupOf(group[0]!), page);
    }
    return keys.map((key) => pages.get(key.parent + groupOf(key)) ?? null);
  },
};

/** The same page of several parents. A list by contributor is in one store each; any other list may be in all of them. */
async function pagesOf(context: Context, key: ListKey, parents: string[]): Promise<PageOfStores[]> {
  const { args } = key;
  const read = ({ at, valid }: Pick<Asked, 'at' | 'valid'>, some: readonly string[]) =>
    readNounPages(at, Contribution, some, args, listing(at, key, valid));
  const countOf = (parent: string) => () => context.load(counts, { ...key, parent });
  const one = contributorOf(key);
  if (one) {
    const found = await askByOrganisation(context, parents, one, (some, at) => read({ at, valid: all }, some));
    return found.map((page, place) =>
      mergedPage(
        page instanceof Page ? [page] : [],
        key,
        countOf(parents[place]!),
        page instanceof Error ? [one(parents[place]!)] : [],
      ),
    );
  }
  const withPart = await storesWithPart(context, key, parents);
  const { answers, away } = await askEvery(context, async (asked) =>
    asked.organisation === null || !withPart || withPart.has(asked.organisation) ? read(asked, parents) : null,
  );
  return parents.map((parent, place) =>
    mergedPage(
      answers.flatMap((pages) => pages?.[place] ?? []),
      key,
      countOf(parent),
      away,
    ),
  );
}

/** One page out of those of several stores, in the one order they are all in. */
function mergedPage(
  pages: Page<Contribution>[],
  { args: { first, after }, order }: ListKey,
  count: () => Promise<number | null>,
  away: string[],
): PageOfStores {
  const { compare } = sortingOf(order, false);
  const found = pages.flatMap(({ edges }) => edges).sort((one, other) => compare(one.node, other.node));
  const edges = found.slice(0, first);
  const merged = new PageOfStores(
    edges.map(({ node }) => node),
    (place) => edges[place]!.cursor,
    {
      hasNextPage: found.length > first || pages.some(({ pageInfo }) => pageInfo.hasNextPage),
      hasPreviousPage: Boolean(after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  );
  merged.unavailable = away;
  return merged;
}

function listing(context: Context, key: ListKey, valid: Asked['valid']): Listing {
  const { by, filter, order } = key;
  const { orderBy, descending = false } = sortingOf(order, contributorOf(key) !== null);
  const { sql, params } = conditionsOf(by, filter);
  // An id begins with its contributor, so its rows lie side by side in every index that is in the order of ids.
  const between = by === 'contributor_id' ? ` and id > parent.id || ':' and id < parent.id || ';'` : '';
  const { contributor } = filter;
  const range = contributor
    ? { sql: ' and id > ? and id < ?', params: [`${contributor}:`, `${contributor};`] }
    : { sql: '', params: [] };
  return {
    sql: `select * from ${knownContributions(context)} where ${sql} and ${valid.sql}${between}${range.sql}`,
    params: [...params, ...valid.params, ...range.params],
    ...{ orderBy, descending },
  };
}
