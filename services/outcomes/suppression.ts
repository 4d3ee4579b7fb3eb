import type { EntityManager } from '@mikro-orm/postgresql';
import { areasAreAdditive, type DefinitionVersion } from './definition.js';
import { ValueKind } from './observation-enums.js';
import type { RowFault } from './observation-input.js';
import { type Cube, cubesOf } from './period-cells.js';
import { leftNarrow } from './ranges.js';
import { type GivenAway, givenAway, type Place, type Standing, sumsOver } from './sums.js';
import { type View, viewsOf } from './suppression-views.js';
import type { PlacedRow } from './vintages.js';

interface Measured {
  definition: DefinitionVersion;
  /** All of its measure. */
  definitions: readonly DefinitionVersion[];
  nationalArea: string;
  /** The release into which the rows are put; null: they are public at once. */
  releaseId: string | null;
}

/**
 * Refuses rows with which a suppressed figure could be worked out, or known to within one unit, from what is public or
 * will be: from a whole, its other parts, and other sums over them, in whichever vintage and under whichever definition
 * there is a number; from the samples beside it; or because it is a number under another definition. So it is with what
 * waits in other releases and without it. Answers the faults by the rows' places. What is promised stands in decisions 12 and 16.
 */
export async function faultsOfSuppression(
  em: EntityManager,
  { definition, definitions, nationalArea, releaseId }: Measured,
  made: readonly PlacedRow[],
): Promise<Map<number, RowFault>> {
  const faults = new Map<number, RowFault>();
  const alike = definitions.filter(({ frequency }) => frequency === definition.frequency);
  const additiveOver = [...new Set(alike.flatMap((each) => each.additiveOver))];
  const says = ({ valueKind, sampleSize }: PlacedRow) =>
    sampleSize !== null || valueKind === ValueKind.SUPPRESSED || valueKind === ValueKind.NOT_APPLICABLE;
  if (made.length === 0 || (additiveOver.length === 0 && alike.length === 1 && !made.some(says))) return faults;
  const additive = { dimensions: additiveOver, nationalArea: areasAreAdditive({ additiveOver }) ? nationalArea : null };
  for (const cubes of await cubesOf(em, definition, alike, { made, releaseId })) {
    const found = new Map(cubes.flatMap((cube) => [...faultsElsewhere(cube)]));
    // What one view has refused the others do without.
    for (let count = -1; count < found.size; ) {
      count = found.size;
      for (const cube of cubes)
        for (const view of viewsOf(cube, additive, { nationalArea, decimals: definition.decimals }))
          addFaults(view, cube, found);
    }
    for (const [key, fault] of found) faults.set(cubes[0]!.rows.get(key)!.place, fault);
  }
  return faults;
}

const code = 'SUPPRESSED_CAN_BE_INFERRED';

/** A figure is not shown under one definition and suppressed under another, unless its publisher goes from one to the other. */
function faultsElsewhere({ rows, own, elsewhere, places }: Cube): Map<string, RowFault> {
  const faults = new Map<string, RowFault>();
  for (const [key, { valueKind }] of rows) {
    const { hiddenIn, shownIn } = elsewhere.get(key) ?? { hiddenIn: null, shownIn: null };
    if ((own.get(key)?.ever ?? 'UNKNOWN') !== 'UNKNOWN') continue;
    const figure = `The figure of ${nameOf(places.get(key)!)}`;
    if (valueKind === ValueKind.NUMBER && hiddenIn !== null) {
      const message = `${figure} is suppressed under definition ${hiddenIn}; suppress it here as well, or show it there first.`;
      faults.set(key, { code, field: 'valueKind', message });
    } else if (valueKind === ValueKind.SUPPRESSED && shownIn !== null) {
      const message = `${figure} is public under definition ${shownIn}, so that suppressing it here alone hides nothing; suppress it there first.`;
      faults.set(key, { code, field: 'valueKind', message });
    }
  }
  return faults;
}

interface Found extends GivenAway {
  /** It is not worked out, but lies within one unit. */
  isNarrow: boolean;
}

