import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../../test/world.js';
import { onStatement } from '../kernel/database.js';

let world: World;
let key = 0;

const statistician = 'nhs-england.statistician';
const unit = 'mission-delivery-unit.mission-unit';
const definition = {
  ...{ formula: 'f', unit: 'percent', decimals: 1, polarity: 'HIGHER', frequency: 'YEAR', source: 's' },
};

async function does(deed: string, input: object, as = statistician) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { userErrors { code message } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: `key ${++key}`, ...input } } });
  if (answer.errors || answer.data[deed].userErrors.length > 0) throw new Error(JSON.stringify(answer));
}

/** A mission with an outcome and a measure for each way of being judged. */
async function missionNumber(number: number): Promise<string> {
  const [mission, outcome] = [`mission-${number}`, `outcome-${number}`];
  await does('defineOutcome', { id: outcome, title: 't', kind: 'IMPACT', missions: [mission] }, unit);
  for (const kind of ['path', 'floor', 'cap']) {
    const measure = `${kind}-${number}`;
    await does('defineMeasure', { id: measure, title: kind, outcome, definition, releasedAt: '2000-01-01T00:00:00Z' });
    const rows = ['2019', '2020', '2021'].map((period) => ({ period, value: '50' }));
    await does('publishObservations', { measure, source: 's', rows, releasedAt: '2022-01-01T00:00:00Z' });
    if (kind === 'path')
      await does('setTrajectory', { measure, method: 'm', author: 'a', points: [{ period: '2021', value: '40' }] });
    const window = { periodStart: '2019-01-01', periodEnd: '2021-12-31' };
    const promise = kind === 'floor' ? { kind: 'FLOOR', value: '60' } : { kind: 'CUMULATIVE_CAP', value: '200' };
    const releasedAt = '2018-12-01T00:00:00Z';
    await does('setTarget', { id: `${measure}-target`, measure, setBy: 's', releasedAt, ...window, ...promise });
  }
  return mission;
}

const view = `query ($missions: [_Any!]!) { _entities(representations: $missions) { ... on Mission { id
  outcomes { id title kind measures { id title unit latest { period value low high status } assessment { verdict rule } } } } } }`;
const referencesTo = (missions: string[]) => ({ missions: missions.map((id) => ({ __typename: 'Mission', id })) });

async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const stop = onStatement(world.services.outcomes.orm, (sql) => statements.push(sql));
  await work();
  stop();
  // The request's own database transaction: opened, told who asks, closed.
  return statements.filter((sql) => !/^\s*(begin|set|rollback|commit|select set_config)/i.test(sql));
}

const missions: string[] = [];
beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  for (let number = 1; number <= 6; number++) missions.push(await missionNumber(number));
});
afterAll(() => world?.stop());

