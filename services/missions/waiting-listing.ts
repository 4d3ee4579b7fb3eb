import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Dependency, waitingStates } from './dependency.js';
import { filteredPage } from './filtered-page.js';

export enum WaitingOnOrder {
  LONGEST_FIRST = 'LONGEST_FIRST',
  BY_MISSION = 'BY_MISSION',
}
registerEnumType(WaitingOnOrder, {
  name: 'WaitingOnOrder',
  description: 'How what is waited for is listed.',
  valuesConfig: {
    LONGEST_FIRST: { description: 'By the day since which they wait, the longest wait first.' },
    BY_MISSION: { description: 'By the ids of missions, within each the longest wait first.' },
  },
});

const orders: Record<WaitingOnOrder, string[]> = {
  [WaitingOnOrder.LONGEST_FIRST]: ['since', 'id'],
  [WaitingOnOrder.BY_MISSION]: ['mission_id', 'since', 'id'],
};

@InputType({ description: 'Which waitings; every field given must hold.' })
export class WaitingOnFilter {
  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'On a decision of this organisation.' })
  decider?: string | null;
}

/** SQL that is true while somebody still waits. */
export const stillWaiting = `state in (${waitingStates.map((state) => `'${state}'`).join(', ')})`;

export const waitingPage = (
  context: Context,
  args: PageArgs,
  filter: WaitingOnFilter,
  orderBy: WaitingOnOrder,
): Promise<Page<Dependency>> =>
  filteredPage(context, Dependency, args, {
    from: `(select * from ${context.known('dependency')} where ${stillWaiting}) as dependency`,
    conditions: [
      ['mission_id = ?', filter.mission],
      [`decision_id in (select id from ${context.known('decision')} where decider_id = ?)`, filter.decider],
    ],
    orderBy: orders[orderBy],
  });
