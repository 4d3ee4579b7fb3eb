import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { gammaln } from 'simple-statistics';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';
import { schedules } from './releases-for-tests.js';
import { type Line, lineThrough, studentsT } from './straight-line.js';

let world: World;
let key = 0;
let made = 0;

const statistician = 'department-for-education.statistician';
const unit = 'mission-delivery-unit.mission-unit';
const higher = { formula: 'f', unit: 'percent', decimals: 1, polarity: 'HIGHER', frequency: 'YEAR', source: 's' };
const lower = { ...higher, unit: 'MtCO2e', polarity: 'LOWER' };
const rising = ['70.1', '71.4', '71.9', '73.2', '74.4', '74.9'];

async function does(deed: string, input: object, as: string) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const rows = deed === 'publishObservations' ? 'rows { userErrors { code } }' : '';
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { ${rows} userErrors { code message } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: `key ${++key}`, ...input } } });
  const faults = answer.data?.[deed].rows?.flatMap(({ userErrors }: { userErrors: object[] }) => userErrors) ?? [];
  if (answer.errors || [...answer.data[deed].userErrors, ...faults].length > 0) throw new Error(JSON.stringify(answer));
}

interface Row {
  period: string;
  value: string | null;
  status?: string;
}
const years = (from: number, values: (string | null)[]): Row[] =>
  values.map((value, at) => ({ period: String(from + at), value }));

async function measureWith(definition: object, rows: Row[]): Promise<string> {
  const measure = `projected-${++made}`;
  const releasedAt = '2000-01-01T00:00:00Z';
  await does('defineMeasure', { id: measure, title: 't', outcome: 'o', definition, releasedAt }, statistician);
  if (rows.length > 0) await publish(measure, rows);
  return measure;
}
const publish = (measure: string, rows: Row[], more: object = {}) =>
  does('publishObservations', { measure, source: 's', rows, ...more }, statistician);
/** What has ended was promised long ago. */
const promises = (measure: string, target: object) => {
  const releasedAt = 'periodEnd' in target && String(target.periodEnd) < '2026' ? '2001-01-01T00:00:00Z' : null;
  const input = { id: `${measure}-target`, measure, setBy: 's', kind: 'POINT_BY_DATE', releasedAt, ...target };
  return does('setTarget', input, unit);
};

async function read(measure: string, fields: string, asKnownAt?: string) {
  const document = `query ($id: ID!) { measure(id: $id) { ${fields} } }`;
  const answer = await world.ask(document, { variables: { id: measure }, asKnownAt });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data.measure;
}
const everything = `rule target { id } figureCount from until changePerPeriod period expected low high confidenceLevel
  reach reachedIn`;
const projected = async (measure: string, fields = everything) =>
  (await read(measure, `projection { ${fields} }`)).projection;

/** How a series of years stands against one target. */
async function reached(values: string[], target: object, definition = higher) {
  const measure = await measureWith(definition, years(2016, values));
  await promises(measure, target);
  const { reach, reachedIn } = await projected(measure);
  return [reach, reachedIn];
}

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  await does('defineOutcome', { id: 'o', title: 't', kind: 'IMPACT', missions: ['m'] }, unit);
});
afterAll(() => world?.stop());

