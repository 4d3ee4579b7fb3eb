import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';

let world: World;
let key = 0;

const statistician = 'department-for-education.statistician';
const unit = 'mission-delivery-unit.mission-unit';
const lower = { formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 's' };
const higher = { ...lower, unit: 'percent', polarity: 'HIGHER', frequency: 'ACADEMIC_YEAR' };

async function does(deed: string, input: object, as: string, fields: string) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { ${fields} userErrors { code message path } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: `key ${++key}`, ...input } } });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data[deed];
}

let made = 0;
/** A measure of its own with these figures; answers its id. */
async function measureWith(definition: object, rows: object[], releasedAt?: string): Promise<string> {
  const measure = `measure-${++made}`;
  await does(
    'defineMeasure',
    { id: measure, title: 't', outcome: 'o', definition, releasedAt: '2000-01-01T00:00:00Z' },
    statistician,
    'measure { id }',
  );
  if (rows.length > 0) await publish(measure, rows, { releasedAt });
  return measure;
}
async function publish(measure: string, rows: object[], more: object = {}) {
  const { rows: verdicts } = await does(
    'publishObservations',
    { measure, source: 's', rows, ...more },
    statistician,
    'rows { accepted }',
  );
  expect(verdicts.every(({ accepted }: { accepted: boolean }) => accepted)).toBe(true);
}
const expects = (measure: string, points: object[], more: object = {}) =>
  does('setTrajectory', { measure, method: 'm', author: 'a', points, ...more }, unit, 'trajectory { version }');
/** What has ended was promised long ago. */
const promises = (measure: string, input: { periodEnd?: string; kind: string; [more: string]: unknown }) => {
  const isOver = input.kind !== 'CUMULATIVE_CAP' && (input.periodEnd ?? '2999') < '2026';
  const releasedAt = isOver ? '2001-01-01T00:00:00Z' : null;
  return does(
    'setTarget',
    { id: `${measure}-target`, measure, setBy: 's', releasedAt, ...input },
    unit,
    'target { id }',
  );
};
const breaks = (measure: string, definition: object, comparableWithPrevious = false) =>
  does(
    'reviseDefinition',
    { measure, definition, comparableWithPrevious, comparabilityReason: 'The assessment was reformed' },
    statistician,
    'definition { number }',
  );

async function assessed(measure: string, asKnownAt?: string) {
  const document = `query ($id: ID!) { measure(id: $id) { assessment { verdict rule } } }`;
  const answer = await world.ask(document, { variables: { id: measure }, asKnownAt });
  return answer.data.measure.assessment;
}
async function targetsAssessed(measure: string) {
  const document = `query ($id: ID!) { measure(id: $id) { targets { assessment { verdict rule judged { name } } } } }`;
  const answer = await world.ask(document, { variables: { id: measure } });
  return answer.data.measure.targets.map(({ assessment }: { assessment: object }) => assessment);
}

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  await does('defineOutcome', { id: 'o', title: 't', kind: 'IMPACT', missions: ['m'] }, unit, 'outcome { id }');
});
afterAll(() => world?.stop());

