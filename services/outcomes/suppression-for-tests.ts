/** One cell of a table of people, by area, sex, age and year. */
export interface Cell {
  period: string;
  area: string;
  dimensions: { name: string; value: string }[];
  count: number;
}

/** What somebody has read: of which cells a number, and which are called suppressed. */
export interface Known {
  numbers: Map<string, number>;
  suppressed: Set<string>;
  /** What is suppressed under one definition and shown under another. */
  split: Set<string>;
}

export const placeOf = ({ period, area, dimensions }: Omit<Cell, 'count'>): string =>
  [period, area, ...dimensions.map(({ name, value }) => `${name} ${value}`).sort()].join(', ');

const whole = 'K02000001';
const sides: Record<string, string[]> = {
  period: ['2020', '2021'],
  area: ['E12000001', 'E12000002', 'E12000003'],
  sex: ['F', 'M'],
  age: ['young', 'old'],
};
const withAll = (values: string[]): (string | null)[] => [null, ...values];

/** The whole table, from how many there are in each smallest cell: cells with their wholes, of which null names one. */
export function cellsOf(counts: readonly number[]): Cell[] {
  const smallest: { key: string[]; count: number }[] = [];
  for (const period of sides.period!)
    for (const area of sides.area!)
      for (const sex of sides.sex!)
        for (const age of sides.age!) smallest.push({ key: [period, area, sex, age], count: counts[smallest.length]! });
  const cells: Cell[] = [];
  for (const period of sides.period!)
    for (const area of withAll(sides.area!))
      for (const sex of withAll(sides.sex!))
        for (const age of withAll(sides.age!)) {
          const wanted = [period, area, sex, age];
          const inside = smallest.filter(({ key }) =>
            key.every((each, place) => [each, null].includes(wanted[place]!)),
          );
          cells.push({
            ...{ period, area: area ?? whole, count: inside.reduce((sum, { count }) => sum + count, 0) },
            dimensions: [...(sex ? [{ name: 'sex', value: sex }] : []), ...(age ? [{ name: 'age', value: age }] : [])],
          });
        }
  return cells;
}

const smallestOf = (cells: readonly Cell[]) =>
  cells.filter(({ area, dimensions }) => area !== whole && dimensions.length === 2);

const isIn = (small: Cell, cell: Cell): boolean =>
  small.period === cell.period &&
  [whole, small.area].includes(cell.area) &&
  cell.dimensions.every(({ name, value }) =>
    small.dimensions.some((each) => each.name === name && each.value === value),
  );

/**
 * The cells that follow from those of which a number is known: every cell is a sum of smallest ones, and what follows is
 * what the known ones span. Other mathematics than the hub's own.
 */
export function determined(cells: readonly Cell[], numbers: ReadonlyMap<string, number>): Set<string> {
  const smallest = smallestOf(cells);
  const lineOf = (cell: Cell) => smallest.map((small) => (isIn(small, cell) ? 1 : 0));
  const span: number[][] = [];
  /** What is left of a line when those in the span are taken off. */
  const rest = (line: number[]) =>
    span.reduce((left, base) => {
      const first = base.findIndex((factor) => factor !== 0);
      const times = left[first]! / base[first]!;
      return left.map((factor, place) => factor - times * base[place]!);
    }, line);
  const isNothing = (line: number[]) => line.every((factor) => Math.abs(factor) < 1e-9);
  for (const cell of cells.filter((each) => numbers.has(placeOf(each)))) {
    const left = rest(lineOf(cell)).map((factor) => (Math.abs(factor) < 1e-9 ? 0 : factor));
    if (!isNothing(left)) span.push(left);
  }
  return new Set(cells.filter((cell) => isNothing(rest(lineOf(cell)))).map(placeOf));
}

/**
 * The cells of which it follows, since nobody is counted below zero, that they lie between two numbers so near to each
 * other. Every number says of each smallest cell in it that it is no more than that, less what the others are at least;
 * and no less than that, less what the others are at most.
 */
export function within(cells: readonly Cell[], numbers: ReadonlyMap<string, number>, width: number): Set<string> {
  const smallest = smallestOf(cells);
  const membersOf = (cell: Cell) => smallest.flatMap((small, place) => (isIn(small, cell) ? [place] : []));
  const low = smallest.map(() => 0);
  const high = smallest.map(() => Number.POSITIVE_INFINITY);
  const sum = (ends: number[], places: number[]) => places.reduce((total, place) => total + ends[place]!, 0);
  const known = cells.flatMap((cell) => {
    const number = numbers.get(placeOf(cell));
    return number === undefined ? [] : [{ number, members: membersOf(cell) }];
  });
  for (let before = ''; before !== JSON.stringify([low, high]); ) {
    before = JSON.stringify([low, high]);
    for (const { number, members } of known)
      for (const place of members) {
        const others = members.filter((each) => each !== place);
        high[place] = Math.min(high[place]!, number - sum(low, others));
        low[place] = Math.max(low[place]!, number - sum(high, others));
      }
  }
  return new Set(cells.filter((cell) => sum(high, membersOf(cell)) - sum(low, membersOf(cell)) <= width).map(placeOf));
}