describe('a straight line through figures', () => {
  const line = (values: number[]): Line => lineThrough(values.map((value, at) => [at + 1, value]));

  it('is that of least squares, with the prediction intervals that other statistics packages compute', () => {
    // Source: scipy.stats.linregress and scipy.stats.t, version 1, for the same figures.
    const { slope, at, margin } = line([70.1, 71.4, 71.9, 73.2, 74.4, 74.9]);
    expect(slope).toBeCloseTo(0.98, 10);
    expect(at(10)).toBeCloseTo(79.02, 10);
    expect(margin([10])).toBeCloseTo(1.30823023, 4);
    expect(line([2, 4, 5, 4, 5]).margin([6])).toBeCloseTo(4.12492186, 3);
  });

  it('tells movement from none only beyond its scatter', () => {
    expect(
      [line([2, 4, 5, 4, 5]), line([70.1, 71.4, 71.9, 73.2, 74.4, 74.9]), line([3, 3, 3, 3, 3])].map(
        ({ maybeFlat }) => maybeFlat,
      ),
    ).toEqual([true, false, true]);
  });

  it('is sure by Student’s t: a fortieth of the distribution lies above each of its limits', () => {
    for (const [at, limit] of studentsT.entries()) expect(shareBelow(limit, at + 1)).toBeCloseTo(0.975, 5);
  });

  /** Simpson's rule over the density from zero on. */
  function shareBelow(limit: number, freedom: number): number {
    const height = Math.exp(gammaln((freedom + 1) / 2) - gammaln(freedom / 2)) / Math.sqrt(freedom * Math.PI);
    const density = (t: number) => height * (1 + (t * t) / freedom) ** (-(freedom + 1) / 2);
    const steps = 2000;
    const ends = density(0) + density(limit);
    const inner = Array.from({ length: steps - 1 }, (_, at) => density(((at + 1) * limit) / steps) * (at % 2 ? 2 : 4));
    return 0.5 + ((ends + inner.reduce((sum, each) => sum + each, 0)) * limit) / steps / 3;
  }
});

