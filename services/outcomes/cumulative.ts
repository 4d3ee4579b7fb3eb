import { Field, Int, ObjectType } from 'type-graphql';
import { Decimal } from '../kernel/money.js';
import { broken, shown, withStop, withUnit } from './comparison.js';
import { compare, type Exact, exactAgain, magnitude, minus, plus, textOf } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import type { Evidence } from './evidence.js';
import { sumOf, type UnderCap, underCap } from './judge-cap.js';
import { labelOf } from './period.js';
import type { Trend } from './project.js';
import type { Target } from './target.js';

@ObjectType({
  description:
    'How much of a cumulative cap is used and where that leads: the figures of its periods added up exactly, and for periods that are still to come a straight line through the newest figures. It is no verdict; the assessment of the target is. All numbers are in the unit of the definition.',
})
export class Cumulative {
  @Field(() => String, { description: 'The same in words, with how it was projected, or why it could not be.' })
  rule: string;

  @Field(() => Int, { description: 'How many periods of the cap have a figure.' })
  periodsPresent: number;

  @Field(() => Int, { description: 'How many periods the cap has.' })
  periodsWanted: number;

  @Field(() => Decimal, {
    nullable: true,
    description: 'What those figures add up to; null when there is none, or when they cannot be compared with the cap.',
  })
  sum: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'The cap less the sum, below zero when it is exceeded; null when there is no sum.',
  })
  remaining: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'What all periods are expected to add up to; the sum when all are there; null when the rule says why.',
  })
  projected: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Lower end of the 95% prediction interval of projected; null when nothing is projected.',
  })
  low: string | null;

  @Field(() => Decimal, { nullable: true, description: 'Upper end of that interval.' })
  high: string | null;

  @Field(() => Decimal, {
    nullable: true,
    description: 'Projected less the cap: above zero is what is still to be saved, below zero what is to spare.',
  })
  gap: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The period in which the cap is used up, as counted or as projected; null when it lasts.',
  })
  exceededIn: string | null;
}

const nothing = { sum: null, remaining: null, projected: null, low: null, high: null, gap: null, exceededIn: null };

/** How much of a cap is used, and where that leads. */
export function cumulativeOf(target: Target, evidence: Evidence, trend: Trend | string): Cumulative {
  const under = underCap(target, evidence);
  const { definition, starts, present, unusable } = under;
  const counts = { periodsPresent: present.length, periodsWanted: starts.length };
  const made = (found: Partial<Cumulative>, sentences: string[]) => {
    const rule = [...sentences, ...(target.note ? [withStop(target.note)] : [])].join(' ');
    return Object.assign(new Cumulative(), nothing, counts, found, { rule });
  };
  if (unusable) return made({}, [unusable.rule]);
  const cap = exactAgain(target.value);
  const span = `${labelOf(definition.frequency, starts[0]!)} to ${labelOf(definition.frequency, starts.at(-1)!)}`;
  const against = `the cap of ${withUnit(cap, definition)} for ${span}`;
  const sum = present.length > 0 ? sumOf(present).value : { digits: 0n, scale: 0 };
  const remaining = minus(cap, sum);
  const left = `${shown(magnitude(remaining), definition)} ${remaining.digits < 0n ? 'more than' : 'less than'}`;
  const used = `${present.length} of the ${starts.length} periods of ${against} have a figure`;
  const counted =
    present.length > 0
      ? `${capital(used)}; they add up to ${shown(sum, definition)}, ${left} the cap.`
      : `None of the ${starts.length} periods of ${against} has a figure yet.`;
  const found = present.length > 0 ? { sum: textOf(sum), remaining: textOf(remaining) } : {};
  const ahead = present.length === starts.length ? null : stillToCome(target, under, trend, evidence.definitions);
  if (typeof ahead === 'string') return made({ ...found, exceededIn: exceeded(under, cap, []) }, [counted, ahead]);
  const projected = plus(sum, ahead?.sum ?? { digits: 0n, scale: 0 });
  const gap = minus(projected, cap);
  const ends = ahead && { low: textOf(minus(projected, ahead.margin)), high: textOf(plus(projected, ahead.margin)) };
  return made(
    {
      ...{ ...found, ...ends, projected: textOf(projected), gap: textOf(gap) },
      exceededIn: exceeded(under, cap, ahead?.figures ?? []),
    },
    [counted, ...(ahead ? [inWords(ahead, projected, gap, definition)] : [])],
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

interface Ahead {
  figures: { period: string; value: Exact }[];
  sum: Exact;
  margin: Exact;
  words: string;
}

/** What a line gives for the periods that have no figure yet; a sentence where it says nothing about them. */
function stillToCome(
  target: Target,
  { definition, starts, present }: UnderCap,
  trend: Trend | string,
  definitions: DefinitionVersion[],
): Ahead | string {
  if (typeof trend === 'string') return trend;
  const { stretch, line, newest, placeOf, exact, difference } = trend;
  const there = new Set(present.map(({ periodStart }) => periodStart));
  const missing = starts.filter((start) => !there.has(start));
  const gap = missing.find((start) => start <= newest.periodStart);
  if (gap !== undefined) {
    return `There is no figure for ${labelOf(definition.frequency, gap)}, and a line is drawn ahead only.`;
  }
  const apart = broken(newest, { what: `the target ${target.id}`, definition: target.definition }, definitions);
  if (apart) return apart.rule;
  const places = missing.map(placeOf);
  const figures = missing.map((start) => ({
    period: labelOf(definition.frequency, start),
    value: exact(line.at(placeOf(start))),
  }));
  const [from, until] = [stretch.figures[0]!.period, newest.period];
  return {
    figures,
    sum: figures.map(({ value }) => value).reduce(plus),
    margin: difference(line.margin(places)),
    words: `A straight line by least squares through the newest ${stretch.figures.length} figures, ${from} to ${until}`,
  };
}

function inWords(ahead: Ahead, projected: Exact, gap: Exact, definition: DefinitionVersion): string {
  const { figures, margin, words } = ahead;
  const span = `${shown(minus(projected, margin), definition)} to ${shown(plus(projected, margin), definition)}`;
  const all = `${words}, gives the other ${figures.length}, and all together ${withUnit(projected, definition)} (95% prediction interval by Student’s t: ${span})`;
  const side = gap.digits > 0n ? 'more' : 'less';
  return `${all}, ${shown(magnitude(gap), definition)} ${side} than the cap.`;
}

/** The first period with which the figures, counted and then projected, exceed the cap. */
function exceeded({ present }: UnderCap, cap: Exact, ahead: Ahead['figures']): string | null {
  let sum: Exact = { digits: 0n, scale: 0 };
  const counted = present.map(({ period, value }) => ({ period, value: exactAgain(value!) }));
  for (const { period, value } of [...counted, ...ahead]) {
    sum = plus(sum, value);
    if (compare(sum, cap) > 0) return period;
  }
  return null;
}
