// Which figures of one period could be worked out from the others, where parts sum to wholes. Nothing here knows a
// number: it is enough which figures are known, and which are not. What the numbers say besides stands in ranges.ts.

/** What a figure of one period is about. */
export interface Place {
  area: string;
  dimensions: Record<string, string>;
}

/** KNOWN to everybody, SECRET because it is suppressed, or simply not there (UNKNOWN). */
export type Standing = 'KNOWN' | 'SECRET' | 'UNKNOWN';

/** Which parts sum to wholes. */
export interface Additive {
  /** Names of dimensions. */
  dimensions: readonly string[];
  /** The whole that areas sum to; null where areas do not. */
  nationalArea: string | null;
}

/** A whole and all its parts, by their keys. */
export interface Sum {
  whole: string;
  parts: Set<string>;
}

const sorted = (dimensions: Record<string, string>) =>
  Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1));

/** Names a place; equal text means the same one. */
export const keyOfPlace = ({ area, dimensions }: Place): string => JSON.stringify([area, sorted(dimensions)]);

/** Areas of one kind divide the whole; the first three characters of a GSS code say the kind, and nations are one. */
function kindOf(area: string): string {
  if (!/^[A-Z]\d{8}$/.test(area)) return 'by name';
  return area.slice(1, 3) === '92' ? 'nation' : area.slice(0, 3);
}

/** England, Northern Ireland, Scotland and Wales, by the letter that the codes of all areas inside them begin with. */
const nations = { E: 'E92000001', N: 'N92000002', S: 'S92000003', W: 'W92000004' };

/** What parts there are in a table: the values of each dimension, and the areas of each kind. */
interface Divisions {
  values: Map<string, Set<string>>;
  areas: Map<string, Set<string>>;
}

/**
 * What areas of a kind sum to: their nation where the table has a line for it. Else the national area, and that besides
 * where no other nation has one, since the table may be of this nation alone.
 */
function wholesOf(kind: string, areas: Divisions['areas'], nationalArea: string): Set<string> {
  const nation = nations[kind[0] as keyof typeof nations];
  const present = areas.get('nation') ?? new Set();
  if (!present.has(nation)) return new Set([nationalArea]);
  const others = [...present].filter((each) => each !== nation && each !== nationalArea);
  return new Set(others.length > 0 ? [nation] : [nation, nationalArea]);
}

function divisionsOf(places: readonly Place[], { dimensions: names }: Additive): Divisions {
  const divisions: Divisions = { values: new Map(names.map((name) => [name, new Set()])), areas: new Map() };
  for (const { area, dimensions } of places) {
    for (const name of names) if (dimensions[name] !== undefined) divisions.values.get(name)!.add(dimensions[name]);
    const alike = divisions.areas.get(kindOf(area)) ?? new Set();
    divisions.areas.set(kindOf(area), alike.add(area));
  }
  return divisions;
}

/** A sum that a place is a part of. */
interface Membership {
  name: string;
  whole: Place;
  /** All parts it can have in the table. */
  parts(divisions: Divisions): Place[];
}

function membershipsOf(
  { area, dimensions }: Place,
  { dimensions: names, nationalArea }: Additive,
  divisions: Divisions,
): Membership[] {
  const found: Membership[] = [];
  for (const name of names) {
    if (dimensions[name] === undefined) continue;
    const { [name]: _, ...others } = dimensions;
    const whole = { area, dimensions: others };
    const withValue = (value: string) => ({ area, dimensions: { ...others, [name]: value } });
    const parts = ({ values }: Divisions) => [...values.get(name)!].map(withValue);
    found.push({ name: `${name} of ${keyOfPlace(whole)}`, whole, parts });
  }
  if (nationalArea !== null && area !== nationalArea) {
    const kind = kindOf(area);
    const parts = ({ areas }: Divisions) =>
      [...areas.get(kind)!].filter((each) => each !== nationalArea).map((each) => ({ area: each, dimensions }));
    for (const each of wholesOf(kind, divisions.areas, nationalArea)) {
      const whole = { area: each, dimensions };
      found.push({ name: `areas ${kind} of ${keyOfPlace(whole)}`, whole, parts });
    }
  }
  return found;
}

/**
 * All sums over these places, and over what they sum to. Whole tables have each part that is in any of their rows in all
 * of them, though it may not be published; else what is there is all there is.
 */