describe('a projection', () => {
  it('says what the line gives at the target’s date, how sure that is, and when the target is reached', async () => {
    const measure = await measureWith(higher, years(2016, rising));
    await promises(measure, { value: '80', periodEnd: '2998-12-31', id: `${measure}-later` });
    await promises(measure, { value: '78', periodEnd: '2025-06-30' });
    expect(await projected(measure)).toEqual({
      rule: 'A straight line by least squares through the newest 6 figures, 2016 to 2021, changes by 0.98 percent a year. For 2025, in which the target’s last day 2025-06-30 lies, it gives 79.02 percent (77.712 to 80.328: 95% prediction interval by Student’s t with 4 degrees of freedom). At this pace the target of 78 percent is reached in 2024.',
      target: { id: `${measure}-target` },
      ...{ figureCount: 6, from: '2016', until: '2021', changePerPeriod: '0.98' },
      ...{ period: '2025', expected: '79.02', low: '77.712', high: '80.328', confidenceLevel: '95' },
      ...{ reach: 'TOWARDS', reachedIn: '2024' },
    });
    expect((await read(measure, 'assessment { verdict }')).assessment).toEqual({ verdict: 'NO_DATA' });
  });

  it('says that a target is reached already, moved away from, or that there is no movement to tell', async () => {
    const by = { periodEnd: '2030-12-31' };
    const flat = ['70', '72', '69', '71', '70', '71'];
    expect([
      await reached(rising, { value: '74.9', ...by }),
      await reached([...rising].reverse(), { value: '80', ...by }),
      await reached(flat, { value: '80', ...by }),
      await reached(rising, { value: '5000', ...by }),
      await reached(rising, { value: '60', ...by }, lower),
      await reached([...rising].reverse(), { value: '68', ...by }, lower),
      await reached(rising, { kind: 'CEILING', value: '70', periodStart: '2010-01-01' }),
      await reached(rising, { kind: 'RANGE', value: '77', upper: '79', periodStart: '2010-01-01' }),
      await reached(rising, { kind: 'RATE', value: '0.5', ...by }),
      await reached(rising, { kind: 'RATE', value: '1.5', ...by }),
      await reached(rising, { kind: 'RATE', value: '-1', ...by }),
    ]).toEqual([
      ['REACHED', null],
      ['AWAY', null],
      ['STILL', null],
      ['TOWARDS', null],
      ['AWAY', null],
      ['TOWARDS', '2024'],
      ['AWAY', null],
      ['TOWARDS', '2023'],
      ['REACHED', null],
      ['TOWARDS', null],
      ['AWAY', null],
    ]);
  });

  it('needs five figures that may be joined, and says how many there are', async () => {
    const measure = await measureWith(higher, years(2016, ['70', '71', null, '72', '73']));
    await promises(measure, { value: '80', periodEnd: '2030-12-31' });
    const none = { figureCount: 0, expected: null, reach: 'UNKNOWN', changePerPeriod: null };
    expect(await projected(measure)).toMatchObject({
      ...none,
      rule: 'A line needs 5 figures that may be joined, and there are 4 since the last break in the series and in its newest periods.',
    });
    await publish(measure, years(2021, ['74']));
    expect(await projected(measure)).toMatchObject({ figureCount: 5, changePerPeriod: '0.756' });
    expect(await projected(await measureWith(higher, []))).toMatchObject({
      ...none,
      rule: 'There is no observation yet.',
    });
  });

  it('never goes across a break in the series, neither between definitions nor one its source marks', async () => {
    const measure = await measureWith(higher, years(2011, ['10', '20', '30', '40', '50']));
    await promises(measure, { value: '80', periodEnd: '2030-12-31' });
    const revised = {
      comparabilityReason: 'The test was reformed',
      definition: { ...higher, validFrom: '2016-01-01' },
    };
    await does('reviseDefinition', { measure, comparableWithPrevious: false, ...revised }, statistician);
    await publish(measure, years(2016, rising.slice(0, 4)));
    expect((await projected(measure)).rule).toContain('there are 4 since the last break');
    await publish(measure, years(2020, rising.slice(4)));
    expect(await projected(measure)).toMatchObject({
      ...{ figureCount: 6, from: '2016', changePerPeriod: '0.98', expected: null, reach: 'UNKNOWN' },
      rule: expect.stringContaining('the two cannot be compared: The test was reformed.'),
    });
    await promises(measure, { value: '80', periodEnd: '2030-12-31', id: `${measure}-new`, definition: 2 });
    const { targets } = await read(measure, 'targets { projection { reach } }');
    expect(targets.map(({ projection }: { projection: object }) => projection)).toEqual([
      { reach: 'TOWARDS' },
      { reach: 'UNKNOWN' },
    ]);
    await publish(measure, [{ period: '2018', value: '71.9', status: 'BREAK' }]);
    expect((await projected(measure)).rule).toContain('there are 4 since the last break');
  });

  it('goes on through a definition that can be compared with the one before', async () => {
    const measure = await measureWith(higher, years(2016, rising.slice(0, 3)));
    const same = { comparabilityReason: 'The same figures from another office', definition: higher };
    await does('reviseDefinition', { measure, comparableWithPrevious: true, ...same }, statistician);
    await publish(measure, years(2018, rising.slice(2)));
    expect(await projected(measure)).toMatchObject({ figureCount: 6, changePerPeriod: '0.98' });
  });

  it('is that of the newest ten years, in the vintages known at the instant it is asked for', async () => {
    const measure = await measureWith(higher, []);
    const before = { releasedAt: '2022-01-01T00:00:00Z' };
    await publish(measure, years(2008, ['1', '99', '3', ...Array.from({ length: 10 }, (_, at) => `${at}`)]), before);
    await publish(measure, years(2020, ['18']));
    const at = async (instant?: string) =>
      (await read(measure, 'projection { from changePerPeriod }', instant)).projection;
    expect(await at('2022-06-01T00:00:00Z')).toEqual({ from: '2011', changePerPeriod: '1' });
    expect(await at()).toEqual({ from: '2011', changePerPeriod: '1.491' });
  });

  it('is moved by no figure that waits in a release, nor is what a cap or a rate has', async () => {
    const measure = await measureWith(lower, years(2016, rising));
    await promises(measure, { kind: 'RATE', value: '0.5', periodEnd: '2998-12-31' });
    const whole = { kind: 'CUMULATIVE_CAP', value: '500', periodStart: '2020-01-01', periodEnd: '2023-12-31' };
    await promises(measure, { ...whole, id: `${measure}-cap` });
    const fields = `projection { ${everything} } targets { assessment { rule } projection { rule } cumulative { rule } }`;
    const before = await read(measure, fields);
    const release = await schedules(world, '2998-06-01T09:30:00Z', {}, statistician);
    await publish(measure, years(2020, ['1', '2', '3']), { release });
    expect(await read(measure, fields)).toEqual(before);
    expect(await read(measure, fields, '2999-01-01T00:00:00Z')).toEqual(before);
  });

  it('looks at a target that is still to come, and at none where there is none', async () => {
    const measure = await measureWith(higher, years(2016, rising));
    const whole = { kind: 'CUMULATIVE_CAP', value: '500', periodStart: '2020-01-01', periodEnd: '2023-12-31' };
    await promises(measure, { ...whole, id: `${measure}-cap` });
    expect(await projected(measure)).toMatchObject({
      ...{ target: null, figureCount: 6, reach: 'UNKNOWN' },
      rule: expect.stringContaining('No target is set for a single period; a cap on the sum of several says itself'),
    });
    await promises(measure, { value: '80', periodEnd: '2019-12-31' });
    expect(await projected(measure)).toMatchObject({
      ...{ expected: null, reach: 'TOWARDS', reachedIn: '2026' },
      rule: expect.stringContaining('last day 2019-12-31 is not ahead of the newest figure.'),
    });
  });

  it('of many measures costs no more statements than of one', async () => {
    const ids: string[] = [];
    for (const kind of ['FLOOR', 'RATE', 'CUMULATIVE_CAP']) {
      const measure = await measureWith(higher, years(2016, rising));
      const window = { periodStart: '2020-01-01', periodEnd: '2023-12-31' };
      await promises(measure, { kind: 'CUMULATIVE_CAP', value: '400', ...window });
      await promises(measure, { kind, value: '1', ...window, id: `${measure}-other` });
      ids.push(measure);
    }
    const fields = '{ projection { expected } targets { projection { reach } cumulative { gap } } }';
    const statements = async (wanted: string[]) => {
      const heard: string[] = [];
      const stop = onStatement(world.services.outcomes.orm, (sql) => heard.push(sql));
      await world.ask(`{ ${wanted.map((id, at) => `m${at}: measure(id: "${id}") ${fields}`).join(' ')} }`);
      stop();
      return heard.length;
    };
    const one = await statements(ids.slice(0, 1));
    expect(await statements(ids)).toBe(one);
  });
});

