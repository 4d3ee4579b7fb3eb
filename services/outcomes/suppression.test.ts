import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { defineMeasure, defineOutcome, does, publishes, schedules, soon, verdictsOf } from './releases-for-tests.js';
import { type Cell, cellsOf, determined, type Known, placeOf } from './suppression-for-tests.js';

let world: World;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  owner = await world.owner('outcomes');
  await defineOutcome(world);
});
afterAll(() => world?.stop());

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.TEST_RUNS ?? 8);

const definition = (additiveOver: string[]) => ({
  ...{ formula: 'f', unit: 'people', decimals: 0, polarity: 'LOWER', frequency: 'YEAR', source: 'ONS', additiveOver },
});
let measures = 0;
async function measure(additiveOver = ['sex', 'age', 'AREA']): Promise<string> {
  const id = `people-${++measures}`;
  const answer = await defineMeasure(world, id, { definition: definition(additiveOver) });
  if (!answer.measure) throw new Error(JSON.stringify(answer));
  return id;
}

/** Rows by what they are about: "F 3", "F old ?" (suppressed), "all 10", "E12000001 M -" (missing). */
const rows = (...said: string[]) =>
  said.map((line) => {
    const words = line.split(' ');
    const value = words.pop()!;
    const dimensions = words.flatMap((word) => {
      if (/^[FMNP]$/.test(word)) return [{ name: 'sex', value: word }];
      return /^(young|old)$/.test(word) ? [{ name: 'age', value: word }] : [];
    });
    const area = words.find((word) => /^[A-Z]\d{8}$/.test(word));
    const kind = { '?': 'SUPPRESSED', '-': 'MISSING', x: 'NOT_APPLICABLE' }[value];
    return { period: '2020', dimensions, ...(area && { area }), ...(kind ? { valueKind: kind } : { value }) };
  });
const inferred = 'SUPPRESSED_CAN_BE_INFERRED';

