import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import type { Page, PageArgs } from '../kernel/connection.js';
import type { Context } from '../kernel/context.js';
import { filteredPage } from './filtered-page.js';
import { Mission, MissionState } from './mission.js';

export enum MissionOrder {
  BY_ID = 'BY_ID',
  BY_NAME = 'BY_NAME',
}
registerEnumType(MissionOrder, {
  name: 'MissionOrder',
  description: 'How missions are listed.',
  valuesConfig: {
    BY_ID: { description: 'By their ids.' },
    BY_NAME: { description: 'By their names, those of the same name by their ids.' },
  },
});

const orders: Record<MissionOrder, string[]> = {
  [MissionOrder.BY_ID]: ['id'],
  [MissionOrder.BY_NAME]: ['name', 'id'],
};

@InputType({ description: 'Which missions; every field given must hold.' })
export class MissionFilter {
  @Field(() => MissionState, { nullable: true, description: 'In this state.' })
  state?: MissionState | null;

  @Field(() => ID, { nullable: true, description: 'Led by this organisation.' })
  lead?: string | null;
}

export const missionPage = (
  context: Context,
  args: PageArgs,
  filter: MissionFilter,
  orderBy: MissionOrder,
): Promise<Page<Mission>> =>
  filteredPage(context, Mission, args, {
    from: context.known('mission'),
    conditions: [
      ['state = ?', filter.state],
      ['lead_id = ?', filter.lead],
    ],
    orderBy: orders[orderBy],
  });