export function sumsOver(places: readonly Place[], additive: Additive, isWhole: boolean): Sum[] {
  const divisions = divisionsOf(places, additive);
  const sums = new Map<string, Sum>();
  const waiting = [...places];
  const seen = new Set(waiting.map(keyOfPlace));
  const meet = (place: Place) => {
    const key = keyOfPlace(place);
    if (!seen.has(key)) waiting.push(place);
    seen.add(key);
    return key;
  };
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const part = keyOfPlace(place);
    for (const { name, whole, parts } of membershipsOf(place, additive, divisions)) {
      const known = sums.get(name);
      if (known) known.parts.add(part);
      else sums.set(name, { whole: meet(whole), parts: new Set(isWhole ? parts(divisions).map(meet) : [part]) });
    }
  }
  return [...sums.values()];
}

/** Which sums something was worked out from: one, or those of two others. */
type Origin = Sum | { one: Origin; other: Origin };

/** An equation between unknown figures. */
interface Equation {
  factors: Map<string, number>;
  from: Origin;
}

/** A suppressed figure that the others give away, with the places of all sums that do so. */
export interface GivenAway {
  secret: string;
  by: Set<string>;
}

/** The suppressed figures that can be worked out from what is known, by adding and subtracting whatever sums there are. */
export function givenAway(sums: readonly Sum[], standings: ReadonlyMap<string, Standing>): GivenAway[] {
  const isKnown = (key: string) => standings.get(key) === 'KNOWN';
  // One part alone divides nothing.
  const divided = sums.filter(({ parts }) => parts.size > 1);
  const { found, left } = stepByStep(divided, isKnown);
  // Beyond this only what follows step by step is found: the rest would take as long as the cube of their number.
  if (new Set(left.flatMap(({ factors }) => [...factors.keys()])).size <= mostUnknown) solve(left, found);
  return [...found].flatMap(([unknown, from]) =>
    standings.get(unknown) === 'SECRET' ? [{ secret: unknown, by: placesOf(from) }] : [],
  );
}

const mostUnknown = 2_000;

/** Works out what is alone among known figures in a sum, and goes on with that. Answers what is left to be solved. */
function stepByStep(sums: readonly Sum[], isKnown: (key: string) => boolean) {
  const found = new Map<string, Origin>();
  const having = new Map<string, Equation[]>();
  const equations = sums.map((sum): Equation => {
    const factors = new Map([...sum.parts].filter((part) => !isKnown(part)).map((part) => [part, 1]));
    if (!isKnown(sum.whole)) factors.set(sum.whole, prime - 1);
    const equation = { factors, from: sum };
    for (const key of factors.keys()) having.set(key, [...(having.get(key) ?? []), equation]);
    return equation;
  });
  const alone = equations.filter(({ factors }) => factors.size === 1);
  for (let next = alone.pop(); next; next = alone.pop()) {
    const [unknown] = next.factors.keys();
    if (unknown === undefined) continue;
    found.set(unknown, next.from);
    for (const other of having.get(unknown)!) {
      other.factors.delete(unknown);
      if (other !== next) other.from = { one: other.from, other: next.from };
      if (other.factors.size === 1) alone.push(other);
    }
  }
  return { found, left: equations.filter(({ factors }) => factors.size > 1) };
}

/** Adds what several sums together say. Gauss and Jordan's elimination: what is solved stands in its own equation alone. */
function solve(equations: readonly Equation[], found: Map<string, Origin>): void {
  const solved = new Map<string, Equation>();
  for (const equation of equations) {
    for (const unknown of [...equation.factors.keys()]) {
      const known = solved.get(unknown);
      if (known) add(equation, known, prime - equation.factors.get(unknown)!);
    }
    const [first] = equation.factors;
    if (!first) continue;
    const [unknown, factor] = first;
    const scale = inverse(factor);
    for (const [each, other] of equation.factors) equation.factors.set(each, times(other, scale));
    for (const other of solved.values()) {
      const its = other.factors.get(unknown);
      if (its) add(other, equation, prime - its);
    }
    solved.set(unknown, equation);
  }
  for (const [unknown, { factors, from }] of solved) if (factors.size === 1) found.set(unknown, from);
}

// Factors are whole numbers modulo a prime: exact, and products of two stay below 2^53.
const prime = 67_108_859;
const times = (one: number, other: number) => (one * other) % prime;
function inverse(factor: number): number {
  let [result, square] = [1, factor];
  for (let left = prime - 2; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

function add(to: Equation, other: Equation, factor: number): void {
  for (const [unknown, each] of other.factors) {
    const sum = ((to.factors.get(unknown) ?? 0) + times(factor, each)) % prime;
    if (sum === 0) to.factors.delete(unknown);
    else to.factors.set(unknown, sum);
  }
  to.from = { one: to.from, other: other.from };
}

function placesOf(origin: Origin): Set<string> {
  const places = new Set<string>();
  const seen = new Set<Origin>([origin]);
  for (const from of seen) {
    if ('one' in from) seen.add(from.one).add(from.other);
    else for (const place of [from.whole, ...from.parts]) places.add(place);
  }
  return places;
}