describe('a suppressed figure', () => {
  const cases: [string, string[][], string[][]][] = [
    ['alone among its parts', [['all 10', 'M 7', 'F ?']], [[inferred, inferred, inferred]]],
    ['beside another one', [['all 10', 'M ?', 'F ?']], [['NEW', 'NEW', 'NEW']]],
    ['beside a missing one', [['all 10', 'M -', 'F ?']], [['NEW', 'NEW', 'NEW']]],
    ['of a whole whose parts are numbers', [['all ?', 'M 7', 'F 3']], [[inferred, inferred, inferred]]],
    ['of which the whole is nowhere', [['M 7', 'F ?']], [['NEW', 'NEW']]],
    ['when its whole comes last', [['M 7', 'F ?'], ['all 10']], [['NEW', 'NEW'], [inferred]]],
    ['when its sister comes last', [['all 10', 'F ?'], ['M 7']], [['NEW', 'NEW'], [inferred]]],
    ['when it comes last itself', [['all 10', 'M 7'], ['F ?']], [['NEW', 'NEW'], [inferred]]],
    ['when another one is shown after all', [['all 10', 'M ?', 'F ?'], ['M 7']], [['NEW', 'NEW', 'NEW'], [inferred]]],
    [
      'when another one was a number before',
      [
        ['all 10', 'M 7', 'F 3'],
        ['M ?', 'F ?'],
      ],
      [
        ['NEW', 'NEW', 'NEW'],
        ['REVISED', 'REVISED'],
      ],
    ],
    [
      'when the rest was public in an earlier vintage',
      [['M 7', 'all 10'], ['M ?'], ['F ?']],
      [['NEW', 'NEW'], ['REVISED'], [inferred]],
    ],
    ['beside one that cannot be', [['all 10', 'M x', 'F ?']], [[inferred, inferred, inferred]]],
    ['of one area of its kind', [['all 10', 'E12000001 7', 'E12000002 ?']], [[inferred, inferred, inferred]]],
    ['of areas of two kinds', [['all 10', 'E12000001 7', 'W92000004 ?']], [['NEW', 'NEW', 'NEW']]],
    [
      'that two breakdowns of one whole give away',
      [['M 7', 'F 3', 'young 4', 'old ?']],
      [[inferred, inferred, inferred, inferred]],
    ],
    [
      'that only several sums together give away',
      [
        // A block of suppressed figures and one beside it: what is left when the sums over the block are taken off.
        ...[
          ['E12000001 F ?', 'E12000001 M ?', 'E12000002 F ?', 'E12000002 M ?', 'E12000003 F ?'],
          ['E12000003 N ?', 'E12000003 P ?', 'E12000004 N ?', 'E12000004 P ?'],
          ['E12000001 N 5', 'E12000001 P 5', 'E12000002 N 5', 'E12000002 P 5', 'E12000003 M 5', 'E12000004 F 5'],
          ['E12000004 M 5', 'E12000003 20', 'E12000004 20', 'N 20'],
        ],
        ['P 20'],
      ],
      [...[5, 4, 6, 4].map((count) => Array(count).fill('NEW')), [inferred]],
    ],
  ];
  it.each(cases)('%s', async (_, batches, verdicts) => {
    const id = await measure();
    const found: string[][] = [];
    for (const batch of batches) found.push(verdictsOf(await publishes(world, id, rows(...batch))));
    expect(found).toEqual(verdicts);
  });

  it('is refused row by row, with a sentence that says what to do, and stops no other row', async () => {
    const id = await measure();
    const input = { measure: id, source: 'ONS', rows: rows('all 10', 'M 7', 'F ?', 'E12000001 F 1') };
    const answer = await does(world, 'publishObservations', input, 'rows { verdict userErrors { code message path } }');
    expect(answer.rows.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      ...['REFUSED', 'REFUSED', 'REFUSED', 'NEW'],
    ]);
    expect(answer.rows[0].userErrors).toEqual([
      {
        code: inferred,
        message:
          'With this, the suppressed figure of K02000001, sex F could be worked out from a whole and its other parts. Suppress another part as well, or hand in the parts of a whole together and the whole last.',
        path: ['rows', '0', 'valueKind'],
      },
    ]);
  });

  it('is not guarded where figures do not add up', async () => {
    const id = await measure([]);
    expect(verdictsOf(await publishes(world, id, rows('all 10', 'M 7', 'F ?')))).toEqual(['NEW', 'NEW', 'NEW']);
  });

  it('is guarded against what waits in a release, in either order', async () => {
    const release = await schedules(world, soon(3_600_000));
    const [one, other] = [await measure(), await measure()];
    expect(verdictsOf(await publishes(world, one, rows('all 10', 'M 7'), { release }))).toEqual(['NEW', 'NEW']);
    expect(verdictsOf(await publishes(world, one, rows('F ?')))).toEqual([inferred]);
    expect(verdictsOf(await publishes(world, other, rows('all 10', 'F ?')))).toEqual(['NEW', 'NEW']);
    expect(verdictsOf(await publishes(world, other, rows('M 7'), { release }))).toEqual([inferred]);
  });

  it('says of its definition over what figures add up, at most 6 names that are none of them empty', async () => {
    const id = await measure();
    const { data } = await world.ask(`{ measure(id: "${id}") { definitions { additiveOver } } }`);
    expect(data.measure.definitions).toEqual([{ additiveOver: ['sex', 'age', 'AREA'] }]);
    for (const additiveOver of [[' '], ['a', 'b', 'c', 'd', 'e', 'f', 'g']]) {
      const answer = await defineMeasure(world, 'too-much', { definition: definition(additiveOver) });
      expect(answer.userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['definition', 'additiveOver'] }]);
    }
  });

  it('is not left alone in a sum by hand either', async () => {
    const id = await measure();
    await publishes(world, id, rows('all 10', 'M ?', 'F ?', 'E12000001 ?', 'E12000002 ?'));
    const byHand = async (where: string) => {
      await owner.query('begin; alter table observation no force row level security');
      try {
        await owner.query(`insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id)
          select series_id, period_start, 2, 1, 'NUMBER', 'A', 'ERROR', publication_id from observation
          where series_id in (select id from series where measure_id = '${id}' and ${where})`);
        return null;
      } catch (error) {
        return (error as Error).message;
      } finally {
        await owner.query('rollback');
      }
    };
    const givesAway = expect.stringMatching(/^a suppressed figure could be worked out/);
    expect(await byHand(`dimensions = '{"sex": "M"}'`)).toEqual(givesAway);
    expect(await byHand(`area = 'E12000001'`)).toEqual(givesAway);
    expect(await byHand(`dimensions->>'sex' is not null`)).toBeNull();
    expect(await byHand(`dimensions = '{}' and area = 'K02000001'`)).toBeNull();
  });
});