describe('against a trajectory the verdict', () => {
  const point = { period: '2021', value: '430' };
  const judged = async (row: object, points: object[] = [point], definition: object = lower) => {
    const measure = await measureWith(definition, [{ period: '2021', ...row }]);
    await expects(measure, points);
    return assessed(measure);
  };

  it('is AHEAD below it where lower is better, and BEHIND above it', async () => {
    expect(await judged({ value: '424.5' })).toEqual({
      verdict: 'AHEAD',
      rule: 'The figure for 2021 is 424.5 MtCO2e; the trajectory (version 1) expects 430. As lower is better, it is ahead by 5.5.',
    });
    expect(await judged({ value: '447.8774362216295' })).toEqual({
      verdict: 'BEHIND',
      rule: 'The figure for 2021 is 447.8774 MtCO2e; the trajectory (version 1) expects 430. As lower is better, it is behind by 17.8774.',
    });
  });

  it('turns round where higher is better, and any distance is BEHIND where a range is', async () => {
    expect((await judged({ value: '440' }, [point], { ...lower, polarity: 'HIGHER' })).verdict).toBe('AHEAD');
    expect((await judged({ value: '420' }, [point], { ...lower, polarity: 'HIGHER' })).verdict).toBe('BEHIND');
    expect((await judged({ value: '440' }, [point], { ...lower, polarity: 'RANGE' })).verdict).toBe('BEHIND');
  });

  it('is ON at the same value or inside the band', async () => {
    expect(await judged({ value: '430.0' })).toEqual({
      verdict: 'ON',
      rule: 'The figure for 2021 is 430 MtCO2e; the trajectory (version 1) expects 430: they are the same.',
    });
    expect(await judged({ value: '434' }, [{ ...point, low: '425', high: '435' }])).toEqual({
      verdict: 'ON',
      rule: 'The figure for 2021 is 434 MtCO2e, inside the band of the trajectory (version 1) from 425 to 435 MtCO2e.',
    });
  });

  it('is NOT_DISTINGUISHABLE when the interval contains the expected value, whatever the band says', async () => {
    const row = { value: '440', low: '430', high: '450', confidenceLevel: '95.0' };
    expect(await judged(row, [{ ...point, low: '400', high: '445' }])).toEqual({
      verdict: 'NOT_DISTINGUISHABLE',
      rule: 'The figure for 2021 lies between 430 and 450 MtCO2e (95% confidence), which contains the trajectory (version 1) at 430: the two cannot be told apart.',
    });
    expect((await judged({ value: '440', low: '430.0000001', high: '450' })).verdict).toBe('BEHIND');
  });

  it('is NOT_DISTINGUISHABLE when the margin is below the precision of the series', async () => {
    expect(await judged({ value: '430.0000000000000001' })).toEqual({
      verdict: 'NOT_DISTINGUISHABLE',
      rule: 'The figure for 2021 is 430 MtCO2e, against the trajectory (version 1) at 430; the margin of 0.0000000000000001 is below the precision of this series (0.1), so the two cannot be told apart.',
    });
    expect((await judged({ value: '430.1' })).verdict).toBe('BEHIND');
  });

  it('is NO_DATA with the reason when something is not there', async () => {
    expect(await assessed(await measureWith(lower, []))).toEqual({
      verdict: 'NO_DATA',
      rule: 'There is no observation yet.',
    });
    expect(await assessed(await measureWith(lower, [{ period: '2021', value: '1' }]))).toEqual({
      verdict: 'NO_DATA',
      rule: 'Neither a trajectory nor a target says what to expect of 2021.',
    });
    expect((await judged({ value: '1' }, [{ period: '2022', value: '1' }])).rule).toBe(
      'The trajectory (version 1) has no point for 2021, the newest figure.',
    );
    expect((await judged({ value: null })).rule).toBe('The figure for 2021 is missing.');
    expect((await judged({ valueKind: 'SUPPRESSED' })).rule).toBe('The figure for 2021 is suppressed.');
    expect((await judged({ valueKind: 'NOT_APPLICABLE' })).rule).toBe('The figure for 2021 does not apply.');
  });

  it('is NOT_COMPARABLE after a break in the series, and stays so through later comparable versions', async () => {
    const measure = await measureWith(higher, [{ period: '2018/19', value: '72' }]);
    await expects(measure, [
      { period: '2018/19', value: '72' },
      { period: '2021/22', value: '73' },
    ]);
    expect((await assessed(measure)).verdict).toBe('ON');
    await breaks(measure, { ...higher, validFrom: '2021-09-01' });
    await publish(measure, [{ period: '2021/22', value: '65.2', status: 'BREAK' }]);
    const rule = (definition: number) =>
      `The figure for 2021/22 follows definition ${definition}, the trajectory (version 1) was made for definition 1, and the two cannot be compared: The assessment was reformed.`;
    expect(await assessed(measure)).toEqual({ verdict: 'NOT_COMPARABLE', rule: rule(2) });
    await breaks(measure, higher, true);
    await publish(measure, [{ period: '2021/22', value: '65.2' }]);
    expect(await assessed(measure)).toEqual({ verdict: 'NOT_COMPARABLE', rule: rule(3) });
    await expects(measure, [{ period: '2021/22', value: '66' }], { definition: 2 });
    expect((await assessed(measure)).verdict).toBe('BEHIND');
  });

  it('is that of the instant it is asked for', async () => {
    const measure = await measureWith(lower, [{ period: '2021', value: '440' }], '2022-01-01T00:00:00Z');
    await expects(measure, [point], { releasedAt: '2022-02-01T00:00:00Z' });
    await publish(measure, [{ period: '2021', value: '420' }], { releasedAt: '2023-01-01T00:00:00Z' });
    const verdictAt = async (instant?: string) => (await assessed(measure, instant)).verdict;
    expect(await verdictAt('2021-06-01T00:00:00Z')).toBe('NO_DATA');
    expect(await verdictAt('2022-01-15T00:00:00Z')).toBe('NO_DATA');
    expect(await verdictAt('2022-06-01T00:00:00Z')).toBe('BEHIND');
    expect(await verdictAt()).toBe('AHEAD');
  });

  it('looks at the whole alone: neither an area nor a breakdown moves it', async () => {
    const measure = await measureWith(lower, [{ period: '2021', value: '430' }]);
    await expects(measure, [point]);
    const parts = [
      { period: '2022', value: '9', area: 'E92000001' },
      { period: '2022', value: '9', dimensions: [{ name: 'Gas', value: 'CH4' }] },
    ];
    await publish(measure, parts);
    expect((await assessed(measure)).verdict).toBe('ON');
  });
});

