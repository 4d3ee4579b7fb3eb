import { compare, type Exact, exactAgain } from './decimal.js';
import type { Cell, Cube } from './period-cells.js';
import type { Additive, Standing } from './sums.js';

/** Which figures of a period are known, secret or not there, and the numbers of those that have one. */
interface State {
  standings: Map<string, Standing>;
  /** On one scale. */
  numbers: Map<string, bigint>;
}

/** One way in which a suppressed figure could be worked out. */
export interface View {
  additive: Additive;
  before: State;
  after: State;
  /** One unit of the last decimal that means something, on the scale of the numbers. */
  unit: bigint;
  isOfSamples: boolean;
}

type Reading = (cell: Cell) => { standing: Standing; number: Exact | null };

const exactIn = ({ value }: Cell): Exact | null => (value === null ? null : exactAgain(value));

/** What was a number in any vintage is known. */
const inAnyVintage: Reading = (cell) => ({ standing: cell.ever, number: exactIn(cell) });

/** Where figures count those in the sample, a sample beside no figure says it as well. */
const inFiguresOrSamples: Reading = (cell) => {
  if (cell.ever === 'KNOWN' || cell.sample === null) return inAnyVintage(cell);
  return { standing: 'KNOWN', number: { digits: BigInt(cell.sample), scale: 0 } };
};

/** The newest vintages only: what was a number once and is suppressed since is not worked out anew. */
const inNewest: Reading = (cell) => ({ standing: cell.now, number: cell.now === 'KNOWN' ? exactIn(cell) : null });

/** Samples are counts, whatever the figures are: with them a share of few people is worked out, and so are they. */
const ofSamples: Reading = ({ ever, sample }) => ({
  standing: sample !== null ? 'KNOWN' : ever === 'SECRET' ? 'SECRET' : 'UNKNOWN',
  number: sample === null ? null : { digits: BigInt(sample), scale: 0 },
});

/** A sum of money, say, or a share, but not how many there are in its sample. */
const isNoCount = ({ ever, value, sample }: Cell): boolean =>
  ever === 'KNOWN' && value !== null && sample !== null && compare(exactAgain(value), exactAgain(`${sample}`)) !== 0;

/** The views of a period that have anything to say. */
export function* viewsOf(
  cube: Cube,
  additive: Additive,
  { nationalArea, decimals }: { nationalArea: string; decimals: number },
): Generator<View> {
  const [all, cells] = [[...cube.places.values()], [...cube.after.values()]];
  if (additive.dimensions.length > 0) {
    yield viewOf(cube, additive, inAnyVintage, { decimals, isOfSamples: false });
    if (cells.some(({ ever, now }) => ever === 'KNOWN' && now === 'SECRET'))
      yield viewOf(cube, additive, inNewest, { decimals, isOfSamples: false });
    if (cells.some(({ ever, sample }) => ever !== 'KNOWN' && sample !== null) && !cells.some(isNoCount))
      yield viewOf(cube, additive, inFiguresOrSamples, { decimals, isOfSamples: false });
  }
  if (cells.some(({ sample }) => sample !== null)) {
    const dimensions = [...new Set(all.flatMap(({ dimensions }) => Object.keys(dimensions)))];
    yield viewOf(cube, { dimensions, nationalArea }, ofSamples, { decimals: 0, isOfSamples: true });
  }
}

function viewOf(
  { before, after }: Cube,
  additive: Additive,
  reading: Reading,
  { decimals, isOfSamples }: { decimals: number; isOfSamples: boolean },
): View {
  const [read, readAfter] = [before, after].map((cells) =>
    [...cells].map(([key, cell]) => ({ key, ...reading(cell) })),
  );
  const scale = [...read!, ...readAfter!].reduce((most, { number }) => Math.max(most, number?.scale ?? 0), decimals);
  const stateOf = (cells: typeof read): State => ({
    standings: new Map(cells!.map(({ key, standing }) => [key, standing])),
    numbers: new Map(
      cells!.flatMap(({ key, number }): [string, bigint][] =>
        number ? [[key, number.digits * 10n ** BigInt(scale - number.scale)]] : [],
      ),
    ),
  });
  const unit = 10n ** BigInt(scale - decimals);
  return { additive, before: stateOf(read), after: stateOf(readAfter), unit, isOfSamples };
}
