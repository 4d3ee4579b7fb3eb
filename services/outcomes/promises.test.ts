import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';

let world: World;
let key = 0;

const statistician = 'department-for-energy-security-and-net-zero.statistician';
const unit = 'mission-delivery-unit.mission-unit';
const nextKey = () => `key ${++key}`;

async function does(deed: string, input: object, as: string, fields: string) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { ${fields} replayed userErrors { code message path } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: nextKey(), ...input } } });
  return answer.errors ? { errors: answer.errors } : answer.data[deed];
}
const codesOf = (answer: { userErrors: { code: string }[] }) => answer.userErrors.map(({ code }) => code);

const emissions = {
  formula: 'All gases, weighted by their warming in 100 years',
  unit: 'MtCO2e',
  decimals: 1,
  polarity: 'LOWER',
  frequency: 'YEAR',
  source: 'DESNZ, final UK greenhouse gas emissions',
};
const outcome = (input: object) =>
  does('defineOutcome', { title: 'T', kind: 'IMPACT', missions: ['clean-energy'], ...input }, unit, 'outcome { id }');
const measure = (input: object, as = statistician) =>
  does(
    'defineMeasure',
    { title: 'Emissions', outcome: 'less-warming', definition: emissions, ...input },
    as,
    'measure { id unit steward { id } definitions { number } }',
  );
const target = (input: object, as = statistician) =>
  does(
    'setTarget',
    { measure: 'emissions', kind: 'CEILING', value: '400', periodStart: '2030-01-01', setBy: 'Parliament', ...input },
    as,
    'target { id revision value definition revisions { revision value } }',
  );
const trajectory = (input: object, as = statistician) =>
  does(
    'setTrajectory',
    { measure: 'emissions', method: 'straight line', author: 'DESNZ', ...input },
    as,
    'trajectory { version points { period value low high } }',
  );
const publish = (rows: object[], more: object = {}) =>
  does(
    'publishObservations',
    { measure: 'emissions', source: 'DESNZ', rows, ...more },
    statistician,
    'rows { verdict userErrors { code } }',
  );
const baseline = (input: object) =>
  does(
    'setBaseline',
    { measure: 'emissions', ...input },
    unit,
    'baseline { revision comparable observation { period value vintage } }',
  );

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  await outcome({ id: 'less-warming' });
  await measure({ id: 'emissions', releasedAt: '2020-01-01T00:00:00Z' });
});
afterAll(() => world?.stop());