describe('without a trajectory', () => {
  it('a floor or a ceiling is ON while it is kept and BEHIND once it is broken', async () => {
    const measure = await measureWith({ ...higher, frequency: 'MONTH' }, [{ period: '2019-03', value: '86.6' }]);
    await promises(measure, { kind: 'FLOOR', value: '95', periodStart: '2010-06-01' });
    expect(await assessed(measure)).toEqual({
      verdict: 'BEHIND',
      rule: 'The figure for 2019-03 is 86.6 percent, against the floor of 95: it is broken by 8.4.',
    });
    await publish(measure, [{ period: '2019-04', value: '95' }]);
    expect((await assessed(measure)).rule).toBe(
      'The figure for 2019-04 is 95 percent, against the floor of 95: it is kept exactly.',
    );
    await publish(measure, [{ period: '2019-05', value: '94', low: '93', high: '96' }]);
    expect((await assessed(measure)).verdict).toBe('NOT_DISTINGUISHABLE');
    const early = await measureWith(lower, [{ period: '2009', value: '1' }]);
    await promises(early, { kind: 'CEILING', value: '95', periodStart: '2010-06-01', periodEnd: '2012-12-31' });
    expect((await assessed(early)).rule).toContain('holds from 2010-06-01, and the newest figure is for 2009.');
    await publish(early, [{ period: '2011', value: '96' }]);
    expect((await assessed(early)).verdict).toBe('BEHIND');
    await publish(early, [{ period: '2013', value: '96' }]);
    expect((await assessed(early)).rule).toContain('held until 2012-12-31, and the newest figure is for 2013.');
  });

  it('a range is ON inside, BEHIND outside and NOT_DISTINGUISHABLE across an end', async () => {
    const verdicts = [];
    for (const row of [{ value: '5' }, { value: '2' }, { value: '11' }, { value: '9', low: '8', high: '10' }]) {
      const measure = await measureWith({ ...lower, polarity: 'RANGE' }, [{ period: '2021', ...row }]);
      await promises(measure, { kind: 'RANGE', value: '3', upper: '10', periodStart: '2020-01-01' });
      verdicts.push((await assessed(measure)).verdict);
    }
    expect(verdicts).toEqual(['ON', 'BEHIND', 'BEHIND', 'NOT_DISTINGUISHABLE']);
  });

  it('a target whose day is still ahead is NO_DATA, for nothing says what to expect now', async () => {
    const measure = await measureWith(higher, [{ period: '2023/24', value: '68' }]);
    await promises(measure, { kind: 'POINT_BY_DATE', value: '75', periodEnd: '2998-12-31' });
    expect(await assessed(measure)).toEqual({
      verdict: 'NO_DATA',
      rule: 'The figure for 2023/24 is 68 percent; the target of 75 percent by 2998-12-31 is still ahead: it is judged when that day has come, and until then only a trajectory says what to expect.',
    });
    await promises(measure, { kind: 'RATE', value: '1', periodEnd: '2998-12-31', id: `${measure}-rate` });
    expect((await assessed(measure)).verdict).toBe('NO_DATA');
  });

  it('a target whose day has passed is judged by the figure of that day’s period', async () => {
    const measure = await measureWith(higher, [{ period: '2017/18', value: '70' }]);
    await promises(measure, { kind: 'POINT_BY_DATE', value: '75', periodEnd: '2019-03-31' });
    expect((await assessed(measure)).rule).toBe(
      'There is no figure yet for the period of 2019-03-31, when the target of 75 percent by 2019-03-31 was due.',
    );
    await publish(measure, [
      { period: '2018/19', value: '76' },
      { period: '2019/20', value: '60' },
    ]);
    expect(await assessed(measure)).toEqual({
      verdict: 'AHEAD',
      rule: 'The figure for 2018/19 is 76 percent, against the target, due 2019-03-31, of 75: as higher is better, it was passed by 1.',
    });
    await publish(measure, [{ period: '2018/19', value: '75' }]);
    expect((await assessed(measure)).verdict).toBe('ON');
    await publish(measure, [{ period: '2018/19', value: '72' }]);
    expect((await assessed(measure)).verdict).toBe('BEHIND');
    await breaks(measure, higher);
    await publish(measure, [{ period: '2020/21', value: '60' }]);
    expect((await assessed(measure)).verdict).toBe('BEHIND');
  });

  it('a cumulative cap is judged when every period is there, and partial before', async () => {
    const years = ['2008', '2009', '2010', '2011'].map((period) => ({ period, value: '600.5' }));
    const measure = await measureWith(lower, years);
    const cap = { kind: 'CUMULATIVE_CAP', value: '3018', periodStart: '2008-01-01', periodEnd: '2012-12-31' };
    await promises(measure, { ...cap, note: 'This series is not the legal account' });
    expect(await assessed(measure)).toEqual({
      verdict: 'NO_DATA',
      rule: 'Only 4 of the 5 periods of the cap of 3018 MtCO2e for 2008 to 2012 have a figure, and they add up to 2402: a cap is judged when all are there. This series is not the legal account.',
    });
    await publish(measure, [{ period: '2012', value: null }]);
    expect((await assessed(measure)).verdict).toBe('NO_DATA');
    await publish(measure, [{ period: '2012', value: '615.997' }]);
    expect(await assessed(measure)).toEqual({
      verdict: 'NOT_DISTINGUISHABLE',
      rule: 'The sum of the 5 periods 2008 to 2012 is 3017.997 MtCO2e, against the cap of 3018; the margin of 0.003 is below the precision of this series (0.1), so the two cannot be told apart. This series is not the legal account.',
    });
    await publish(measure, [{ period: '2012', value: '600' }]);
    expect((await assessed(measure)).rule).toContain(
      'is 3002 MtCO2e, against the cap of 3018: it is kept with 16 to spare.',
    );
    await publish(measure, [{ period: '2012', value: '650' }]);
    expect((await assessed(measure)).verdict).toBe('BEHIND');
  });

  it('a rate is judged by the newest change, and needs the period before', async () => {
    const measure = await measureWith(lower, [{ period: '2019', value: '430' }]);
    await promises(measure, { kind: 'RATE', value: '-6', periodEnd: '2030-12-31' });
    expect((await assessed(measure)).rule).toBe('There is no figure for 2018 to see a change of 2019 by.');
    const year = (period: string, value: string, interval: object = {}) =>
      publish(measure, [{ period, value, ...interval }]);
    await year('2020', '425');
    expect(await assessed(measure)).toEqual({
      verdict: 'BEHIND',
      rule: 'The change from 2019 to 2020 is -5 MtCO2e, against a change of -6 MtCO2e in a period: it is behind by 1.',
    });
    await year('2021', '417.5');
    expect(await assessed(measure)).toMatchObject({ verdict: 'AHEAD', rule: expect.stringContaining('ahead by 1.5.') });
    await year('2022', '411.5');
    expect((await assessed(measure)).verdict).toBe('ON');
    await year('2023', '400', { low: '394', high: '406' });
    expect(await assessed(measure)).toMatchObject({
      verdict: 'NOT_DISTINGUISHABLE',
      rule: expect.stringContaining('lies between -17.5 and -5.5 MtCO2e, which contains the promised -6'),
    });
    await breaks(measure, { ...lower, validFrom: '2024-01-01' });
    await publish(measure, [{ period: '2024', value: '390' }]);
    expect((await assessed(measure)).verdict).toBe('NOT_COMPARABLE');
  });

  it('a promise of no change is broken by a change for the worse, whichever way is better', async () => {
    const changes = [];
    for (const definition of [lower, { ...higher, frequency: 'YEAR' }]) {
      for (const value of ['430.5', '429', '431']) {
        const measure = await measureWith(definition, [
          { period: '2019', value: '430' },
          { period: '2020', value },
        ]);
        await promises(measure, { kind: 'RATE', value: '0', periodEnd: '2998-12-31' });
        changes.push((await assessed(measure)).verdict);
      }
    }
    expect(changes).toEqual(['BEHIND', 'AHEAD', 'BEHIND', 'AHEAD', 'BEHIND', 'AHEAD']);
  });

  it('a rate is judged neither before it holds nor after it has ended', async () => {
    const measure = await measureWith(higher, [{ period: '2020/21', value: '70' }]);
    await promises(measure, { kind: 'RATE', value: '1', periodEnd: '2020-12-31' });
    expect((await assessed(measure)).rule).toContain('held until 2020-12-31, and the newest figure is for 2020/21.');
    const next = await measureWith(higher, [{ period: '2020/21', value: '70' }]);
    await promises(next, { kind: 'RATE', value: '1', periodStart: '2021-09-01', periodEnd: '2025-12-31' });
    expect((await assessed(next)).rule).toContain('holds from 2021-09-01, and the newest figure is for 2020/21.');
  });

  it('a cap counts figures without an interval as exact beside those that have one', async () => {
    const measure = await measureWith(lower, [
      { period: '2008', value: '10' },
      { period: '2009', value: '12', low: '8', high: '16' },
    ]);
    await promises(measure, {
      kind: 'CUMULATIVE_CAP',
      value: '20',
      periodStart: '2008-01-01',
      periodEnd: '2009-12-31',
    });
    expect(await assessed(measure)).toMatchObject({
      verdict: 'NOT_DISTINGUISHABLE',
      rule: expect.stringContaining('lies between 18 and 26 MtCO2e, which contains the cap of 20'),
    });
  });

  it('each target has a verdict of its own, and the measure that of the one now in force', async () => {
    const measure = await measureWith(lower, [
      { period: '2008', value: '10' },
      { period: '2009', value: '10' },
    ]);
    await promises(measure, {
      id: `${measure}-1`,
      kind: 'CUMULATIVE_CAP',
      value: '30',
      periodStart: '2008-01-01',
      periodEnd: '2009-12-31',
    });
    await promises(measure, {
      id: `${measure}-2`,
      kind: 'CUMULATIVE_CAP',
      value: '5',
      periodStart: '2010-01-01',
      periodEnd: '2011-12-31',
    });
    expect((await assessed(measure)).verdict).toBe('ON');
    const verdicts = (await targetsAssessed(measure)).map(({ verdict }: { verdict: string }) => verdict);
    expect(verdicts).toEqual(['ON', 'NO_DATA']);
    await publish(measure, [{ period: '2010', value: '10' }]);
    expect((await assessed(measure)).rule).toContain('they already add up to 10');
  });

  it('a cap over a break in the series is NOT_COMPARABLE', async () => {
    const measure = await measureWith(lower, [{ period: '2008', value: '10' }]);
    await promises(measure, {
      kind: 'CUMULATIVE_CAP',
      value: '30',
      periodStart: '2008-01-01',
      periodEnd: '2009-12-31',
    });
    await breaks(measure, lower);
    await publish(measure, [{ period: '2009', value: '10' }]);
    expect((await assessed(measure)).verdict).toBe('NOT_COMPARABLE');
  });
});