describe('a cumulative cap', () => {
  const cumulative = `cumulative { rule periodsPresent periodsWanted sum remaining projected low high gap exceededIn }`;
  const cap = { kind: 'CUMULATIVE_CAP', value: '365', periodStart: '2019-01-01', periodEnd: '2023-12-31' };
  const of = async (measure: string) => (await read(measure, `targets { ${cumulative} }`)).targets[0].cumulative;

  it('is added up so far, and to its end by the line, with the gap that is left', async () => {
    const measure = await measureWith(lower, years(2016, rising));
    await promises(measure, { ...cap, note: 'This is not the legal account' });
    expect(await of(measure)).toEqual({
      rule: '3 of the 5 periods of the cap of 365 MtCO2e for 2019 to 2023 have a figure; they add up to 222.5, 142.5 less than the cap. A straight line by least squares through the newest 6 figures, 2016 to 2021, gives the other 2, and all together 375.64 MtCO2e (95% prediction interval by Student’s t: 373.902 to 377.378), 10.64 more than the cap. This is not the legal account.',
      ...{ periodsPresent: 3, periodsWanted: 5, sum: '222.5', remaining: '142.5' },
      ...{ projected: '375.64', low: '373.902', high: '377.378', gap: '10.64', exceededIn: '2023' },
    });
  });

  it('that has ended is its exact sum, and names the period that used it up', async () => {
    const measure = await measureWith(lower, years(2019, ['100.5', '100.25', '100.125', '50', '50.0']));
    await promises(measure, cap);
    expect(await of(measure)).toMatchObject({
      ...{ periodsPresent: 5, sum: '400.875', remaining: '-35.875', low: null, high: null },
      ...{ projected: '400.875', gap: '35.875', exceededIn: '2023' },
    });
  });

  it('is projected neither back into a gap nor from too few figures nor across a break', async () => {
    const measure = await measureWith(lower, years(2019, ['70', null, '71']));
    await promises(measure, cap);
    const none = { projected: null, gap: null };
    expect(await of(measure)).toMatchObject({
      ...none,
      sum: '141',
      rule: expect.stringContaining('A line needs 5 figures'),
    });
    await publish(measure, years(2014, ['1', '2', '3', '4', '5']));
    expect(await of(measure)).toMatchObject({
      ...none,
      rule: expect.stringContaining('There is no figure for 2020, and a line is drawn ahead only.'),
    });
    const revised = { comparabilityReason: 'Counted otherwise', definition: { ...lower, validFrom: '2021-01-01' } };
    await does('reviseDefinition', { measure, comparableWithPrevious: false, ...revised }, statistician);
    await publish(measure, years(2022, ['9']));
    expect(await of(measure)).toMatchObject({
      ...none,
      sum: null,
      rule: expect.stringContaining('cannot be compared'),
    });
  });

  it('is what other targets do not have', async () => {
    const measure = await measureWith(higher, years(2016, rising));
    await promises(measure, { value: '80', periodEnd: '2030-12-31' });
    expect(await of(measure)).toBeNull();
    await promises(measure, { ...cap, id: `${measure}-cap` });
    const { targets } = await read(measure, 'targets { projection { reach rule } }');
    expect(targets.at(0).projection).toMatchObject({
      reach: 'UNKNOWN',
      rule: expect.stringContaining('as cumulative'),
    });
  });
});

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const firstYear = 2010;
const lastYear = 2021;

