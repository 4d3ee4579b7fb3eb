import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { importing } from './import-for-tests.js';
import { describePublished, filesForTests, publishedFile, tableText } from './read-files-for-tests.js';

const written = filesForTests();
const emissions = (vintage: string) => publishedFile(`outcomes/uk_sdg_indicator_13-2-2${vintage}.csv`);
const development = publishedFile('outcomes/uk_good_level_of_development_age5.csv');

let world: World;
beforeAll(async () => {
  world = await startWorld({ services: ['missions', 'outcomes'], gateway: false });
});
afterAll(() => world?.stop());

const figures = (report: Awaited<ReturnType<typeof importing>>) =>
  report.stages.filter(({ name }) => name.startsWith('figures of')).map((stage) => ({ ...stage }));

async function measure(id: string, asked: string, asKnownAt?: string) {
  const document = `query One($id: ID!) { measure(id: $id) { ${asked} } }`;
  const options = { variables: { id }, service: 'outcomes', ...(asKnownAt && { asKnownAt }) } as const;
  const { data, errors } = await world.ask(document, options);
  if (errors && errors[0].extensions.code !== 'NOT_FOUND') throw new Error(errors[0].message);
  return data.measure;
}

const headline =
  'observations(first: 100, filter: { dimensions: [] }) { nodes { period value valueKind status definition vintage } }';

describe('an imported indicator', () => {
  const usual = {
    Year: '2020',
    Gas: '',
    'Observation status': 'Normal value',
    'Unit multiplier': 'Units',
    'Unit measure': 'Tonnes',
    Value: '1.25',
  };

  it('needs to be told which way is good where nobody knows it', async () => {
    const path = written(tableText(usual, [{}]), 'indicator_99-1-1.csv');
    await expect(importing(world, 'ons-sdg', path)).rejects.toThrow('--polarity higher or --polarity lower');
  });

  it('makes nothing in a dry run and says what it could not try', async () => {
    const path = written(tableText(usual, [{}]), 'indicator_99-1-2.csv');
    const report = await importing(world, 'ons-sdg', path, { polarity: 'LOWER', dryRun: true });
    expect(figures(report)).toEqual([expect.objectContaining({ untried: 1, new: 0 })]);
    expect(await measure('sdg-99-1-2', 'id')).toBeNull();
  });

  it('makes its mission, outcome and measure, and refuses a row in another unit by its column', async () => {
    const path = written(
      tableText(usual, [{}, { Gas: 'Methane (CH4)', 'Unit measure': 'Kilograms' }]),
      'indicator_99-1-3.csv',
    );
    const report = await importing(world, 'ons-sdg', path, { polarity: 'LOWER', released: '2021-02-03' });
    expect(figures(report)).toEqual([expect.objectContaining({ new: 1, refused: 1 })]);
    expect(report.refusals).toEqual([expect.objectContaining({ row: 3, column: 'Unit measure', value: 'Kilograms' })]);
    expect(
      await measure(
        'sdg-99-1-3',
        'unit outcome { missions { id } } steward { id } latest { releasedAt statedRelease }',
      ),
    ).toEqual({
      unit: 'Tonnes',
      outcome: { missions: [{ id: 'uk-sdg' }] },
      steward: { id: 'office-for-national-statistics' },
      latest: { releasedAt: '2021-02-03T00:00:00.000Z', statedRelease: true },
    });
  });

  it('belongs to a mission that is there, and to no other', async () => {
    const path = written(tableText(usual, [{}]), 'indicator_99-1-4.csv');
    const named = { polarity: 'LOWER', mission: 'clean-moon' } as const;
    await expect(importing(world, 'ons-sdg', path, named)).rejects.toThrow('There is no mission clean-moon');
    await importing(world, 'ons-sdg', path, { ...named, mission: 'uk-sdg' });
    expect(await measure('sdg-99-1-4', 'outcome { missions { id } }')).toEqual({
      outcome: { missions: [{ id: 'uk-sdg' }] },
    });
  });
});

describePublished('the published emissions, three vintages in their order', () => {
  beforeAll(async () => {
    for (const vintage of ['.rev2021-12-02', '.rev2022-07-08', '']) {
      const report = await importing(world, 'ons-sdg', emissions(vintage));
      expect(report.refusals).toEqual([]);
    }
  });

  it.each([
    ['2021-12-31', '454.766072621302'],
    ['2022-12-31', '447.8774362216295'],
    ['2023-12-31', '450.435177125297'],
  ])('say of 2019, as known at %s, %s million tonnes', async (day, value) => {
    const { observations } = await measure('sdg-13-2-2', headline, `${day}T12:00:00Z`);
    expect(observations.nodes.find(({ period }: { period: string }) => period === '2019')).toMatchObject({ value });
  });

  it('were not known before the first of them was released', async () => {
    expect(await measure('sdg-13-2-2', 'id', '2021-12-01T12:00:00Z')).toBeNull();
  });

  it('keep the parts as breakdowns of the whole', async () => {
    const methane =
      'observations(first: 1, filter: { dimensions: [{ name: "Gas", value: "Methane (CH4)" }] }) { nodes { period value } }';
    expect((await measure('sdg-13-2-2', methane)).observations.nodes).toEqual([
      { period: '1990', value: '150.317367581679' },
    ]);
  });

  it('change nothing when all three come again', async () => {
    for (const [vintage, rows] of [
      ['.rev2021-12-02', 241],
      ['.rev2022-07-08', 248],
      ['', 256],
    ] as const) {
      const report = await importing(world, 'ons-sdg', emissions(vintage));
      expect(figures(report)).toEqual([expect.objectContaining({ new: 0, changed: 0, unchanged: rows })]);
    }
  });
});