describe('the guardrails of a mission', () => {
  it('stand beside its targets, each with its verdict, also apart from its other outcomes', async () => {
    const outcome = (id: string, kind: string) =>
      does('defineOutcome', { id, title: id, kind, missions: ['guarded'] }, unit, 'outcome { id }');
    await outcome('bills', 'GUARDRAIL');
    await outcome('emissions', 'IMPACT');
    const definition = { ...lower, unit: 'percent' };
    await does(
      'defineMeasure',
      { id: 'fuel-poverty', title: 't', outcome: 'bills', definition },
      statistician,
      'measure { id }',
    );
    await publish('fuel-poverty', [{ period: '2021', value: '14' }]);
    await promises('fuel-poverty', { kind: 'CEILING', value: '13', periodStart: '2020-01-01' });
    const document = `{ _entities(representations: [{ __typename: "Mission", id: "guarded" }, { __typename: "Mission", id: "open" }]) {
      ... on Mission { outcomes { id } guardrails { id measures { assessment { verdict } } } } } }`;
    expect((await world.ask(document)).data._entities).toEqual([
      {
        outcomes: [{ id: 'bills' }, { id: 'emissions' }],
        guardrails: [{ id: 'bills', measures: [{ assessment: { verdict: 'BEHIND' } }] }],
      },
      { outcomes: [], guardrails: [] },
    ]);
  });
});

