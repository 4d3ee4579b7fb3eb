import { type Ruling, Verdict } from './assessment.js';
import {
  advantage,
  belowPrecision,
  betterIs,
  broken,
  measuredIn,
  noData,
  shown,
  withinInterval,
  withoutNumber,
  withUnit,
} from './comparison.js';
import { exactAgain, isWithin, magnitude, minus } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import type { Figure } from './observation.js';
import type { Path } from './standing.js';
import { main } from './trajectory.js';

/** The newest figure against what the newest version of a trajectory expects of the same period. */
export function judgeAgainstTrajectory(figure: Figure, path: Path, definitions: DefinitionVersion[]): Ruling {
  const what = `the trajectory ${path.name === main ? '' : `${path.name} `}(version ${path.version})`;
  const unusable = withoutNumber(figure) ?? broken(figure, { what, definition: path.definition }, definitions);
  if (unusable) return unusable;
  if (path.value === null) return noData(`${capital(what)} has no point for ${figure.period}, the newest figure.`);
  const definition = definitions.find(({ number }) => number === figure.definition)!;
  const expected = exactAgain(path.value);
  const measured = measuredIn(figure);
  const subject = `The figure for ${figure.period}`;
  const yardstick = { what: `${what} at`, value: expected };
  // An interval that contains what is expected says that nobody can tell, whatever else is true.
  const unsure = withinInterval(measured, yardstick, definition, subject);
  if (unsure) return unsure;
  const band = bandOf(path);
  if (band && isWithin(measured.value, band.low, band.high)) {
    const span = `${shown(band.low, definition)} to ${withUnit(band.high, definition)}`;
    const rule = `${subject} is ${withUnit(measured.value, definition)}, inside the band of ${what} from ${span}.`;
    return { verdict: Verdict.ON, rule };
  }
  const close = belowPrecision(measured, yardstick, definition, subject);
  if (close) return close;
  const sentence = `${subject} is ${withUnit(measured.value, definition)}; ${what} expects ${shown(expected, definition)}`;
  const margin = shown(magnitude(minus(measured.value, expected)), definition);
  const better = advantage(measured.value, expected, definition.polarity);
  if (better === 0) return { verdict: Verdict.ON, rule: `${sentence}: they are the same.` };
  const word = better > 0 ? 'ahead' : 'behind';
  const rule = `${sentence}. As ${betterIs[definition.polarity]}, it is ${word} by ${margin}.`;
  return { verdict: better > 0 ? Verdict.AHEAD : Verdict.BEHIND, rule };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function bandOf({ low, high }: Path) {
  return low === null || high === null ? null : { low: exactAgain(low), high: exactAgain(high) };
}