const comparing = fc.record({
  /** Of each version after the first: whether it is comparable with the one before. */
  comparable: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  /** Of each year under each version: nothing, or a figure in the order of size of its stretch. */
  figures: fc.array(fc.array(fc.option(fc.integer({ min: 1, max: 9 })), { minLength: 4, maxLength: 4 }), {
    minLength: lastYear - firstYear + 1,
    maxLength: lastYear - firstYear + 1,
  }),
  /** Whether a series goes over to the next version once, or has figures of several at once. */
  isMixed: fc.boolean(),
  from: fc.integer({ min: firstYear, max: lastYear - 1 }),
  promised: fc.integer({ min: 1, max: 4 }),
  expected: fc.integer({ min: 1, max: 4 }),
});
type Comparing = typeof comparing extends fc.Arbitrary<infer Of> ? Of : never;

/** A figure of the random series; those of another stretch are a thousand times as large for each break between. */
interface Made {
  year: number;
  definition: number;
  value: number;
}
const thousandTimes = (stretch: number) => 1000 ** stretch;

/** The stretch of each version, which counts the breaks before it. Only figures of one stretch may be compared. */
const stretchesOf = ({ comparable }: Comparing): number[] =>
  [true, ...comparable].map((_, at) => comparable.slice(0, at).filter((isSame) => !isSame).length);

function figuresIn(random: Comparing, stretches: number[]): Made[] {
  return random.figures.flatMap((versions, at) =>
    versions.flatMap((value, place): Made[] => {
      const isTurn = place === Math.floor((at * stretches.length) / random.figures.length);
      if (value === null || place >= stretches.length || !(random.isMixed || isTurn)) return [];
      return [{ year: firstYear + at, definition: place + 1, value: value * thousandTimes(stretches[place]!) }];
    }),
  );
}

const verdicts = `assessment { verdict } targets { id definition assessment { verdict } projection { figureCount from expected changePerPeriod reach }
  cumulative { sum projected periodsPresent } } projection { figureCount from until expected changePerPeriod reach }`;
const judged = ['AHEAD', 'ON', 'BEHIND', 'NOT_DISTINGUISHABLE'];

