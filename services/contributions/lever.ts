import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { grouped, type Loader } from '../kernel/loader.js';
import { knownContributions } from './contribution.js';
import { ContributionState } from './states.js';
import { askEvery, demandAll } from './store.js';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'Something that can be pulled to meet a challenge.' })
export class Lever {
  @Field(() => ID, { description: 'Its id.' })
  id: string;
}

export enum LeverCover {
  NONE = 'NONE',
  PLEDGED = 'PLEDGED',
  AGREED = 'AGREED',
  BOUND = 'BOUND',
}
registerEnumType(LeverCover, {
  name: 'LeverCover',
  description: 'How far contributions that name a lever bind; the firmest of them counts.',
  valuesConfig: {
    NONE: { description: 'No contribution names it, or only such that ended before anything came of them.' },
    PLEDGED: { description: 'Pledged or negotiated, nothing agreed.' },
    AGREED: { description: 'Agreed, nothing binding.' },
    BOUND: { description: 'At least one is binding, or was kept.' },
  },
});

const { PLEDGED, NEGOTIATING, AGREED, COMMITTED, PART_DEPOSITED, DEPOSITED, FULFILLED, CLOSED, SUSPENDED } =
  ContributionState;
const firmness: [cover: LeverCover, states: readonly ContributionState[]][] = [
  [LeverCover.BOUND, [COMMITTED, PART_DEPOSITED, DEPOSITED, FULFILLED, CLOSED, SUSPENDED]],
  [LeverCover.AGREED, [AGREED]],
  [LeverCover.PLEDGED, [PLEDGED, NEGOTIATING]],
];

@ObjectType({
  description:
    'The contributions that name a lever, of all stores; drafts and those that came to nothing are left out.',
})
export class LeverCoverage {
  @Field(() => LeverCover, { description: 'How far they bind.' })
  cover: LeverCover;

  @Field(() => Int, { description: 'How many are pledged or negotiated.' })
  pledgedCount: number;

  @Field(() => Int, { description: 'How many are agreed and not binding yet.' })
  agreedCount: number;

  @Field(() => Int, { description: 'How many are binding, suspended ones too, or were kept.' })
  boundCount: number;
}

interface Counted {
  lever_id: string;
  state: ContributionState;
  count: number;
}

/** Over a store that is away there is none: its contributions would be missing. */
export const coverageOf: Loader<string, LeverCoverage> = {
  async batch(ids, context) {
    const found = await askEvery(context, ({ at, valid }) =>
      at.rows<Counted>(
        `select lever_id, state, count(*)::integer as count from ${knownContributions(at)}
          where lever_id = any(?) and state <> 'DRAFT' and ${valid.sql} group by 1, 2`,
        [ids, ...valid.params],
      ),
    );
    demandAll(found);
    return grouped(ids, found.answers.flat(), ({ lever_id }) => lever_id).map(coverageBy);
  },
};

function coverageBy(rows: readonly Counted[]): LeverCoverage {
  const [bound, agreed, pledged] = firmness.map(([, states]) =>
    rows.reduce((sum, { state, count }) => sum + (states.includes(state) ? count : 0), 0),
  ) as [number, number, number];
  const [cover = LeverCover.NONE] =
    firmness.find(([, states]) => rows.some(({ state }) => states.includes(state))) ?? [];
  return { cover, pledgedCount: pledged, agreedCount: agreed, boundCount: bound };
}
