import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf, type Listing, type Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { grouped, type Loader } from '../kernel/loader.js';
import { Contribution, knownContributions } from './contribution.js';
import { ContributionKind, Pooling } from './kinds.js';
import { ContributionState } from './states.js';

@ObjectType({ description: 'A page of contributions, in the order of their ids.' })
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

/** One page somebody asks for: of a mission, of an organisation, or of all (parent ''). */
export interface ListKey {
  by: 'mission_id' | 'contributor_id' | null;
  parent: string;
  args: PageArgs;
  filter: ContributionFilter;
}

/** Pages of contributions; one statement for all that ask for the same page of different parents. */
export const contributionPages: Loader<ListKey, Page<Contribution>> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const pages = new Map<string, Page<Contribution>>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const parents = group.map(({ parent }) => parent);
      const { args, by, filter } = group[0]!;
      const count = (parent: string) => context.load(counts, { ...group[0]!, parent });
      const found = await readNounPages(context, Contribution, parents, args, {
        ...listing(context, by, filter),
        count,
      });
      for (const [place, page] of found.entries()) pages.set(parents[place]! + groupOf(group[0]!), page);
    }
    return keys.map((key) => pages.get(key.parent + groupOf(key)) ?? null);
  },
};

const groupOf = ({ by, args, filter }: ListKey) =>
  JSON.stringify([by, args.first, args.after ?? null, conditionsOf(by, filter)]);

interface Conditions {
  sql: string;
  params: string[];
}

/** What selects the rows of one parent's list, in the table of contributions and in that of the running counts. */
function conditionsOf(by: ListKey['by'], filter: ContributionFilter): Conditions {
  const { mission, contributor, sourceRecordId, state, pooling, kind } = filter;
  const asked = {
    mission_id: mission,
    contributor_id: contributor,
    state,
    pooling,
    kind,
    source_record_id: sourceRecordId,
  };
  const given = Object.entries(asked).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const conditions = [...(by ? [`${by} = parent.id`] : []), ...given.map(([column]) => `${column} = ?`)];
  return { sql: conditions.join(' and ') || 'true', params: given.map(([, value]) => value) };
}

function listing(context: Context, by: ListKey['by'], filter: ContributionFilter): Listing {
  const { sql, params } = conditionsOf(by, filter);
  // An id begins with its contributor, so its rows lie side by side in every index that is in the order of ids.
  const between = by === 'contributor_id' ? ` and id > parent.id || ':' and id < parent.id || ';'` : '';
  const { contributor } = filter;
  const range = contributor
    ? { sql: ' and id > ? and id < ?', params: [`${contributor}:`, `${contributor};`] }
    : { sql: '', params: [] };
  return {
    sql: `select * from ${knownContributions(context)} where ${sql}${between}${range.sql}`,
    params: [...params, ...range.params],
    orderBy: ['id'],
  };
}

/**
 * How many a list has: from the running counts, to which the drafts that the caller sees are added. A cut at an instant
 * and a search by source count the rows themselves.
 */
const counts: Loader<ListKey, number> = {
  cacheKey: (key) => key.parent + groupOf(key),
  async batch(keys, context) {
    const answers = new Map<ListKey, number>();
    for (const group of grouped([...new Set(keys.map(groupOf))], keys, groupOf)) {
      const { sql, params } = countOf(context, group[0]!);
      const parents = group.map(({ parent }) => parent);
      const counted = await context.rows<{ id: string; count: number }>(
        `select parent.id, (${sql})::integer as count from unnest(?::text[]) as parent(id)`,
        [...params, parents],
      );
      const found = new Map(counted.map(({ id, count }) => [id, count]));
      for (const key of group) answers.set(key, found.get(key.parent) ?? 0);
    }
    return keys.map((key) => answers.get(key) ?? 0);
  },
};

function countOf(context: Context, { by, filter }: ListKey): Conditions {
  const { sql, params } = conditionsOf(by, filter);
  if (context.knownAt || filter.sourceRecordId) {
    return { sql: `select count(*) from ${knownContributions(context)} where ${sql}`, params };
  }
  const kept = `(select coalesce(sum(count), 0) from contribution_count where ${sql})`;
  const drafts = `(select count(*) from contribution where state = 'DRAFT' and ${sql})`;
  return { sql: `select ${kept} + ${drafts}`, params: [...params, ...params] };
}