describe('the outcomes part of the mission view', () => {
  it('answers each mission with its outcomes, newest figures and verdicts', async () => {
    const { data } = await world.ask(view, { variables: referencesTo(['mission-2', 'mission-without', 'mission-1']) });
    expect(data._entities.map(({ id, outcomes }: { id: string; outcomes: object[] }) => [id, outcomes.length])).toEqual(
      [
        ['mission-2', 1],
        ['mission-without', 0],
        ['mission-1', 1],
      ],
    );
    const latest = { period: '2021', value: '50', low: null, high: null, status: 'NORMAL' };
    const [outcome] = data._entities[2].outcomes;
    expect({ ...outcome, measures: undefined }).toEqual({ id: 'outcome-1', title: 't', kind: 'IMPACT' });
    interface Read {
      id: string;
      unit: string;
      latest: object;
      assessment: { verdict: string };
    }
    expect(outcome.measures.map((read: Read) => [read.id, read.unit, read.latest, read.assessment.verdict])).toEqual([
      ['cap-1', 'percent', latest, 'ON'],
      ['floor-1', 'percent', latest, 'BEHIND'],
      ['path-1', 'percent', latest, 'AHEAD'],
    ]);
  });

  it('costs six statements, however many missions there are', async () => {
    const few = await statementsOf(() => world.ask(view, { variables: referencesTo(missions.slice(0, 1)) }));
    const many = await statementsOf(() => world.ask(view, { variables: referencesTo(missions) }));
    expect(few).toHaveLength(6);
    expect(many).toHaveLength(6);
  });

  it('is empty at an instant before anything was known, and without figures before they were released', async () => {
    const variables = referencesTo(['mission-1']);
    const before = await world.ask(view, { variables, asKnownAt: '2021-12-31T00:00:00Z' });
    expect(before.data._entities).toEqual([{ id: 'mission-1', outcomes: [] }]);
    const measure = await world.ask(
      '{ measure(id: "path-1") { outcome { id } latest { value } assessment { rule } } }',
      { asKnownAt: '2021-12-31T00:00:00Z' },
    );
    expect(measure.data.measure).toEqual({
      outcome: null,
      latest: null,
      assessment: { rule: 'There is no observation yet.' },
    });
    const earlier = await world.ask('{ measure(id: "path-1") { id } }', { asKnownAt: '1999-12-31T00:00:00Z' });
    expect(earlier.data.measure).toBeNull();
  });

  it('answers entities by their keys alone', async () => {
    const document = `query ($keys: [_Any!]!) { _entities(representations: $keys) { __typename ... on Outcome { id title } ... on Measure { id unit } } }`;
    const keys = [
      { __typename: 'Outcome', id: 'outcome-1', title: 'forged' },
      { __typename: 'Measure', id: 'path-1' },
      { __typename: 'Measure', id: 'nowhere' },
    ];
    const { data } = await world.ask(document, { variables: { keys } });
    expect(data._entities).toEqual([
      { __typename: 'Outcome', id: 'outcome-1', title: 't' },
      { __typename: 'Measure', id: 'path-1', unit: 'percent' },
      null,
    ]);
  });
});

describe('a list of observations', () => {
  const document = `query ($first: Int, $after: String, $filter: ObservationFilter) { measure(id: "listed") { observations(first: $first, after: $after, filter: $filter) {
    nodes { period area dimensions { name value } vintage value } edges { cursor } pageInfo { endCursor hasNextPage hasPreviousPage } totalCount } } }`;
  const ask = async (variables: object) => {
    const answer = await world.ask(document, { variables });
    return answer.errors ? answer.errors[0].extensions.code : answer.data.measure.observations;
  };
  const england = [
    { area: 'E92000001' },
    {
      dimensions: [
        { name: 'Sex', value: 'Girls' },
        { name: 'Age', value: '5' },
      ],
    },
    {},
  ];

  beforeAll(async () => {
    await does('defineMeasure', {
      id: 'listed',
      title: 't',
      outcome: 'outcome-1',
      definition,
      releasedAt: '2000-01-01T00:00:00Z',
    });
    const rows = england.flatMap((series) => ['2019', '2020'].map((period) => ({ ...series, period, value: '1' })));
    await does('publishObservations', { measure: 'listed', source: 's', rows });
    await does('publishObservations', { measure: 'listed', source: 's', rows: [{ period: '2019', value: '2' }] });
  });

  it('comes page by page, each figure once, series by series from the oldest period on', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = (await ask({ first: 2, after })) as {
        nodes: { period: string; value: string }[];
        pageInfo: { endCursor: string; hasNextPage: boolean };
      };
      seen.push(...page.nodes.map(({ period, value }) => `${period}: ${value}`));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(seen).toEqual(['2019: 1', '2020: 1', '2019: 2', '2020: 1', '2019: 1', '2020: 1']);
    expect((await ask({ first: 100, filter: { vintages: 'ALL' } })).nodes).toHaveLength(7);
  });

  it('is narrowed by time, area and exact breakdown', async () => {
    const found = async (filter: object) =>
      (await ask({ first: 100, filter })).nodes.map(
        ({ period, value }: { period: string; value: string }) => `${period}: ${value}`,
      );
    expect(await found({ dimensions: [], area: 'K02000001' })).toEqual(['2019: 2', '2020: 1']);
    expect(await found({ dimensions: [], area: 'K02000001', from: '2020-01-01' })).toEqual(['2020: 1']);
    expect(await found({ dimensions: [], area: 'K02000001', to: '2019-06-30' })).toEqual(['2019: 2']);
    expect(await found({ area: 'E92000001' })).toHaveLength(2);
    expect(
      await found({
        dimensions: [
          { name: 'Age', value: '5' },
          { name: 'Sex', value: 'Girls' },
        ],
      }),
    ).toHaveLength(2);
    expect(await found({ dimensions: [{ name: 'Age', value: '5' }] })).toEqual([]);
    const [first] = (await ask({ first: 1, filter: { dimensions: england[1]!.dimensions } })).nodes;
    expect(first.dimensions).toEqual([
      { name: 'Age', value: '5' },
      { name: 'Sex', value: 'Girls' },
    ]);
  });

  it('refuses a page size or cursor that is not its own', async () => {
    expect(await ask({ first: 0 })).toBe('BAD_USER_INPUT');
    expect(await ask({ first: 101 })).toBe('BAD_USER_INPUT');
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    const cursor = (keys: unknown) => Buffer.from(JSON.stringify(keys)).toString('base64url');
    for (const after of [
      'nonsense',
      cursor(['x', '2019-01-01', 1]),
      cursor(['2019-01-01', 1]),
      cursor([1, 2, 3]),
      cursor([uuid, '2019-02-30', 1]),
    ]) {
      expect(await ask({ first: 1, after })).toBe('BAD_USER_INPUT');
    }
  });

  it('of many measures costs one statement', async () => {
    const nested =
      '{ outcomes(first: 100) { nodes { measures { observations(first: 2) { nodes { value supersedes { value } provenance { source } } } } } } }';
    const statements = await statementsOf(() => world.ask(nested));
    // Outcomes, measures, pages, and one each for what was superseded and where it was read.
    expect(statements.length).toBeLessThanOrEqual(5);
  });
});

