import { Field, InputType, registerEnumType } from 'type-graphql';
import type { Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { Day, dayInLondon } from '../kernel/dates.js';
import { type Condition, filteredPage } from './filtered-page.js';
import { Organisation, OrganisationKind } from './organisation.js';

export enum OrganisationOrder {
  BY_ID = 'BY_ID',
  BY_NAME = 'BY_NAME',
}
registerEnumType(OrganisationOrder, {
  name: 'OrganisationOrder',
  description: 'How organisations are listed.',
  valuesConfig: {
    BY_ID: { description: 'By their ids.' },
    BY_NAME: { description: 'By their names, those of the same name by their ids.' },
  },
});

const orders: Record<OrganisationOrder, string[]> = {
  [OrganisationOrder.BY_ID]: ['id'],
  [OrganisationOrder.BY_NAME]: ['name', 'id'],
};

@InputType({ description: 'Which organisations; every field given must hold.' })
export class OrganisationFilter {
  @Field(() => OrganisationKind, { nullable: true, description: 'Of this kind.' })
  kind?: OrganisationKind | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'True: open today, in London, or on the day of `As-Known-At`; false: closed by then, or not open yet. As with `openOn`, a first day that is not known is long past, and a last one has not come.',
  })
  open?: boolean | null;

  @Field(() => Day, {
    nullable: true,
    description: 'Open on this day: from its first day (`validFrom`) to its last one (`validTo`), both included.',
  })
  openOn?: string | null;
}

/** A day that is not known, being null, fails no comparison here and meets none below. */
const openOn = (day: string | null | undefined): Condition[] => [
  ['(valid_from is null or valid_from <= ?)', day],
  ['(valid_to is null or valid_to >= ?)', day],
];
const notOpenOn = (day: string): Condition[] => [['(valid_from > ? or valid_to < ?)', day, day]];

export function organisationPage(
  context: Context,
  args: PageArgs,
  { kind, open, openOn: day }: OrganisationFilter,
  orderBy: OrganisationOrder,
): Promise<Page<Organisation>> {
  const today = dayInLondon(context.knownAt ?? new Date());
  return filteredPage(context, Organisation, args, {
    from: context.known('organisation'),
    conditions: [['kind = ?', kind], ...openOn(day), ...(open === false ? notOpenOn(today) : openOn(open && today))],
    orderBy: orders[orderBy],
  });
}