describe('figures of definitions that are not comparable', () => {
  it(`are never subtracted, added up, joined by a line or judged against each other (seed ${seed})`, async () => {
    const seen = { judged: 0, apart: 0, drawn: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(comparing, async (random) => {
        const stretches = stretchesOf(random);
        const measure = await measureWith(higher, []);
        for (const [at, comparableWithPrevious] of random.comparable.entries()) {
          const input = { measure, expectedVersion: at + 1, definition: higher, comparableWithPrevious };
          const why = { comparabilityReason: 'r', releasedAt: `2000-02-0${at + 1}T00:00:00Z` };
          await does('reviseDefinition', { ...input, ...why }, statistician);
        }
        const made = figuresIn(random, stretches);
        // The older first: what a newer one that continues it has spoken for, it says nothing new of.
        for (const definition of [...new Set(made.map((each) => each.definition))].sort()) {
          const some = made.filter((each) => each.definition === definition);
          const rows = some.map(({ year, value }) => ({ period: String(year), value: String(value) }));
          await publish(measure, rows, { definition });
        }
        const versionOf = (wanted: number) => Math.min(wanted, stretches.length);
        const promised = versionOf(random.promised);
        const window = { periodStart: `${random.from}-01-01`, periodEnd: `${lastYear}-12-31`, definition: promised };
        for (const kind of ['POINT_BY_DATE', 'CEILING', 'CUMULATIVE_CAP', 'RATE'])
          await promises(measure, {
            ...window,
            kind,
            value: '5',
            id: `${measure}-${kind.toLowerCase().replaceAll('_', '-')}`,
          });
        const points = Array.from({ length: 12 }, (_, at) => ({ period: String(firstYear + at), value: '5' }));
        const path = { measure, method: 'm', author: 'a', points, definition: versionOf(random.expected) };
        await does('setTrajectory', path, unit);

        // Of figures of one year that of the newest version is the newest.
        const latest = made.reduce<Made | null>((last, each) => (last && last.year > each.year ? last : each), null);
        const stretchOf = (definition: number) => stretches[definition - 1]!;
        const isLike = (one: number, other: number) => stretchOf(one) === stretchOf(other);
        const answer = await read(measure, verdicts);
        const isIn = (year: number, definition: number) =>
          made.some((each) => each.year === year && isLike(each.definition, definition));
        const expectVerdict = (verdict: string, mayBe: boolean) => {
          if (judged.includes(verdict)) seen.judged++;
          if (verdict === 'NOT_COMPARABLE') seen.apart++;
          expect([verdict, judged.includes(verdict) && !mayBe]).toEqual([verdict, false]);
        };
        if (latest) expectVerdict(answer.assessment.verdict, isLike(latest.definition, path.definition));
        const [cap, ceiling, point, rate] = ['cumulative-cap', 'ceiling', 'point-by-date', 'rate'].map((kind) =>
          answer.targets.find(({ id }: { id: string }) => id === `${measure}-${kind}`),
        );
        const span = Array.from({ length: lastYear - random.from + 1 }, (_, at) => random.from + at);
        expectVerdict(ceiling.assessment.verdict, latest !== null && isLike(latest.definition, promised));
        expectVerdict(point.assessment.verdict, isIn(lastYear, promised));
        expectVerdict(
          cap.assessment.verdict,
          span.every((year) => isIn(year, promised)),
        );
        expectVerdict(
          rate.assessment.verdict,
          latest !== null && [latest.year, latest.year - 1].every((year) => isIn(year, promised)),
        );

        // A sum of one stretch is so many thousands of thousands, and not as much as one of the next.
        const isOf = (number: number, stretch: number) =>
          number % thousandTimes(stretch) === 0 && number < thousandTimes(stretch + 1);
        if (cap.cumulative.sum !== null) {
          expect([cap.cumulative.sum, isOf(Number(cap.cumulative.sum), stretchOf(promised))]).toEqual([
            cap.cumulative.sum,
            true,
          ]);
        }
        for (const { figureCount, from, changePerPeriod, expected } of [
          answer.projection,
          ...answer.targets.map((each: { projection: object }) => each.projection),
        ]) {
          if (figureCount === 0) continue;
          seen.drawn++;
          const stretch = stretchOf(latest!.definition);
          const joined = made.filter((each) => each.year >= Number(from) && stretchOf(each.definition) === stretch);
          expect(new Set(joined.map(({ year }) => year)).size).toBeGreaterThanOrEqual(figureCount);
          expect(isIn(Number(from), latest!.definition)).toBe(true);
          expect(Math.abs(Number(changePerPeriod))).toBeLessThan(9 * thousandTimes(stretch));
          if (expected !== null) expect(Math.abs(Number(expected))).toBeLessThan(1000 * thousandTimes(stretch));
        }
        for (const { definition, year } of made.slice(0, 3)) {
          const input = { idempotencyKey: `key ${++key}`, measure, period: String(year), definition };
          const document =
            'mutation ($input: SetBaselineInput!) { setBaseline(input: $input) { userErrors { code } } }';
          const { data } = await world.ask(document, { as: unit, variables: { input } });
          const refusal = isLike(definition, stretches.length) ? [] : [{ code: 'NOT_COMPARABLE' }];
          seen.refused += refusal.length;
          expect(data.setBaseline.userErrors).toEqual(refusal);
        }
      }),
      { seed, numRuns: Number(process.env.TEST_RUNS ?? 6), endOnFailure: true },
    );
    expect(Object.values(seen)).not.toContain(0);
  }, 240_000);
});
