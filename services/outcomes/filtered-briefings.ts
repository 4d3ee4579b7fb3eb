import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { type Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Briefing, BriefingState } from './briefing.js';
import { newestFirst, stateOf } from './briefing-lists.js';
import { known } from './released.js';

export enum BriefingOrder {
  HELD_LATEST_FIRST = 'HELD_LATEST_FIRST',
  HELD_EARLIEST_FIRST = 'HELD_EARLIEST_FIRST',
}
registerEnumType(BriefingOrder, {
  name: 'BriefingOrder',
  description: 'How briefings are listed.',
  valuesConfig: {
    HELD_LATEST_FIRST: { description: 'By when they are held, the latest first.' },
    HELD_EARLIEST_FIRST: { description: 'By when they are held, the earliest first.' },
  },
});

const orders: Record<BriefingOrder, { orderBy: string[]; descending: boolean }> = {
  [BriefingOrder.HELD_LATEST_FIRST]: newestFirst,
  [BriefingOrder.HELD_EARLIEST_FIRST]: { ...newestFirst, descending: false },
};

@InputType({ description: 'Which briefings to list; what is left out does not restrict.' })
export class BriefingFilter {
  @Field(() => ID, { nullable: true, description: 'Only briefings of this mission.' })
  mission?: string | null;

  @Field(() => BriefingState, { nullable: true, description: 'Only briefings in this state.' })
  state?: BriefingState | null;
}

/** A page of the briefings that fit a filter; totalCount counts what fits, when somebody asks for it. */
export async function briefingPage(
  context: Context,
  args: PageArgs,
  filter: BriefingFilter,
  orderBy: BriefingOrder,
): Promise<Page<Briefing>> {
  const [conditions, params] = [[known(context, 'briefing')], [] as string[]];
  if (filter.mission) params.push(filter.mission) && conditions.push('mission_id = ?');
  if (filter.state) params.push(filter.state) && conditions.push(`${stateOf(context)} = ?`);
  const from = `from briefing where ${conditions.join(' and ')}`;
  const [page] = await readNounPages(context, Briefing, [''], args, {
    ...{ sql: `select * ${from}`, params, ...orders[orderBy] },
    count: async () =>
      (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
  });
  return page!;
}