describe('a figure of a period that has just begun in London', () => {
  it('is read at once, as known at that instant too', async () => {
    const monthly = { ...definition, frequency: 'MONTH' };
    const known = { releasedAt: '2000-01-01T00:00:00Z' };
    await does('defineMeasure', { id: 'begun', title: 't', outcome: 'outcome-1', definition: monthly, ...known });
    const rows = [{ period: '2021-07', value: '5', status: 'PROVISIONAL' }];
    await does('publishObservations', { measure: 'begun', source: 's', rows, releasedAt: '2021-06-30T23:30:00Z' });
    const document = `{ measure(id: "begun") { latest { period } observations { nodes { period } } } }`;
    const { data } = await world.ask(document, { asKnownAt: '2021-06-30T23:45:00Z' });
    const july = { period: '2021-07' };
    expect(data.measure).toEqual({ latest: july, observations: { nodes: [july] } });
  });
});

describe('the newest figure of definitions with periods of two lengths', () => {
  const months = { ...definition, frequency: 'MONTH' };
  const comparability = { comparableWithPrevious: false, comparabilityReason: 'Counted by quarter now' };
  const releasedAt = '2020-06-01T00:00:00Z';
  const publish = (number: number, period: string) =>
    does('publishObservations', {
      ...{ measure: 'lengths', source: 's', definition: number, rows: [{ period, value: String(number) }] },
    });
  const newest = async () => {
    const { data } = await world.ask('{ measure(id: "lengths") { latest { period } projection { rule } } }');
    const { latest, projection } = data.measure;
    return [latest.period, Number(/there (?:are|is) (\d)/.exec(projection.rule)?.[1])];
  };

  it('is the one whose period ends last, and of those that end together the newer definition’s', async () => {
    const title = 'months, then quarters';
    await does('defineMeasure', { id: 'lengths', title, outcome: 'outcome-1', definition: months, releasedAt });
    const quarters = { ...definition, frequency: 'QUARTER' };
    await does('reviseDefinition', { measure: 'lengths', definition: quarters, ...comparability });
    await publish(1, '2020-11');
    await publish(2, '2020 Q4');
    expect(await newest()).toEqual(['2020 Q4', 1]);
    await publish(1, '2020-12');
    expect(await newest()).toEqual(['2020 Q4', 1]);
    await publish(1, '2021-01');
    expect(await newest()).toEqual(['2021-01', 3]);
  });
});

