import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { defineMeasure, defineOutcome, does, publishes, schedules, soon, verdictsOf } from './releases-for-tests.js';
import { type Cell, cellsOf, determined, type Known, placeOf, within } from './suppression-for-tests.js';

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

/** Adds a second definition of the same kind. */
async function revise(id: string, comparableWithPrevious: boolean): Promise<void> {
  const input = { measure: id, expectedVersion: 1, definition: definition(['sex', 'age', 'AREA']) };
  const more = { comparableWithPrevious, comparabilityReason: 'r', releasedAt: '2001-01-01T00:00:00Z' };
  const answer = await does(world, 'reviseDefinition', { ...input, ...more }, 'definition { number }');
  if (!answer.definition) throw new Error(JSON.stringify(answer));
}

/** Rows by what they are about: "F 3", "F old ?" (suppressed), "all 10 of 90" (its sample), "E12000001 M -" (missing). */
const rows = (...said: string[]) =>
  said.map((line) => {
    const [about, sample] = line.split(' of ');
    const words = about!.split(' ');
    const value = words.pop()!;
    const dimensions = words.flatMap((word) => {
      if (/^[FMNP]$/.test(word)) return [{ name: 'sex', value: word }];
      return /^(young|old)$/.test(word) ? [{ name: 'age', value: word }] : [];
    });
    const area = words.find((word) => /^[A-Z]\d{8}$/.test(word));
    const kind = { '?': 'SUPPRESSED', '-': 'MISSING', x: 'NOT_APPLICABLE' }[value];
    const place = { period: '2020', dimensions, ...(area && { area }), ...(sample && { sampleSize: Number(sample) }) };
    return { ...place, ...(kind ? { valueKind: kind } : { value }) };
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
    ['when another one cannot be after all', [['all 10', 'M ?', 'F ?'], ['M x']], [['NEW', 'NEW', 'NEW'], [inferred]]],
    ['of one area of its kind', [['all 10', 'E12000001 7', 'E12000002 ?']], [[inferred, inferred, inferred]]],
    ['of areas of two kinds', [['all 10', 'E12000001 7', 'W92000004 ?']], [['NEW', 'NEW', 'NEW']]],
    ['of a region of a nation', [['E92000001 10', 'E12000001 7', 'E12000002 ?']], [[inferred, inferred, inferred]]],
    [
      'of a region whose nation alone is there, without a figure',
      [['E92000001 -'], ['all 10', 'E12000001 7', 'E12000002 ?']],
      [['NEW'], [inferred, inferred, inferred]],
    ],
    [
      'of a nation by its regions',
      [['all 10', 'E12000001 7', 'E12000002 1', 'W92000004 ?'], ['E92000001 ?']],
      [['NEW', 'NEW', 'NEW', 'NEW'], [inferred]],
    ],
    [
      'of regions of a nation that is not the whole',
      [['all 90', 'E92000001 80', 'W92000004 10', 'E12000001 70', 'E12000002 ?', 'E12000003 ?']],
      [Array(6).fill('NEW')],
    ],
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
    ['of which 1 is left with its sister', [['all 1', 'M ?', 'F ?']], [[inferred, inferred, inferred]]],
    ['of which 2 are left with its sister', [['all 2', 'M ?', 'F ?']], [['NEW', 'NEW', 'NEW']]],
    [
      'of which nothing is left, by a later whole',
      [['E12000001 7', 'E12000002 ?', 'E12000003 ?'], ['all 7']],
      [['NEW', 'NEW', 'NEW'], [inferred]],
    ],
    ['of which 1 is left by a revision', [['all 10', 'M ?', 'F ?'], ['all 1']], [['NEW', 'NEW', 'NEW'], [inferred]]],
    ['of which the whole is 1', [['F young ?'], ['F 1']], [['NEW'], [inferred]]],
    [
      'that its largest sums leave no choice',
      [
        // Of young 10 at most 5 are F, and at most 5 are M.
        ['F young ?', 'F old ?', 'M young ?', 'M old ?', 'F 5', 'M 5'],
        ['young 10'],
      ],
      [Array(6).fill('NEW'), [inferred]],
    ],
    [
      'of which nothing is left where figures are below zero',
      [['all 3', 'M ?', 'F ?', 'E12000001 -4'], ['N 3']],
      [['NEW', 'NEW', 'NEW', 'NEW'], ['NEW']],
    ],
    ['that is revised, beside what was not', [['all 10', 'M 7', 'F 3'], ['F ?']], [['NEW', 'NEW', 'NEW'], [inferred]]],
    ['beside samples of missing ones', [['all 10', 'M - of 7', 'F ?']], [[inferred, inferred, inferred]]],
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

  it('is guarded against samples, which add up where figures do not', async () => {
    const cases: [string[][], string[][]][] = [
      [[['all 50 of 100', 'M 52 of 97', 'F ?']], [[inferred, inferred, inferred]]],
      [[['all 50 of 100', 'M 52', 'F ?']], [['NEW', 'NEW', 'NEW']]],
      [
        [['all 50 of 100', 'M 52 of 97'], ['F ?']],
        [['NEW', 'NEW'], [inferred]],
      ],
      [
        [['all 50 of 100', 'M 52', 'F ?'], ['M 52 of 97']],
        [['NEW', 'NEW', 'NEW'], [inferred]],
      ],
      [[['all 50 of 98', 'M 52 of 97', 'F ?', 'N ?']], [[inferred, inferred, inferred, inferred]]],
      [[['all 50 of 100', 'M 52 of 90', 'F ?', 'N ?']], [['NEW', 'NEW', 'NEW', 'NEW']]],
    ];
    for (const [batches, verdicts] of cases) {
      const id = await measure([]);
      const found: string[][] = [];
      for (const batch of batches) found.push(verdictsOf(await publishes(world, id, rows(...batch))));
      expect([batches, found]).toEqual([batches, verdicts]);
    }
  });

  it('is not guarded where figures do not add up', async () => {
    const id = await measure([]);
    expect(verdictsOf(await publishes(world, id, rows('all 10', 'M 7', 'F ?')))).toEqual(['NEW', 'NEW', 'NEW']);
  });

  it('is guarded under all definitions of its measure that have periods of its length', async () => {
    const twice = async (comparableWithPrevious: boolean) => {
      const id = await measure();
      await revise(id, comparableWithPrevious);
      return async (number: number, ...said: string[]) =>
        verdictsOf(await publishes(world, id, rows(...said), { definition: number }));
    };
    for (const comparable of [true, false]) {
      const [one, other, third] = [await twice(comparable), await twice(comparable), await twice(comparable)];
      expect(await one(1, 'F ?')).toEqual(['NEW']);
      expect(await one(2, 'F 3', 'M 7')).toEqual([inferred, 'NEW']);
      expect(await one(2, 'all 10')).toEqual([inferred]);
      expect(await one(2, 'F ?')).toEqual(['NEW']);
      expect([await one(2, 'F 3'), await one(1, 'F 3')]).toEqual([['REVISED'], ['REVISED']]);
      expect(await other(1, 'F 3')).toEqual(['NEW']);
      expect(await other(2, 'F ?')).toEqual([inferred]);
      expect(await other(1, 'F ?')).toEqual(['REVISED']);
      expect(await other(2, 'F ?')).toEqual(['NEW']);
      expect([await third(1, 'M ?', 'F ?'), await third(2, 'all 1')]).toEqual([['NEW', 'NEW'], [inferred]]);
    }
  });

  it('is guarded against what waits in a release, in either order', async () => {
    const release = await schedules(world, soon(3_600_000));
    const [one, other] = [await measure(), await measure()];
    expect(verdictsOf(await publishes(world, one, rows('all 10', 'M 7'), { release }))).toEqual(['NEW', 'NEW']);
    expect(verdictsOf(await publishes(world, one, rows('F ?')))).toEqual([inferred]);
    expect(verdictsOf(await publishes(world, other, rows('all 10', 'F ?')))).toEqual(['NEW', 'NEW']);
    expect(verdictsOf(await publishes(world, other, rows('M 7'), { release }))).toEqual([inferred]);
  });

  it('stays secret until the release comes that shows it, to what is published openly or in another release', async () => {
    const [release, later] = [await schedules(world, soon(3_600_000)), await schedules(world, soon(7_200_000))];
    const [one, other, third] = [await measure(), await measure(), await measure()];
    for (const id of [one, other]) {
      expect(verdictsOf(await publishes(world, id, rows('M 7', 'F ?')))).toEqual(['NEW', 'NEW']);
      expect(verdictsOf(await publishes(world, id, rows('F 3'), { release }))).toEqual(['REVISED']);
    }
    expect(verdictsOf(await publishes(world, one, rows('all 10')))).toEqual([inferred]);
    expect(verdictsOf(await publishes(world, one, rows('all 10'), { release: later }))).toEqual([inferred]);
    expect(verdictsOf(await publishes(world, one, rows('all 10'), { release }))).toEqual(['NEW']);
    // Its sample is as much as itself.
    expect(verdictsOf(await publishes(world, third, rows('M 7 of 7', 'F ?')))).toEqual(['NEW', 'NEW']);
    expect(verdictsOf(await publishes(world, third, rows('F - of 3'), { release }))).toEqual(['REVISED']);
    expect(verdictsOf(await publishes(world, third, rows('all - of 10')))).toEqual([inferred]);
    // Once that is called off it would stay suppressed, and known.
    await does(world, 'cancelRelease', { release, reason: 'r' }, 'release { id }');
    expect(verdictsOf(await publishes(world, other, rows('all 10')))).toEqual([inferred]);
  });

  it('is hidden by no other part that only waits, in one release or in several', async () => {
    const releases = [await schedules(world, soon(3_600_000)), await schedules(world, soon(7_200_000))];
    const [one, other] = [await measure(), await measure()];
    for (const id of [one, other])
      expect(verdictsOf(await publishes(world, id, rows('M 7', 'F ?')))).toEqual(['NEW', 'NEW']);
    for (const [id, row, release] of [[one, 'N ?', 0] as const, [other, 'N ?', 0] as const, [other, 'P ?', 1] as const])
      expect(verdictsOf(await publishes(world, id, rows(row), { release: releases[release] }))).toEqual(['NEW']);
    for (const id of [one, other]) expect(verdictsOf(await publishes(world, id, rows('all 10')))).toEqual([inferred]);
    expect(verdictsOf(await publishes(world, one, rows('all 10'), { release: releases[0] }))).toEqual(['NEW']);
  });

  it('is one no more once it cannot be, so that what follows from the others may be said', async () => {
    const id = await measure();
    for (const said of ['M ?', 'M x', 'all 10', 'F 10'])
      expect(verdictsOf(await publishes(world, id, rows(said)))).toEqual([said === 'M x' ? 'REVISED' : 'NEW']);
    expect(verdictsOf(await publishes(world, id, rows('M ?')))).toEqual([inferred]);
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

  it('is not left alone in a sum by hand either, nor shown under another definition', async () => {
    const id = await measure();
    await revise(id, false);
    await publishes(world, id, rows('all 10', 'M ?', 'F ?', 'E12000001 ?', 'E12000002 ?'), { definition: 1 });
    await publishes(world, id, rows('M young 7'), { definition: 2 });
    const byHand = async (said: string) => {
      await owner.query(
        'begin; alter table observation no force row level security; alter table series no force row level security',
      );
      try {
        await owner.query(said);
        return null;
      } catch (error) {
        return (error as Error).message;
      } finally {
        await owner.query('rollback');
      }
    };
    const shows = (where: string, value: number | 'null' = 2) =>
      byHand(`insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id)
        select series_id, period_start, 2, ${value}, '${value === 'null' ? 'NOT_APPLICABLE' : 'NUMBER'}', 'A', 'ERROR',
          publication_id from observation
        where series_id in (select id from series where measure_id = '${id}' and definition = 1 and ${where})`);
    const elsewhere = (kind: string, value: string, from: number, where: string) =>
      byHand(`with new as (insert into series (id, measure_id, definition, area, dimensions)
          select gen_random_uuid(), measure_id, ${3 - from}, area, dimensions from series
          where measure_id = '${id}' and definition = ${from} and ${where} returning id)
        insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id)
          select new.id, '2020-01-01', 1, ${value}, '${kind}', 'A', 'ERROR',
            (select id from publication where measure_id = '${id}' limit 1) from new`);
    const givesAway = expect.stringMatching(/^a suppressed figure could be worked out/);
    const isSplit = expect.stringMatching(/^a figure is suppressed under one definition and shown under another/);
    expect(await shows(`dimensions = '{"sex": "M"}'`)).toEqual(givesAway);
    expect(await shows(`dimensions = '{"sex": "M"}'`, 'null')).toEqual(givesAway);
    expect(await shows(`area = 'E12000001'`)).toEqual(givesAway);
    expect(await shows(`dimensions->>'sex' is not null`)).toBeNull();
    const whole = `dimensions = '{}' and area = 'K02000001'`;
    expect([await shows(whole, 1), await shows(whole, 0)]).toEqual([givesAway, givesAway]);
    expect(await shows(whole)).toBeNull();
    expect(await elsewhere('NUMBER', '3', 1, `dimensions = '{"sex": "F"}'`)).toEqual(isSplit);
    expect(await elsewhere('SUPPRESSED', 'null', 1, `dimensions = '{"sex": "F"}'`)).toBeNull();
    expect(await elsewhere('SUPPRESSED', 'null', 2, 'true')).toEqual(isSplit);
    expect(await elsewhere('NUMBER', '3', 2, 'true')).toBeNull();
  });
});

interface Read extends Omit<Cell, 'count'> {
  definition: number;
  vintage: number;
  valueKind: string;
  value: string | null;
  low: string | null;
  sampleSize: number | null;
}

/** All that the public can read of a measure, by every filter and in every vintage, now and as known then. */
async function readAll(id: string, cells: readonly Cell[], instants: (string | undefined)[]): Promise<Known> {
  const known: Known = { numbers: new Map(), suppressed: new Set(), split: new Set() };
  const shown = new Set<string>();
  const hidden = new Set<string>();
  const read = (
    filter: string,
  ) => `observations(first: 100, filter: {vintages: ALL${filter}}) { nodes { definition vintage
    area dimensions { name value } period value valueKind low sampleSize } pageInfo { hasNextPage } }`;
  const dimensionsIn = ({ dimensions }: Cell) =>
    `[${dimensions.map(({ name, value }) => `{name: "${name}", value: "${value}"}`).join(' ')}]`;
  // What was known then is part of what is known now, so fewer filters do.
  const short = ['', ', from: "2020-01-01", to: "2020-12-31"', ', from: "2021-01-01"'];
  const all = new Set([
    ...short,
    ...cells.flatMap((cell) => [
      `, area: "${cell.area}"`,
      `, dimensions: ${dimensionsIn(cell)}`,
      `, area: "${cell.area}", dimensions: ${dimensionsIn(cell)}`,
    ]),
  ]);
  for (const asKnownAt of instants) {
    const fields = [...(asKnownAt ? short : all)].map((filter, place) => `list${place}: ${read(filter)}`);
    const { data, errors } = await world.ask(`{ measure(id: "${id}") { ${fields.join(' ')} } }`, { asKnownAt });
    if (errors) throw new Error(JSON.stringify(errors).slice(0, 500));
    for (const list of Object.values<{ nodes: Read[] }>(data.measure)) {
      for (const node of list.nodes) {
        const place = placeOf(node);
        // A sample of people who are counted says how many there are.
        const number = node.value ?? node.low ?? node.sampleSize;
        if (number !== null) known.numbers.set(place, Number(number));
        if (node.value !== null) shown.add(`${node.definition} ${place}`);
        if (node.valueKind === 'SUPPRESSED') hidden.add(`${node.definition} ${place}`);
        if (node.valueKind === 'SUPPRESSED') known.suppressed.add(place);
      }
    }
  }
  // Whoever shows what was suppressed under the same definition means to; under another one they may not know.
  for (const place of known.suppressed) {
    const isSplit = ([one, other]: number[]) =>
      hidden.has(`${one} ${place}`) &&
      !shown.has(`${one} ${place}`) &&
      shown.has(`${other} ${place}`) &&
      !hidden.has(`${other} ${place}`);
    if (isSplit([1, 2]) || isSplit([2, 1])) known.split.add(place);
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
  /** After how many of the batches. */
  turnedAfter: fc.nat({ max: 4 }),
  /** Which numbers have their sample beside them, and which samples stand beside none. */
  samples: fc.array(fc.constantFrom('none', 'none', 'beside', 'alone'), { minLength: 72, maxLength: 72 }),
  /** Which cells are handed in under a second definition: from then on, or before. */
  second: fc.array(fc.constantFrom('no', 'no', 'no', 'too', 'only'), { minLength: 72, maxLength: 72 }),
  /** Whether what is hidden under one definition is always hidden under the other. */
  isCareful: fc.boolean(),
  /** Which batches are public at once, and which wait in one of two releases that may never come. */
  into: fc.array(fc.constantFrom('all' as const, 'all' as const, 'one' as const, 'other' as const), {
    minLength: 5,
    maxLength: 5,
  }),
});

type Row = [definition: number, row: object];

/** What is handed in of a table, in its order; at some time the cells that are turned. */
function rowsOf(cells: readonly Cell[], table: typeof cube extends fc.Arbitrary<infer Of> ? Of : never): Row[][] {
  const { alsoSuppressed, order, batches, turned, turnedAfter, samples, second, isCareful } = table;
  const isHidden = (cell: Cell, place: number) => cell.count < 5 || alsoSuppressed.includes(place);
  const rowOf = (cell: Cell, turn: boolean): object => {
    const place = cells.indexOf(cell);
    const about = { period: cell.period, area: cell.area, dimensions: cell.dimensions };
    if (isHidden(cell, place) !== turn) return { ...about, valueKind: 'SUPPRESSED' };
    if (samples[place] === 'alone' && !turn) return { ...about, valueKind: 'MISSING', sampleSize: cell.count };
    return { ...about, value: `${cell.count}`, ...(samples[place] === 'beside' && { sampleSize: cell.count }) };
  };
  const rows = cells.flatMap((cell, place): { at: number; row: Row }[] => [
    ...(second[place] === 'only' ? [] : [{ at: order[place]!, row: [1, rowOf(cell, false)] as Row }]),
    ...(second[place] === 'no'
      ? []
      : [{ at: order[place + 72]!, row: [2, rowOf(cell, !isCareful && place % 2 === 0)] as Row }]),
  ]);
  const inOrder = rows.sort((one, other) => one.at - other.at).map(({ row }) => row);
  const size = Math.ceil(inOrder.length / batches);
  const all = Array.from({ length: batches }, (_, batch) => inOrder.slice(batch * size, (batch + 1) * size));
  const turnedRows = cells.flatMap((cell, place): Row[] => (turned.includes(place) ? [[1, rowOf(cell, true)]] : []));
  return [...all.slice(0, turnedAfter), turnedRows, ...all.slice(turnedAfter)];
}

describe('a row that is refused for its overlap', () => {
  it('gives away nothing of its batch, so that the others are held against what is there', async () => {
    const id = await measure();
    await revise(id, true);
    expect(verdictsOf(await publishes(world, id, rows('F ?', 'F old 2'), { definition: 2 }))).toEqual(['NEW', 'NEW']);
    const older = rows('F - of 12', 'F young - of 10');
    expect(verdictsOf(await publishes(world, id, older, { definition: 1 }))).toEqual(['OVERLAPPING_PERIOD', inferred]);
  });
});

describe('what the hub takes of a table with small numbers suppressed', () => {
  it(`gives none of them away, nor to within 1, whatever is asked of it (seed ${seed})`, async () => {
    const seen = { secrets: 0, refused: 0, taken: 0 };
    await fc.assert(
      fc.asyncProperty(cube, async (table) => {
        const id = await measure();
        await revise(id, true);
        const cells = cellsOf(table.counts);
        const instants: (string | undefined)[] = [undefined];
        const one = await schedules(world, soon(3_600_000));
        const releases = { all: null, one, other: await schedules(world, soon(7_200_000)) };
        for (const [place, batch] of rowsOf(cells, table).entries()) {
          const release = releases[table.into[place]!];
          for (const number of [1, 2]) {
            const some = batch.filter(([definition]) => definition === number).map(([, row]) => row);
            if (some.length === 0) continue;
            const verdicts = verdictsOf(await publishes(world, id, some, { definition: number, release }));
            seen.refused += verdicts.filter((verdict) => verdict === inferred).length;
            seen.taken += verdicts.filter((verdict) => verdict !== inferred).length;
          }
          instants.push(new Date().toISOString());
        }
        const known = await readAll(id, cells, instants);
        const secrets = [...known.suppressed].filter((place) => !known.numbers.has(place));
        seen.secrets += secrets.length;
        const given = determined(cells, known.numbers);
        expect(secrets.filter((place) => given.has(place))).toEqual([]);
        const near = within(cells, known.numbers, 1);
        expect(secrets.filter((place) => near.has(place))).toEqual([]);
        expect([...known.split]).toEqual([]);
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    // It is about something: much is suppressed, much shown, and much refused.
    expect([seen.secrets, seen.taken, seen.refused].map((count) => count > runs)).toEqual([true, true, true]);
  }, 240_000);
});
