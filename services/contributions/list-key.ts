import type { PageArgs } from '../kernel/connection.js';
import type { ContributionOrder } from './contribution-order.js';
import type { ContributionFilter } from './listing.js';

/** One page somebody asks for: of a mission, of an organisation, or of all (parent ''). */
export interface ListKey {
  by: 'mission_id' | 'contributor_id' | null;
  parent: string;
  args: PageArgs;
  filter: ContributionFilter;
  order: ContributionOrder;
}

/** Whose contributions alone a list has, by its parent; null when it may have those of many. */
export const contributorOf = ({ by, filter }: Pick<ListKey, 'by' | 'filter'>): ((parent: string) => string) | null => {
  if (by === 'contributor_id') return (parent) => parent;
  const { contributor } = filter;
  return contributor ? () => contributor : null;
};

/** What all that is asked alike of several parents has in common. */
export const groupOf = ({ by, args, filter, order }: ListKey) =>
  JSON.stringify([by, args.first, args.after ?? null, order, conditionsOf(by, filter)]);

export interface Conditions {
  sql: string;
  params: unknown[];
}

/** What selects the rows of one parent's list, in the table of contributions and in that of the running counts. */
export function conditionsOf(by: ListKey['by'], filter: ContributionFilter): Conditions {
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