describe('an outcome', () => {
  it('is defined by the mission unit for several missions and read by the public', async () => {
    const made = await outcome({
      id: 'warm-homes',
      kind: 'GUARDRAIL',
      missions: ['clean-energy', 'healthy-lives'],
      challenge: 'heat',
    });
    expect(made).toEqual({ outcome: { id: 'warm-homes' }, replayed: false, userErrors: [] });
    const read = await world.ask(
      '{ outcome(id: "warm-homes") { title kind illustrative missions { id } challenge { id } measures { id } statedRelease } }',
    );
    expect(read.data.outcome).toEqual({
      title: 'T',
      kind: 'GUARDRAIL',
      illustrative: false,
      missions: [{ id: 'clean-energy' }, { id: 'healthy-lives' }],
      challenge: { id: 'heat' },
      measures: [],
      statedRelease: false,
    });
  });

  it('is listed by mission and kind', async () => {
    await outcome({ id: 'a-guardrail', kind: 'GUARDRAIL', missions: ['growth'] });
    const document =
      '{ outcomes(filter: {mission: "growth", kind: GUARDRAIL}) { nodes { id } totalCount } none: outcomes(filter: {mission: "growth", kind: OUTPUT}) { totalCount } }';
    const read = await world.ask(document);
    expect(read.data).toEqual({ outcomes: { nodes: [{ id: 'a-guardrail' }], totalCount: 1 }, none: { totalCount: 0 } });
  });

  it('is refused by name when it is not sound', async () => {
    expect(codesOf(await outcome({ id: 'Not A Slug' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await outcome({ id: 'no-title', title: ' ' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await outcome({ id: 'no-mission', missions: [] }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await outcome({ id: 'less-warming' }))).toEqual(['ALREADY_EXISTS']);
    expect(codesOf(await outcome({ id: 'tomorrow', releasedAt: '2999-01-01T00:00:00Z' }))).toEqual([
      'RELEASED_IN_FUTURE',
    ]);
  });

  it('is forbidden to a department', async () => {
    const answer = await does(
      'defineOutcome',
      { id: 'x', title: 'T', kind: 'IMPACT', missions: ['m'] },
      statistician,
      'outcome { id }',
    );
    expect(answer.errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('a measure', () => {
  it('has the organisation of its statistician as steward', async () => {
    const made = await measure({ id: 'heat-pumps' });
    expect(made.measure).toEqual({
      id: 'heat-pumps',
      unit: 'MtCO2e',
      steward: { id: 'department-for-energy-security-and-net-zero' },
      definitions: [{ number: 1 }],
    });
  });

  it('answers a dry run in full and leaves nothing behind', async () => {
    const dry = await measure({ id: 'dry', dryRun: true });
    expect(dry.measure.unit).toBe('MtCO2e');
    expect((await world.ask('{ measure(id: "dry") { id } }')).data.measure).toBeNull();
  });

  it('is refused by name when it is not sound', async () => {
    expect(codesOf(await measure({ id: 'no-outcome', outcome: 'nowhere' }))).toEqual(['UNKNOWN_OUTCOME']);
    expect(codesOf(await measure({ id: 'emissions' }))).toEqual(['ALREADY_EXISTS']);
    expect(codesOf(await measure({ id: 'bad-area', nationalArea: 'UK' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await measure({ id: 'bad', definition: { ...emissions, decimals: 41 } }))).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(codesOf(await measure({ id: 'bad', definition: { ...emissions, unit: '' } }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await measure({ id: 'tomorrow', releasedAt: '2999-01-01T00:00:00Z' }))).toEqual([
      'RELEASED_IN_FUTURE',
    ]);
  });

  it('is forbidden to the mission unit', async () => {
    expect((await measure({ id: 'central' }, unit)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('a definition', () => {
  const revise = (input: object, as = statistician) =>
    does(
      'reviseDefinition',
      {
        measure: 'revised',
        definition: emissions,
        comparableWithPrevious: true,
        comparabilityReason: 'Only the words changed',
        ...input,
      },
      as,
      'definition { number comparableWithPrevious comparabilityReason statedRelease }',
    );
  beforeAll(() => measure({ id: 'revised' }));

  it('is revised as the next version, with a word on whether the two compare', async () => {
    const made = await revise({ expectedVersion: 1 });
    expect(made.definition).toEqual({
      number: 2,
      comparableWithPrevious: true,
      comparabilityReason: 'Only the words changed',
      statedRelease: false,
    });
    const read = await world.ask('{ measure(id: "revised") { definitions { number comparableWithPrevious } } }');
    expect(read.data.measure.definitions).toEqual([
      { number: 1, comparableWithPrevious: null },
      { number: 2, comparableWithPrevious: true },
    ]);
  });

  it('is refused by name when it is not sound', async () => {
    expect(codesOf(await revise({ measure: 'nowhere' }))).toEqual(['UNKNOWN_MEASURE']);
    expect(codesOf(await revise({ expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    expect(codesOf(await revise({ comparabilityReason: '' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await revise({ definition: { ...emissions, unit: 'percent' } }))).toEqual(['NOT_COMPARABLE']);
    expect(codesOf(await revise({ releasedAt: '2999-01-01T00:00:00Z' }))).toEqual(['RELEASED_IN_FUTURE']);
    expect(codesOf(await revise({ releasedAt: '2019-01-01T00:00:00Z' }))).toEqual(['OLDER_THAN_NEWEST']);
  });

  it('is forbidden to another organisation and to the mission unit', async () => {
    expect((await revise({}, 'department-for-education.statistician')).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await revise({}, unit)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
});

describe('a target', () => {
  it('keeps its revisions, and the same content makes none', async () => {
    await target({ id: 'ceiling', releasedAt: '2021-06-01T00:00:00Z' });
    const same = await target({ id: 'ceiling', value: '400.0' }, unit);
    expect(same.target.revision).toBe(1);
    const revised = await target({ id: 'ceiling', value: '380', expectedVersion: 1 }, unit);
    expect(revised.target).toEqual({
      id: 'ceiling',
      revision: 2,
      value: '380',
      definition: 1,
      revisions: [
        { revision: 1, value: '400' },
        { revision: 2, value: '380' },
      ],
    });
  });

  it('is read as it was known', async () => {
    const document = '{ measure(id: "emissions") { targets { id value } } }';
    expect((await world.ask(document, { asKnownAt: '2021-05-31T00:00:00Z' })).data.measure.targets).toEqual([]);
    const known = (await world.ask(document, { asKnownAt: '2021-06-02T00:00:00Z' })).data.measure.targets;
    expect(known).toEqual([{ id: 'ceiling', value: '400' }]);
    const now = (await world.ask(document)).data.measure.targets;
    expect(now).toEqual([{ id: 'ceiling', value: '380' }]);
  });

  it('is refused by name when it is not sound', async () => {
    await measure({ id: 'another' });
    const refusals: [object, string][] = [
      [{ id: 'Bad Id' }, 'BAD_USER_INPUT'],
      [{ id: 't', measure: 'nowhere' }, 'UNKNOWN_MEASURE'],
      [{ id: 't', definition: 7 }, 'UNKNOWN_DEFINITION'],
      [{ id: 'ceiling', measure: 'another' }, 'ALREADY_EXISTS'],
      [{ id: 't', setBy: '' }, 'BAD_USER_INPUT'],
      [{ id: 't', sourceUrl: 'javascript:alert(1)' }, 'BAD_USER_INPUT'],
      [{ id: 't', upper: '500' }, 'BAD_USER_INPUT'],
      [{ id: 't', kind: 'RANGE', upper: '400' }, 'BAD_USER_INPUT'],
      [{ id: 't', kind: 'RANGE' }, 'BAD_USER_INPUT'],
      [{ id: 't', periodStart: null }, 'BAD_USER_INPUT'],
      [{ id: 't', kind: 'POINT_BY_DATE' }, 'BAD_USER_INPUT'],
      [{ id: 't', periodEnd: '2029-12-31' }, 'BAD_USER_INPUT'],
      [{ id: 't', kind: 'CUMULATIVE_CAP', periodEnd: '2031-06-30' }, 'PERIOD_DOES_NOT_FIT'],
      [{ id: 'ceiling', value: '1', expectedVersion: 1 }, 'STALE_VERSION'],
      [{ id: 't', releasedAt: '2999-01-01T00:00:00Z' }, 'RELEASED_IN_FUTURE'],
      [{ id: 't', releasedAt: '2019-12-31T00:00:00Z' }, 'RELEASED_TOO_EARLY'],
      [{ id: 'ceiling', value: '1', releasedAt: '2021-06-01T00:00:00Z' }, 'OLDER_THAN_NEWEST'],
    ];
    for (const [input, code] of refusals) expect([input, codesOf(await target(input))]).toEqual([input, [code]]);
  });
});

describe('a target whose end is over when it becomes known', () => {
  const over = { id: 'late', measure: 'historic', kind: 'POINT_BY_DATE', periodStart: null, periodEnd: '2010-12-31' };
  const of = async (more: object) => (await target({ ...over, dryRun: true, ...more })).userErrors[0] ?? 'done';

  it('is refused, unless it says since when it was known; the account of a cap is drawn up afterwards', async () => {
    await measure({ id: 'historic', releasedAt: '2000-01-01T00:00:00Z' });
    const today = new Date().toISOString().slice(0, 10);
    expect(await of({})).toEqual({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('It ends on 2010-12-31, and became known on 20'),
      path: ['periodEnd'],
    });
    expect(await of({ kind: 'FLOOR', periodStart: '2010-01-01' })).toMatchObject({ path: ['periodEnd'] });
    expect(await of({ releasedAt: '2011-01-01T00:00:00Z' })).toMatchObject({ path: ['periodEnd'] });
    expect(await of({ releasedAt: '2010-12-31T23:00:00Z' })).toBe('done');
    expect(await of({ periodEnd: today })).toBe('done');
    expect(await of({ kind: 'CUMULATIVE_CAP', periodStart: '2008-01-01' })).toBe('done');
  });
});

describe('a trajectory', () => {
  it('is a new version each time it says something new', async () => {
    const points = [
      { period: '2031', value: '380' },
      { period: '2030', value: '400', low: '390', high: '410' },
    ];
    const first = await trajectory({ points });
    expect(first.trajectory).toEqual({
      version: 1,
      points: [
        { period: '2030', value: '400', low: '390', high: '410' },
        { period: '2031', value: '380', low: null, high: null },
      ],
    });
    expect((await trajectory({ points: [...points].reverse() }, unit)).trajectory.version).toBe(1);
    expect((await trajectory({ points: [points[0]!], expectedVersion: 1 }, unit)).trajectory.version).toBe(2);
    const document =
      '{ measure(id: "emissions") { trajectory { version points { period } } first: trajectory(version: 1) { version points { period } } } }';
    const { trajectory: newest, first: kept } = (await world.ask(document)).data.measure;
    expect(newest).toEqual({ version: 2, points: [{ period: '2031' }] });
    expect(kept).toEqual({ version: 1, points: [{ period: '2030' }, { period: '2031' }] });
  });

  it('is refused by name when it is not sound', async () => {
    const point = { period: '2031', value: '380' };
    const refusals: [object, string][] = [
      [{ measure: 'nowhere', points: [point] }, 'UNKNOWN_MEASURE'],
      [{ definition: 9, points: [point] }, 'UNKNOWN_DEFINITION'],
      [{ points: [] }, 'BAD_USER_INPUT'],
      [{ points: [point], author: '' }, 'BAD_USER_INPUT'],
      [{ points: [{ ...point, period: '2031/32' }] }, 'PERIOD_DOES_NOT_FIT'],
      [{ points: [point, point] }, 'OVERLAPPING_PERIOD'],
      [{ points: [{ ...point, low: '370' }] }, 'BAD_USER_INPUT'],
      [{ points: [{ ...point, low: '390', high: '370' }] }, 'LOW_ABOVE_HIGH'],
      [{ points: [{ ...point, low: '385', high: '390' }] }, 'VALUE_OUTSIDE_INTERVAL'],
      [{ points: [point], author: 'x', expectedVersion: 1 }, 'STALE_VERSION'],
      [{ points: [point], author: 'x', releasedAt: '2999-01-01T00:00:00Z' }, 'RELEASED_IN_FUTURE'],
      [{ points: [point], author: 'x', releasedAt: '2019-01-01T00:00:00Z' }, 'RELEASED_TOO_EARLY'],
      [{ points: [point], author: 'x', releasedAt: '2021-01-01T00:00:00Z' }, 'OLDER_THAN_NEWEST'],
    ];
    for (const [input, code] of refusals) expect([input, codesOf(await trajectory(input))]).toEqual([input, [code]]);
  });
});

describe('a baseline', () => {
  it('stays pinned to its vintage when the figure is revised', async () => {
    await publish([{ period: '1990', value: '809.12' }], { releasedAt: '2021-12-02T00:00:00Z' });
    const set = await baseline({ period: '1990' });
    expect(set.baseline).toEqual({
      revision: 1,
      comparable: true,
      observation: { period: '1990', value: '809.12', vintage: 1 },
    });
    await publish([{ period: '1990', value: '806.26' }], { releasedAt: '2022-07-08T00:00:00Z' });
    const read = await world.ask('{ measure(id: "emissions") { baseline { observation { value vintage } } } }');
    expect(read.data.measure.baseline.observation).toEqual({ value: '809.12', vintage: 1 });
    expect((await baseline({ period: '1990', vintage: 1 })).baseline.revision).toBe(1);
    expect((await baseline({ period: '1990' })).baseline).toMatchObject({ revision: 2, observation: { vintage: 2 } });
  });

  it('is refused by name when it is not sound', async () => {
    const refusals: [object, string][] = [
      [{ measure: 'nowhere', period: '1990' }, 'UNKNOWN_MEASURE'],
      [{ period: '1990', definition: 9 }, 'UNKNOWN_DEFINITION'],
      [{ period: '1990/91' }, 'PERIOD_DOES_NOT_FIT'],
      [{ period: '1991' }, 'UNKNOWN_OBSERVATION'],
      [{ period: '1990', vintage: 9 }, 'UNKNOWN_OBSERVATION'],
      [{ period: '1990', note: 'x', expectedVersion: 1 }, 'STALE_VERSION'],
      [{ period: '1990', note: 'x', releasedAt: '2999-01-01T00:00:00Z' }, 'RELEASED_IN_FUTURE'],
      [{ period: '1990', note: 'x', releasedAt: '2022-01-01T00:00:00Z' }, 'RELEASED_TOO_EARLY'],
      [{ period: '1990', note: 'x', releasedAt: '2023-01-01T00:00:00Z' }, 'OLDER_THAN_NEWEST'],
    ];
    for (const [input, code] of refusals) expect([input, codesOf(await baseline(input))]).toEqual([input, [code]]);
  });

  it('of a definition that was broken with is refused with NOT_COMPARABLE, and an older one is marked', async () => {
    await measure({ id: 'broken' });
    await publish([{ period: '2019', value: '72' }], { measure: 'broken' });
    await baseline({ measure: 'broken', period: '2019' });
    const revision = {
      measure: 'broken',
      definition: emissions,
      comparableWithPrevious: false,
      comparabilityReason: 'Counted anew',
    };
    await does('reviseDefinition', revision, statistician, 'definition { number }');
    expect(codesOf(await baseline({ measure: 'broken', period: '2019', definition: 1, note: 'x' }))).toEqual([
      'NOT_COMPARABLE',
    ]);
    const read = await world.ask('{ measure(id: "broken") { baseline { comparable } } }');
    expect(read.data.measure.baseline.comparable).toBe(false);
  });
});
