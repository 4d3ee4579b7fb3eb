import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { type Page, type PageArgs, readNounPages } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Outcome, OutcomeKind } from './outcome.js';
import { known } from './released.js';

export enum OutcomeOrder {
  BY_ID = 'BY_ID',
  BY_TITLE = 'BY_TITLE',
}
registerEnumType(OutcomeOrder, {
  name: 'OutcomeOrder',
  description: 'How outcomes are listed.',
  valuesConfig: {
    BY_ID: { description: 'By their ids.' },
    BY_TITLE: { description: 'By their titles, those of the same title by their ids.' },
  },
});

const orders: Record<OutcomeOrder, string[]> = {
  [OutcomeOrder.BY_ID]: ['id'],
  [OutcomeOrder.BY_TITLE]: ['title', 'id'],
};

@InputType({ description: 'Which outcomes to list; what is left out does not restrict.' })
export class OutcomeFilter {
  @Field(() => ID, { nullable: true, description: 'Only outcomes of this mission.' })
  mission?: string | null;

  @Field(() => OutcomeKind, { nullable: true, description: 'Only outcomes of this kind.' })
  kind?: OutcomeKind | null;
}

/** A page of the outcomes that fit a filter; totalCount counts what fits, when somebody asks for it. */
export async function outcomePage(
  context: Context,
  args: PageArgs,
  filter: OutcomeFilter,
  orderBy: OutcomeOrder,
): Promise<Page<Outcome>> {
  const [conditions, params] = [[known(context, 'outcome')], [] as string[]];
  if (filter.mission) params.push(filter.mission) && conditions.push('mission_ids @> array[?]::text[]');
  if (filter.kind) params.push(filter.kind) && conditions.push('kind = ?');
  const from = `from outcome where ${conditions.join(' and ')}`;
  const [page] = await readNounPages(context, Outcome, [''], args, {
    ...{ sql: `select * ${from}`, params, orderBy: orders[orderBy] },
    count: async () =>
      (await context.rows<{ count: number }>(`select count(*)::int as count ${from}`, params))[0]!.count,
  });
  return page!;
}