/** Takes rows out of the batch until nothing suppressed is given away by it, nor by what is left of it. */
function addFaults(view: View, cube: Cube, faults: Map<string, RowFault>): void {
  const { places, rows } = cube;
  const { before, after } = view;
  for (const key of faults.keys()) if (after.standings.get(key) === 'KNOWN') takeBack(key);
  if (![...after.standings.values()].includes('SECRET')) return;
  const lost = new Set<string>();
  const idOf = ({ secret, isNarrow }: Found) => `${isNarrow} ${secret}`;
  for (;;) {
    // A figure that its publisher wants suppressed stays secret here, also when its own row is refused.
    const wanted = disclosed(view, [...places], after, true).filter((each) => !lost.has(idOf(each)));
    const found =
      wanted.length > 0 ? wanted : keptIn().filter((each) => changedBy(each).some((key) => !faults.has(key)));
    if (found.length === 0) return;
    const numbers = new Set<string>();
    for (const each of found) {
      const changed = changedBy(each);
      const shown = changed.filter((key) => after.standings.get(key) === 'KNOWN');
      // What is public already cannot be taken back: this figure is known, whatever is refused.
      if (wanted.length > 0 && shown.length === 0) lost.add(idOf(each));
      for (const key of changed) if (!faults.has(key)) faults.set(key, faultFor(each, view, cube, shown.length > 0));
      for (const key of shown) numbers.add(key);
    }
    for (const key of numbers) takeBack(key);
  }

  function takeBack(key: string): void {
    after.standings.set(key, before.standings.get(key) ?? 'UNKNOWN');
    const number = before.numbers.get(key);
    if (number === undefined) after.numbers.delete(key);
    else after.numbers.set(key, number);
  }

  /** A revised number says nothing new of what follows from sums alone; it does of how much is left of a whole. */
  function changedBy({ by, isNarrow }: Found): string[] {
    const isOther = (key: string) =>
      after.standings.get(key) !== before.standings.get(key) ||
      (isNarrow && after.numbers.get(key) !== before.numbers.get(key));
    return [...by].filter((key) => rows.has(key) && isOther(key));
  }

  /** The figures as they will be there, without the rows that are refused. */
  function keptIn(): Found[] {
    const there = [...places].filter(([key]) => before.standings.has(key) || (rows.has(key) && !faults.has(key)));
    const stateOf = (key: string) => (faults.has(key) ? before : after);
    const standings = new Map(there.map(([key]): [string, Standing] => [key, stateOf(key).standings.get(key)!]));
    const numbers = new Map(
      there.flatMap(([key]): [string, bigint][] => {
        const number = stateOf(key).numbers.get(key);
        return number === undefined ? [] : [[key, number]];
      }),
    );
    return disclosed(view, there, { standings, numbers }, false);
  }
}

function disclosed(view: View, places: [string, Place][], state: View['after'], isWhole: boolean): Found[] {
  const { standings, numbers } = state;
  const sums = sumsOver(
    places.map(([, place]) => place),
    view.additive,
    isWhole,
  );
  return [
    ...givenAway(sums, standings).map((each) => ({ ...each, isNarrow: false })),
    ...leftNarrow(sums, standings, { numbers, unit: view.unit }).map((each) => ({ ...each, isNarrow: true })),
  ];
}

function faultFor(found: Found, { isOfSamples }: View, { places, without }: Cube, byNumbers: boolean): RowFault {
  const what = `${isOfSamples ? 'sample' : 'figure'} of ${nameOf(places.get(found.secret)!)}`;
  const field = isOfSamples ? 'sampleSize' : 'valueKind';
  const message = byNumbers ? sentence() : known();
  return { code, field, message };

  function sentence(): string {
    if (without.length > 0)
      return `With this, the suppressed ${what} could be worked out, or to within one unit, before ${without.join(' and ')} comes. Put this into the same release, or publish it afterwards.`;
    if (isOfSamples)
      return `With this, the suppressed ${what} could be worked out, or to within 1. Leave sampleSize out of the whole or of another part as well.`;
    if (found.isNarrow)
      return `With this, so little of a whole is left for the suppressed ${what} that it is known to within one unit. Suppress that whole as well, or a larger part of it.`;
    return `With this, the suppressed ${what} could be worked out from a whole and its other parts. Suppress another part as well, or hand in the parts of a whole together and the whole last.`;
  }

  function known(): string {
    const much = found.isNarrow ? ' to within one unit' : '';
    return `What is published already says the ${what}${much}, by a whole and its other parts; suppressing it now hides nothing.`;
  }
}

const nameOf = ({ area, dimensions }: Place) =>
  [area, ...Object.entries(dimensions).map(([name, value]) => `${name} ${value}`)].join(', ');
