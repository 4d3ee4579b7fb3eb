import { Field, Int, ObjectType } from 'type-graphql';
import { grouped, type Loader } from '../kernel/loader.js';
import { Decimal } from '../kernel/money.js';
import { knownContributions } from './contribution.js';
import { decimalOf, minus, none, plus, type Quantity, quantityOf } from './exact-quantity.js';
import { type Cap, shiftFor } from './share-unit.js';
import { ContributionState } from './states.js';
import { askEvery, demandAll } from './store.js';

@ObjectType({ description: 'Shares of an outcome that stand alike, added up exactly in the unit of the target.' })
export class ShareSum {
  @Field(() => Decimal, { description: 'What they come to; 0 when there is none.' })
  total: string;

  @Field(() => Int, { description: 'How many they are.' })
  count: number;
}

@ObjectType({ description: 'Shares that cannot be held against a target, and why.' })
export class SharesLeftOut {
  @Field(() => String, { description: 'The unit they are all stated in.' })
  unit: string;

  @Field(() => Int, { description: 'How many they are.' })
  count: number;

  @Field(() => String, { description: 'Why they are not counted, in a sentence.' })
  reason: string;
}

@ObjectType({
  description:
    'Whether contributed shares of the outcome close the gap of a cumulative cap. A share counts when its unit is that of the target (tonnes, kt and Mt of CO2e are the same in other sizes) until the year in which the target ends: "MtCO2e until 2027". All numbers are exact and in the unit of the target. Source: the contributors; the gap is that of the outcomes service.',
})
export class GapClosing {
  @Field(() => String, { description: 'The same in words.' })
  rule: string;

  @Field(() => Decimal, {
    nullable: true,
    description: 'What is to be saved, as cumulative.gap; zero or less: nothing; null: nothing is projected.',
  })
  gap: string | null;

  @Field(() => ShareSum, { description: 'Binding: committed, and still to be delivered.' })
  bound: ShareSum;

  @Field(() => ShareSum, { description: 'Delivered: in the figures already, or about to be; not counted again.' })
  delivered: ShareSum;

  @Field(() => ShareSum, { description: 'Binding, and suspended because a condition is not met.' })
  suspended: ShareSum;

  @Field(() => ShareSum, { description: 'Agreed, and binding nobody yet.' })
  agreed: ShareSum;

  @Field(() => ShareSum, { description: 'Negotiated about.' })
  inTalks: ShareSum;

  @Field(() => ShareSum, { description: 'Only pledged.' })
  onlyPledged: ShareSum;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the binding shares alone close it; null when nothing is projected.',
  })
  closes: boolean | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'How much the binding shares leave open, zero or more; null when nothing is projected.',
  })
  open: string | null;

  @Field(() => [SharesLeftOut], { description: 'Shares that are not counted, by their unit.' })
  notCounted: SharesLeftOut[];
}

const { PLEDGED, NEGOTIATING, AGREED, COMMITTED, PART_DEPOSITED, DEPOSITED, FULFILLED, CLOSED, SUSPENDED } =
  ContributionState;
const standings = {
  bound: [COMMITTED, PART_DEPOSITED, DEPOSITED],
  delivered: [FULFILLED, CLOSED],
  suspended: [SUSPENDED],
  agreed: [AGREED],
  inTalks: [NEGOTIATING],
  onlyPledged: [PLEDGED],
} as const satisfies Record<string, readonly ContributionState[]>;
type Standing = keyof typeof standings;
const names = Object.keys(standings) as Standing[];
const live = Object.values(standings).flat();

export interface Shares {
  mission_id: string;
  unit: string;
  state: ContributionState;
  quantity: string;
  count: number;
}

/** The shares of a mission by unit and state. Over a store that is away there are none: a sum would be too small. */
export const sharesOf: Loader<string, Shares[]> = {
  async batch(missions, context) {
    const found = await askEvery(context, ({ at, valid }) =>
      at.rows<Shares>(
        `select share.mission_id, terms.unit, share.state, sum(terms.quantity)::text as quantity, count(*)::integer as count
           from (select * from ${knownContributions(at)} where mission_id = any(?) and kind = 'OUTCOME_SHARE'
             and state = any(?) and ${valid.sql}) share
           join contribution_version terms on terms.contribution_id = share.id and terms.number = share.number
           group by 1, 2, 3 order by 2, 3`,
        [missions, live, ...valid.params],
      ),
    );
    demandAll(found);
    return grouped(missions, found.answers.flat(), ({ mission_id }) => mission_id);
  },
};

/** Holds shares against the gap of a cap. */
export function closingOf(gap: string | null, cap: Cap, shares: readonly Shares[]): GapClosing {
  const sums = new Map<Standing, { total: Quantity; count: number }>(
    names.map((name) => [name, { total: none, count: 0 }]),
  );
  const leftOut = new Map<string, SharesLeftOut>();
  for (const { unit, state, quantity, count } of shares) {
    const shift = shiftFor(unit, cap);
    if (typeof shift === 'string') {
      const before = leftOut.get(unit)?.count ?? 0;
      leftOut.set(unit, { unit, count: before + count, reason: shift });
      continue;
    }
    const sum = sums.get(names.find((name) => (standings[name] as readonly string[]).includes(state))!)!;
    sum.total = plus(sum.total, quantityOf(quantity, shift));
    sum.count += count;
  }
  const missing = gap === null ? null : quantityOf(gap);
  const bound = sums.get('bound')!.total;
  const left = missing && minus(missing, bound);
  const isPositive = (quantity: Quantity | null) => quantity !== null && quantity.digits > 0n;
  const open = left && (isPositive(missing) && isPositive(left) ? left : none);
  const answer = {
    ...(Object.fromEntries(
      [...sums].map(([name, { total, count }]) => [name, { total: decimalOf(total), count }]),
    ) as Record<Standing, ShareSum>),
    ...{ gap, closes: open && open.digits === 0n, open: open && decimalOf(open) },
    notCounted: [...leftOut.values()].sort((one, other) => (one.unit < other.unit ? -1 : 1)),
  };
  return Object.assign(new GapClosing(), answer, { rule: inWords(answer, cap) });
}

const alsoSaid: [standing: Standing, words: string][] = [
  ['suspended', 'suspended'],
  ['agreed', 'agreed'],
  ['inTalks', 'in talks'],
  ['onlyPledged', 'only pledged'],
];

function inWords(found: Omit<GapClosing, 'rule'>, { unit, until }: Cap): string {
  const { gap, bound, open, closes, notCounted } = found;
  const binding = `binding shares until ${until} come to ${bound.total} ${unit}`;
  const others = alsoSaid.flatMap(([name, words]) => (found[name].count > 0 ? [`${found[name].total} ${words}`] : []));
  const sentences = [
    gap === null
      ? `Nothing is projected, so nobody can say what is to be saved; ${binding}.`
      : gap.startsWith('-') || open === null || quantityOf(gap).digits === 0n
        ? `Nothing is to be closed: ${gap.replace(/^-/, '')} ${unit} are to spare; ${binding}.`
        : `${gap} ${unit} are to be saved; ${binding} and ${closes ? 'close the gap' : `leave ${open} open`}.`,
    ...(others.length > 0 ? [`Not counted as binding: ${others.join(', ')}.`] : []),
    ...(notCounted.length > 0 ? ['Shares in other units or for another time are in none of these sums.'] : []),
  ];
  return sentences.join(' ');
}
