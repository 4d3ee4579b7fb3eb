import { type Ruling, Verdict } from './assessment.js';
import {
  advantage,
  belowPrecision,
  betterIs,
  broken,
  type Measured,
  measuredIn,
  noData,
  shown,
  withinInterval,
  withoutNumber,
  withStop,
  withUnit,
} from './comparison.js';
import { compare, type Exact, exactAgain, magnitude, minus } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import { bestOf, type Evidence } from './evidence.js';
import { judgeCap } from './judge-cap.js';
import { judgeRate } from './judge-rate.js';
import type { Figure } from './observation.js';
import { type Target, TargetKind } from './target.js';

/** The verdict on one target alone. */
export function judgeAgainstTarget(target: Target, evidence: Evidence): Ruling {
  const { verdict, rule } = rulingOn(target, evidence);
  return { verdict, rule: target.note ? `${rule} ${withStop(target.note)}` : rule };
}

function rulingOn(target: Target, evidence: Evidence): Ruling {
  if (!evidence.latest) return noData('There is no observation yet.');
  if (target.kind === TargetKind.CUMULATIVE_CAP) return judgeCap(target, evidence);
  if (target.kind === TargetKind.POINT_BY_DATE) return judgePoint(target, evidence, evidence.latest);
  if (target.kind === TargetKind.RATE) return judgeRate(target, evidence, evidence.latest);
  return judgeLimit(target, evidence, evidence.latest);
}

function judgePoint(target: Target, { figures, definitions, today }: Evidence, latest: Figure): Ruling {
  const due = target.periodEnd!;
  const set = definitions.find(({ number }) => number === target.definition)!;
  const aim = `the target of ${withUnit(exactAgain(target.value), set)} by ${due}`;
  if (due > today) {
    const unusable = withoutNumber(latest) ?? broken(latest, { what: aim, definition: target.definition }, definitions);
    if (unusable) return unusable;
    const value = withUnit(measuredIn(latest).value, set);
    return noData(
      `The figure for ${latest.period} is ${value}; ${aim} is still ahead: it is judged when that day has come, and until then only a trajectory says what to expect.`,
    );
  }
  const figure = bestOf(
    figures.filter(({ periodStart, periodEnd }) => periodStart <= due && due <= periodEnd),
    target,
    definitions,
  );
  if (!figure) return noData(`There is no figure yet for the period of ${due}, when ${aim} was due.`);
  const unusable = withoutNumber(figure) ?? broken(figure, { what: aim, definition: target.definition }, definitions);
  if (unusable) return unusable;
  return ruled(figure, exactAgain(target.value), `the target, due ${due}, of`, set, (value, wanted) => {
    const better = advantage(value, wanted, set.polarity);
    const margin = shown(magnitude(minus(value, wanted)), set);
    if (better === 0) return { verdict: Verdict.ON, words: 'it was reached exactly' };
    if (better > 0)
      return { verdict: Verdict.AHEAD, words: `as ${betterIs[set.polarity]}, it was passed by ${margin}` };
    return { verdict: Verdict.BEHIND, words: `as ${betterIs[set.polarity]}, it was missed by ${margin}` };
  });
}

/** A floor, a ceiling or a range, which hold for every period in their time. */
function judgeLimit(target: Target, { definitions }: Evidence, latest: Figure): Ruling {
  const set = definitions.find(({ number }) => number === target.definition)!;
  const { periodStart: from, periodEnd: until } = target;
  if (latest.periodStart < from!) {
    return noData(`The target ${target.id} holds from ${from}, and the newest figure is for ${latest.period}.`);
  }
  if (until !== null && latest.periodEnd > until) {
    return noData(`The target ${target.id} held until ${until}, and the newest figure is for ${latest.period}.`);
  }
  const unusable =
    withoutNumber(latest) ??
    broken(latest, { what: `the target ${target.id}`, definition: target.definition }, definitions);
  if (unusable) return unusable;
  const edges = edgesOf(target);
  const rulings = edges.map(({ name, limit, side }) =>
    ruled(latest, limit, `the ${name} of`, set, (value) => {
      const margin = shown(magnitude(minus(value, limit)), set);
      if (compare(value, limit) !== side)
        return { verdict: Verdict.ON, words: margin === '0' ? 'it is kept exactly' : `it is kept by ${margin}` };
      return { verdict: Verdict.BEHIND, words: `it is broken by ${margin}` };
    }),
  );
  return rulings.find(({ verdict }) => verdict !== Verdict.ON) ?? rulings[0]!;
}

interface Edge {
  name: string;
  limit: Exact;
  /** On which side of the limit it is broken: -1 below, 1 above. */
  side: -1 | 1;
}

function edgesOf({ kind, value, upper }: Target): Edge[] {
  const low: Edge = { name: kind === TargetKind.RANGE ? 'lower end' : 'floor', limit: exactAgain(value), side: -1 };
  if (kind === TargetKind.FLOOR) return [low];
  if (kind === TargetKind.CEILING) return [{ name: 'ceiling', limit: exactAgain(value), side: 1 }];
  return [low, { name: 'upper end', limit: exactAgain(upper!), side: 1 }];
}

type Decide = (value: Exact, wanted: Exact) => { verdict: Verdict; words: string };

function ruled(figure: Figure, wanted: Exact, what: string, definition: DefinitionVersion, decide: Decide): Ruling {
  const measured: Measured = measuredIn(figure);
  const subject = `The figure for ${figure.period}`;
  const yardstick = { what, value: wanted };
  const close =
    withinInterval(measured, yardstick, definition, subject) ??
    belowPrecision(measured, yardstick, definition, subject);
  if (close) return close;
  const { verdict, words } = decide(measured.value, wanted);
  const value = withUnit(measured.value, definition);
  return { verdict, rule: `${subject} is ${value}, against ${what} ${shown(wanted, definition)}: ${words}.` };
}
