import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Decision, DecisionState } from './decision.js';
import { filteredPage } from './filtered-page.js';

export enum DecisionOrder {
  AS_OPENED = 'AS_OPENED',
  BY_DUE = 'BY_DUE',
}
registerEnumType(DecisionOrder, {
  name: 'DecisionOrder',
  description: 'How decisions are listed.',
  valuesConfig: {
    AS_OPENED: { description: 'In the order they were opened.' },
    BY_DUE: { description: 'By the day they are due, the earliest first; those for which none was set come last.' },
  },
});

const orders: Record<DecisionOrder, string[]> = {
  [DecisionOrder.AS_OPENED]: ['id'],
  [DecisionOrder.BY_DUE]: ['due', 'id'],
};

@InputType({ description: 'Which decisions; every field given must hold.' })
export class DecisionFilter {
  @Field(() => ID, { nullable: true, description: 'Of this mission.' })
  mission?: string | null;

  @Field(() => ID, { nullable: true, description: 'To be taken by this organisation.' })
  decider?: string | null;

  @Field(() => [DecisionState], { nullable: true, description: 'In one of these states.' })
  states?: DecisionState[] | null;
}

export const decisionPage = (
  context: Context,
  args: PageArgs,
  filter: DecisionFilter,
  orderBy: DecisionOrder,
): Promise<Page<Decision>> =>
  filteredPage(context, Decision, args, {
    // A cursor has no nulls, so what is not due has a day after all others; the index knows it by the same words.
    from: `(select *, coalesce(due_on, 'infinity') as due from ${context.known('decision')}) as decision`,
    conditions: [
      ['mission_id = ?', filter.mission],
      ['decider_id = ?', filter.decider],
      ['state = any(?)', filter.states],
    ],
    orderBy: orders[orderBy],
  });