describe('a human judgement', () => {
  const judges = (input: object, as = unit) =>
    does(
      'judgeMeasure',
      { verdict: 'BEHIND', name: 'Chief statistician', reason: 'The mild winter flatters it', ...input },
      as,
      'judgement { number period }',
    );

  it('stands beside the computed verdict, with name, reason and what it was about', async () => {
    const measure = await measureWith(lower, [{ period: '2021', value: '420' }]);
    await expects(measure, [{ period: '2021', value: '430' }]);
    expect((await judges({ measure })).judgement).toEqual({ number: 1, period: '2021' });
    const document = `query ($id: ID!) { measure(id: $id) { assessment { verdict judged { verdict name reason period vintage number } } } }`;
    const answer = await world.ask(document, { variables: { id: measure } });
    expect(answer.data.measure.assessment).toEqual({
      verdict: 'AHEAD',
      judged: {
        verdict: 'BEHIND',
        name: 'Chief statistician',
        reason: 'The mild winter flatters it',
        period: '2021',
        vintage: 1,
        number: 1,
      },
    });
    expect(await targetsAssessed(measure)).toEqual([]);
  });

  it('is refused by name without a name, a reason or a measure', async () => {
    const measure = await measureWith(lower, []);
    for (const [input, code] of [
      [{ measure, name: '' }, 'BAD_USER_INPUT'],
      [{ measure, reason: ' ' }, 'BAD_USER_INPUT'],
      [{ measure: 'nowhere' }, 'UNKNOWN_MEASURE'],
    ] as const) {
      expect((await judges(input)).userErrors[0].code).toBe(code);
    }
    expect((await judges({ measure })).judgement).toEqual({ number: 1, period: null });
  });

  it('is for the mission unit', async () => {
    const measure = await measureWith(lower, []);
    await expect(judges({ measure }, statistician)).rejects.toThrow('FORBIDDEN');
  });
});
