import { dayInLondon } from '../kernel/dates.js';
import { refuse } from '../kernel/refusal.js';
import { compare, exactAgain } from './decimal.js';
import type { DefinitionVersion } from './definition.js';
import { exampleOf, startsBetween } from './period.js';
import type { SetTargetInput } from './set-target.js';
import { checkAddress, checkSaid, checkSlug } from './slug.js';
import { type Target, TargetKind } from './target.js';

const needsStart = new Set([TargetKind.FLOOR, TargetKind.CEILING, TargetKind.RANGE, TargetKind.CUMULATIVE_CAP]);
const needsEnd = new Set([TargetKind.POINT_BY_DATE, TargetKind.RATE, TargetKind.CUMULATIVE_CAP]);

export type TargetColumns = ReturnType<typeof targetColumnsFrom>;

/** The columns of a target from what a client wrote; refuses what does not go together. */
export function targetColumnsFrom(input: SetTargetInput, definition: DefinitionVersion) {
  const { kind, value, setBy } = input;
  const [upper, periodStart, periodEnd] = [input.upper ?? null, input.periodStart ?? null, input.periodEnd ?? null];
  checkSlug(input.id, ['id']);
  checkSaid({ setBy });
  checkAddress(input.sourceUrl, ['sourceUrl']);
  if ((kind === TargetKind.RANGE) !== (upper !== null)) {
    refuse('BAD_USER_INPUT', 'A RANGE has an upper end, and nothing else has.', ['upper']);
  }
  if (upper !== null && compare(exactAgain(upper), exactAgain(value)) <= 0) {
    refuse('BAD_USER_INPUT', 'The upper end must be above the lower one.', ['upper']);
  }
  if (needsStart.has(kind) && !periodStart) {
    refuse('BAD_USER_INPUT', `A ${kind} needs the first day it holds for.`, ['periodStart']);
  }
  if (needsEnd.has(kind) && !periodEnd) refuse('BAD_USER_INPUT', `A ${kind} needs its last day.`, ['periodEnd']);
  if (periodStart && periodEnd && periodEnd < periodStart) {
    refuse('BAD_USER_INPUT', 'It ends before it begins.', ['periodEnd']);
  }
  if (kind === TargetKind.CUMULATIVE_CAP) checkWhole(periodStart!, periodEnd!, definition);
  return {
    definition: definition.number,
    kind,
    value,
    upper,
    periodStart,
    periodEnd,
    setBy,
    legalBasis: input.legalBasis ?? null,
    sourceUrl: input.sourceUrl ?? null,
    verified: input.verified ?? null,
    note: input.note ?? null,
  };
}

/**
 * Nothing is promised of a day that is over. A cap is another thing: its account is drawn up when all its periods are
 * there, for series too that were defined after them, and a target cannot have been known before its definition was.
 */
export function checkStillAhead({ kind, periodEnd }: TargetColumns, knownAt: Date): void {
  const day = dayInLondon(knownAt);
  if (kind === TargetKind.CUMULATIVE_CAP || periodEnd === null || periodEnd >= day) return;
  const sentence = `It ends on ${periodEnd}, and became known on ${day}: a target is set before it is over. State when it was set (releasedAt).`;
  refuse('BAD_USER_INPUT', sentence, ['periodEnd']);
}

/** Half a period cannot be added up. A thousand periods are more than any cap has. */
function checkWhole(from: string, until: string, { frequency }: DefinitionVersion): void {
  const isTooLong = Number(until.slice(0, 4)) - Number(from.slice(0, 4)) > 80;
  if (!isTooLong && startsBetween(frequency, from, until)) return;
  const sentence = `A cap covers whole periods of its measure (such as ${exampleOf(frequency)}), for at most 80 years.`;
  refuse('PERIOD_DOES_NOT_FIT', sentence, ['periodEnd']);
}

/** Whether a revision would say nothing new. */
export function isSameTarget(target: Target, columns: TargetColumns): boolean {
  const { value, upper, ...rest } = columns;
  const isSameNumber = (one: string | null, other: string | null) =>
    one === null || other === null ? one === other : compare(exactAgain(one), exactAgain(other)) === 0;
  return (
    isSameNumber(target.value, value) &&
    isSameNumber(target.upper, upper) &&
    Object.entries(rest).every(([column, content]) => target[column as keyof typeof rest] === content)
  );
}