describePublished('the published development at age 5, imported', () => {
  beforeAll(async () => {
    const report = await importing(world, 'smc-development', development);
    // Two rows say something about the same children, and not the same: the file does not tell which one counts.
    expect(report.refusals).toEqual([expect.objectContaining({ stage: 'reading', row: 24 })]);
    expect(figures(report).reduce((sum, { new: made }) => sum + made, 0)).toBe(142);
  });

  it('is missing in 2019/20 and not zero', async () => {
    const { observations } = await measure('good-level-of-development-age-5', headline);
    const of = (period: string) => observations.nodes.find((each: { period: string }) => each.period === period);
    expect(of('2019/20')).toMatchObject({ value: null, valueKind: 'MISSING', status: 'MISSING' });
    expect(of('2018/19')).toMatchObject({ value: '72', definition: 1 });
    expect(of('2021/22')).toMatchObject({ value: '65.2', definition: 2, status: 'BREAK' });
  });

  it('has a definition since 2021/22 that cannot be compared with the one before', async () => {
    const { definitions } = await measure(
      'good-level-of-development-age-5',
      'definitions { number comparableWithPrevious comparabilityReason validFrom }',
    );
    expect(definitions).toEqual([
      expect.objectContaining({ number: 1, comparableWithPrevious: null, validFrom: null }),
      expect.objectContaining({
        ...{ number: 2, comparableWithPrevious: false, validFrom: '2021-09-01' },
        comparabilityReason: expect.stringContaining('reformed in September 2021'),
      }),
    ]);
  });
});

describePublished('the published development at age 5 of 2026, imported after it', () => {
  it('goes on with the same series, whatever the layout, and refuses the rows of the map one by one', async () => {
    const report = await importing(world, 'smc-development', development.replace('.csv', '.son2026.csv'));
    const found = figures(report).map(({ new: made, changed, unchanged, refused }) => [
      made,
      changed,
      unchanged,
      refused,
    ]);
    // The older layout has how many of the children reached it as their sample, the newer one how many there are.
    expect([report.refusals.length, found]).toEqual([
      66,
      [
        [28, 21, 2, 0],
        [139, 7, 0, 0],
      ],
    ]);
    const { observations, definitions } = await measure(
      'good-level-of-development-age-5',
      `${headline} definitions { number }`,
    );
    expect(definitions).toHaveLength(2);
    const of = (period: string) => observations.nodes.find((each: { period: string }) => each.period === period);
    expect(of('2021/22')).toMatchObject({ value: '65', definition: 2, status: 'BREAK', vintage: 2 });
    expect(of('2024/25')).toMatchObject({ value: '68', definition: 2, status: 'NORMAL', vintage: 1 });
  });
});

describePublished('the published targets, imported', () => {
  it('are set where the indicator is there; the others are named with what to do', async () => {
    const path = publishedFile('outcomes/targets_real.csv');
    const report = await importing(world, 'targets', path);
    expect(report.stage('targets')).toMatchObject({ new: 7, refused: 3 });
    expect(report.refusals).toContainEqual(
      expect.objectContaining({
        row: 9,
        value: 'nhs_england_ae_attendances.csv',
        reason: expect.stringContaining('import its indicator first'),
      }),
    );
    const { targets } = await measure(
      'good-level-of-development-age-5',
      'targets { id kind value definition periodEnd }',
    );
    expect(targets).toEqual([
      {
        ...{ id: 'good-level-of-development-age-5-point-by-date-2028', kind: 'POINT_BY_DATE', value: '75' },
        ...{ definition: 2, periodEnd: '2028-12-31' },
      },
    ]);
    expect((await importing(world, 'targets', path)).stage('targets')).toMatchObject({
      new: 0,
      unchanged: 7,
      refused: 3,
    });
  });

  it('say of the first carbon budget that it is too close to tell, and that the series is not the legal account', async () => {
    const { targets } = await measure(
      'sdg-13-2-2',
      'targets { periodStart assessment { verdict rule } cumulative { sum remaining projected gap periodsPresent } }',
    );
    const [first, , third] = targets;
    expect(first).toMatchObject({
      cumulative: { sum: '3017.996756574995', remaining: '0.003243425005', periodsPresent: 5 },
      assessment: {
        verdict: 'NOT_DISTINGUISHABLE',
        rule: 'The sum of the 5 periods 2008 to 2012 is 3017.9968 Million tonnes carbon dioxide equivalent (MtCO2e), against the cap of 3018; the margin of 0.0032 is below the precision of this series (0.1), so the two cannot be told apart. The carbon budgets bind the net UK carbon account of the Climate Change Act 2008, not this series of territorial emissions.',
      },
    });
    // The line for 2022 as scipy.stats.linregress draws it through 2012 to 2021: 386.92.
    expect(third).toMatchObject({ assessment: { verdict: 'NO_DATA' }, cumulative: { periodsPresent: 4 } });
    expect(Number(third.cumulative.projected)).toBeCloseTo(1748.0449 + 386.9206, 3);
  });
});