describe('what came of the change of a learning cycle', () => {
  it('counts from the beginning of its day in London, in summer and in winter, and shows the first twelve figures', async () => {
    const monthly = { ...definition, frequency: 'MONTH' };
    const known = { releasedAt: '2000-01-01T00:00:00Z' };
    await does('defineMeasure', { id: 'months', title: 't', outcome: 'outcome-1', definition: monthly, ...known });
    const month = (number: number) => new Date(Date.UTC(2021, number)).toISOString().slice(0, 7);
    const later = Array.from({ length: 14 }, (_, at) => month(6 + at)).filter((each) => each !== '2021-11');
    const published: [string, Record<string, string>][] = [
      ['2021-06-09T22:59:59Z', { '2021-05': '1' }],
      // In London it is half past midnight.
      ['2021-06-09T23:30:00Z', { '2021-05': '2', '2021-06': '5' }],
      ['2021-12-09T23:30:00Z', { '2021-11': '7' }],
      ['2022-09-30T00:00:00Z', Object.fromEntries(later.map((each) => [each, '9']))],
    ];
    for (const [releasedAt, figures] of published) {
      // June is not over on its tenth day.
      const rows = Object.entries(figures).map(([period, value]) => {
        return { period, value, ...(period === '2021-06' && { status: 'PROVISIONAL' }) };
      });
      await does('publishObservations', { measure: 'months', source: 's', rows, releasedAt });
    }
    const cycles = ['2021-06-10', '2021-12-10'].map((startedOn) => {
      return { __typename: 'LearningCycle', id: `cycle-${startedOn}`, measure: { id: 'months' }, startedOn };
    });
    const document = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on LearningCycle {
      effect { knownThen { figure { period value } } } nextObservations { figure { period value } } } } }`;
    const { data } = await world.ask(document, { variables: { of: cycles } });
    interface Shown {
      effect: { knownThen: { figure: { period: string; value: string } } };
      nextObservations: { figure: { period: string; value: string } }[];
    }
    const table = data._entities.map(({ effect, nextObservations: next }: Shown) => {
      const { period, value } = effect.knownThen.figure;
      const of = (at: number) => `${next[at]!.figure.period} ${next[at]!.figure.value}`;
      return `${period} ${value}, then ${of(0)} to ${of(next.length - 1)}: ${next.length}`;
    });
    expect(table).toEqual(['2021-05 1, then 2021-06 5 to 2022-05 9: 12', '2021-11 7, then 2021-12 9 to 2022-08 9: 9']);
  });
});

describe('a figure and a trajectory', () => {
  const measure = '{ measure(id: "path-1")';
  const asked = async (rest: string) => {
    let answer: Awaited<ReturnType<typeof world.ask>>;
    const statements = await statementsOf(async () => {
      answer = await world.ask(`${measure} { ${rest} } }`);
    });
    return { statements: statements.join('\n'), measure: answer!.data.measure };
  };

  it('have only those columns read that a field shows, and their points only for who asks for them', async () => {
    const { statements } = await asked('observations { nodes { period value } } trajectory { version }');
    for (const column of ['original', 'unit', 'dimensions,', 'reason', 'recorded_at', 'trajectory_point'])
      expect(statements).not.toContain(column);
  });

  it('show under any name, and in any fragment, what they show under their own', async () => {
    const fields =
      'seen: unit place: area parts: dimensions { name } end: periodEnd why: reason since: recordedAt stated: statedRelease size: sampleSize gone: withdrawnBecause';
    const nodes = `... on Observation { ${fields} from: provenance { source row original } }`;
    const course = 'trajectory { ... { course: points { period value } } }';
    const { measure: shown } = await asked(`observations(first: 1) { nodes { ${nodes} } } ${course}`);
    expect(shown.observations.nodes[0]).toMatchObject({
      ...{ seen: 'percent', place: 'K02000001', parts: [], end: '2019-12-31', why: 'NEW_DATA', stated: true },
      ...{ since: expect.any(String), size: null, gone: null, from: { source: 's', row: null, original: null } },
    });
    expect(shown.trajectory.course).toEqual([{ period: '2021', value: '40' }]);
  });
});