/** All that the public can read of a measure, by every filter and in every vintage, now and as known then. */
async function readAll(id: string, cells: readonly Cell[], instants: (string | undefined)[]) {
  const known: Known = { numbers: new Set(), suppressed: new Set() };
  const read = (filter: string) => `observations(first: 100, filter: {vintages: ALL${filter}}) { nodes {
    area dimensions { name value } period value valueKind low high } pageInfo { hasNextPage } }`;
  const dimensionsIn = ({ dimensions }: Cell) =>
    `[${dimensions.map(({ name, value }) => `{name: "${name}", value: "${value}"}`).join(' ')}]`;
  const filters = new Set([
    '',
    ...cells.flatMap((cell) => [
      `, area: "${cell.area}"`,
      `, dimensions: ${dimensionsIn(cell)}`,
      `, area: "${cell.area}", dimensions: ${dimensionsIn(cell)}`,
    ]),
    ', from: "2020-01-01", to: "2020-12-31"',
    ', from: "2021-01-01"',
  ]);
  const fields = [...filters].map((filter, place) => `list${place}: ${read(filter)}`);
  for (const asKnownAt of instants) {
    const { data, errors } = await world.ask(`{ measure(id: "${id}") { ${fields.join(' ')} } }`, { asKnownAt });
    if (errors) throw new Error(JSON.stringify(errors).slice(0, 500));
    for (const list of Object.values<{
      nodes: (Cell & { valueKind: string; value: string | null; low: string | null })[];
    }>(data.measure)) {
      for (const node of list.nodes) {
        const place = placeOf(node);
        if (node.value !== null || node.low !== null) known.numbers.add(place);
        if (node.valueKind === 'SUPPRESSED') known.suppressed.add(place);
      }
    }
  }
  return known;
}

const cube = fc.record({
  /** How many there are in each smallest cell; few of them, so that many are small. */
  counts: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 24, maxLength: 24 }),
  /** What is suppressed besides, so that some of what is small can be. */
  alsoSuppressed: fc.array(fc.nat({ max: 200 }), { maxLength: 40 }),
  order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
  batches: fc.integer({ min: 1, max: 4 }),
  /** Of a second vintage: which cells it shows or hides the other way round. */
  turned: fc.array(fc.nat({ max: 200 }), { maxLength: 10 }),
});

describe('what the hub takes of a table with small numbers suppressed', () => {
  it(`gives none of them away by subtraction, whatever is asked of it (seed ${seed})`, async () => {
    const seen = { secrets: 0, refused: 0, taken: 0 };
    await fc.assert(
      fc.asyncProperty(cube, async ({ counts, alsoSuppressed, order, batches, turned }) => {
        const id = await measure();
        const cells = cellsOf(counts);
        const isHidden = (cell: Cell, place: number) => cell.count < 5 || alsoSuppressed.includes(place);
        const inOrder = cells.map((cell, place) => ({ cell, place })).sort((a, b) => order[a.place]! - order[b.place]!);
        const rowOf = ({ cell, place }: (typeof inOrder)[number], turn: boolean) => ({
          ...{ period: cell.period, area: cell.area, dimensions: cell.dimensions },
          ...(isHidden(cell, place) !== turn
            ? { valueKind: 'SUPPRESSED' }
            : { value: `${cell.count + (turn ? 1 : 0)}` }),
        });
        const instants: (string | undefined)[] = [undefined];
        const publish = async (some: object[]) => {
          if (some.length === 0) return;
          const verdicts = verdictsOf(await publishes(world, id, some));
          seen.refused += verdicts.filter((verdict) => verdict === inferred).length;
          seen.taken += verdicts.filter((verdict) => verdict !== inferred).length;
          instants.push(new Date().toISOString());
        };
        const size = Math.ceil(inOrder.length / batches);
        for (let from = 0; from < inOrder.length; from += size)
          await publish(inOrder.slice(from, from + size).map((each) => rowOf(each, false)));
        await publish(inOrder.filter(({ place }) => turned.includes(place)).map((each) => rowOf(each, true)));
        const known = await readAll(id, cells, instants);
        const secrets = [...known.suppressed].filter((place) => !known.numbers.has(place));
        seen.secrets += secrets.length;
        const given = determined(cells, known.numbers);
        expect(secrets.filter((place) => given.has(place))).toEqual([]);
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    // It is about something: much is suppressed, much shown, and much refused.
    expect([seen.secrets, seen.taken, seen.refused].map((count) => count > runs)).toEqual([true, true, true]);
  }, 240_000);
});
