import { registerEnumType } from 'type-graphql';
import type { Listing } from '../kernel/connection.js';

export enum ContributionOrder {
  BY_ID = 'BY_ID',
  RECORDED_LATEST_FIRST = 'RECORDED_LATEST_FIRST',
}
registerEnumType(ContributionOrder, {
  name: 'ContributionOrder',
  description: 'How contributions are listed. A cursor belongs to the order it was made in.',
  valuesConfig: {
    BY_ID: { description: 'By their ids: by contributor, and of each the one recorded first.' },
    RECORDED_LATEST_FIRST: { description: 'The one first that the hub learnt of last, whoever contributes it.' },
  },
});

interface Sorting extends Pick<Listing, 'orderBy' | 'descending'> {
  /** How two of them lie in a list over several stores, as a comparison for `sort`. */
  compare(one: { id: string }, other: { id: string }): number;
}

/** What an id ends with tells when the hub learnt of the contribution. */
const recorded = (id: string) => id.slice(id.indexOf(':') + 1);

const byText = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** The order in the tables and between stores. Each order has cursors of its own length, so that none is taken for another. */
export function sortingOf(order: ContributionOrder, isOfOneContributor: boolean): Sorting {
  if (order === ContributionOrder.BY_ID) return { orderBy: ['id'], compare: (one, other) => byText(one.id, other.id) };
  return {
    // Of one contributor ids are in the order of time already, and its rows lie side by side under them.
    orderBy: isOfOneContributor ? ['id', 'recorded'] : ['recorded', 'id'],
    descending: true,
    compare: (one, other) => byText(recorded(other.id), recorded(one.id)) || byText(other.id, one.id),
  };
}
