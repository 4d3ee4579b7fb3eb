import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type GraphQLObjectType, getNamedType, isLeafType, isObjectType, isRequiredArgument } from 'graphql';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { subgraphOf } from '../kernel/subgraph.js';
import * as w from './releases-for-tests.js';
import { outcomes } from './service.js';

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
const far = '2999-01-01T09:30:00.000Z';

/** Two worlds in which the same is done, but that in one of them figures wait in a release. */
let [plain, hiding]: World[] = [];
const release = { plain: '', hiding: '' };
let number = 0;

beforeAll(async () => {
  [plain, hiding] = [
    await startWorld({ services: ['outcomes'], gateway: false }),
    await startWorld({ services: ['outcomes'], gateway: false }),
  ];
  for (const [name, world] of Object.entries({ plain, hiding })) {
    await w.defineOutcome(world);
    release[name as 'plain'] = await w.schedules(world, far);
  }
});
afterAll(() => Promise.all([plain?.stop(), hiding?.stop()]));

// Nothing else in the two worlds has this in it; no part of a uuid has six digits.
const canary = 777_000;
const isCanary = /\b77700\d\b/;
const places = [
  {},
  { area: 'E92000001' },
  { area: 'S92000003' },
  { dimensions: [{ name: 'sex', value: 'Girls' }] },
  { area: 'E92000001', dimensions: [{ name: 'sex', value: 'Girls' }] },
];
// Mostly the headline, of periods that are there already: what everything else is worked out from.
const row = fc.record({
  period: fc.integer({ min: 2014, max: 2017 }).map(String),
  place: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: places.length - 1 })),
});
// Several figures at once: as many ways in which one could show as in so many worlds with one figure each.
const step = fc.record({
  kind: fc.constantFrom('wait' as const, 'wait' as const, 'open' as const, 'withdraw' as const),
  rows: fc.uniqueArray(row, {
    selector: ({ period, place }) => `${period} ${place}`,
    ...{ minLength: 1, maxLength: 6, size: 'max' as const },
  }),
  value: fc.nat(9),
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

const asKnownAt = fc.constantFrom(
  undefined,
  undefined,
  '2019-06-01T00:00:00Z',
  '2998-01-01T00:00:00Z',
  '2999-12-31T00:00:00Z',
);
const as = fc.constantFrom(undefined, w.statistician, w.otherStatistician, w.unit, 'national-audit-office.auditor');
const day = fc.option(
  fc.integer({ min: 2013, max: 2018 }).map((year) => `${year}-01-01`),
  { nil: undefined },
);
const filter = fc.record({
  ...{ from: day, to: day, vintages: fc.constantFrom('ALL', 'LATEST') },
  area: fc.constantFrom(undefined, 'E92000001', 'K02000001'),
  dimensions: fc.constantFrom(undefined, [], [{ name: 'sex', value: 'Girls' }]),
});
const question = fc.oneof(
  fc.record({ kind: fc.constant('all' as const), asKnownAt, as }),
  fc.record({ kind: fc.constant('pages' as const), asKnownAt, as, filter, first: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('entities' as const), asKnownAt, as }),
  fc.record({
    kind: fc.constant('baseline' as const),
    row,
    vintage: fc.option(fc.integer({ min: 1, max: 3 })),
    by: fc.constantFrom(w.unit, w.statistician),
  }),
  fc.record({ kind: fc.constant('judgement' as const) }),
);
type Question = typeof question extends fc.Arbitrary<infer Each> ? Each : never;

/** Every field of a type that can be asked for without saying more, so deep; also those that come to be after this test. */
function selectionOf(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const of = getNamedType(field.type);
    if (isLeafType(of)) return [field.name];
    return isObjectType(of) && depth > 0 ? [`${field.name} ${selectionOf(of, depth - 1)}`] : [];
  });
  return `{ ${['__typename', ...fields].join(' ')} }`;
}
const all = selectionOf(subgraphOf(outcomes).schema.getType('Measure') as GraphQLObjectType, 2);

async function answerTo(world: World, measure: string, asked: Question): Promise<string> {
  if (asked.kind === 'all') {
    const document = `{ measure(id: "${measure}") ${all} releases { totalCount nodes { title figureCount } }
      off: releases(calledOff: true) { totalCount nodes { title reason revision figureCount } } }`;
    // Its own statisticians are told how many figures wait.
    return textOf(await world.ask(document, asked)).replace(/"figureCount":\d+/g, '"figureCount":0');
  }
  if (asked.kind === 'judgement') {
    const input = { measure, verdict: 'ON', name: 'n', reason: 'r', dryRun: true };
    return textOf(await w.does(world, 'judgeMeasure', input, 'judgement { period vintage }', w.unit));
  }
  if (asked.kind === 'baseline') {
    const { period, place } = asked.row;
    const input = { measure, period, ...places[place], vintage: asked.vintage, dryRun: true };
    return textOf(await w.does(world, 'setBaseline', input, 'baseline { observation { value vintage } }', asked.by));
  }
  if (asked.kind === 'entities') {
    const of = [
      { __typename: 'Measure', id: measure },
      { __typename: 'Outcome', id: 'o' },
      { __typename: 'Mission', id: 'm' },
    ];
    const latest = `id latest { id value } assessment { rule } observations(first: 100, filter: {vintages: ALL}) { nodes { id } }`;
    const document = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Measure { ${latest} } ... on Outcome { measures { ${latest} } } ... on Mission { outcomes { measures { ${latest} } } } } }`;
    return textOf(await world.ask(document, { ...asked, variables: { of } }));
  }
  const document = `query ($measure: ID!, $first: Int!, $after: String, $filter: ObservationFilter) { measure(id: $measure) { observations(first: $first, after: $after, filter: $filter) { totalCount edges { cursor node { id period value supersedes { id value } provenance { source } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const texts: string[] = [];
  let after: string | null = null;
  do {
    const { first, filter: narrowed } = asked;
    const answer = await world.ask(document, { ...asked, variables: { measure, first, after, filter: narrowed } });
    texts.push(textOf(answer));
    const { hasNextPage, endCursor } = answer.data?.measure?.observations?.pageInfo ?? {};
    after = hasNextPage ? endCursor : null;
  } while (after);
  return texts.join('\n');
}

/** An answer without what differs between any two worlds: instants, and ids that are made anew. */
const textOf = (answer: object): string =>
  JSON.stringify(answer)
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<instant>')
    .replace(/"correlationId":"[^"]*"/g, '');

const rowsIn = ({ rows, value }: Step, from = 0) =>
  rows.map(({ period, place }, at) => ({ period, ...places[place], value: String(from + ((value + at) % 10)) }));

/** Does a step where figures wait, and in the other world what of it is open and was not refused for what waits. */
async function take(measure: string, step: Step): Promise<void> {
  const more = { release: release.hiding };
  if (step.kind === 'wait') return void (await w.publishes(hiding!, measure, rowsIn(step, canary), more));
  if (step.kind === 'open') {
    const rows = rowsIn(step);
    const verdicts = w.verdictsOf(await w.publishes(hiding!, measure, rows));
    const open = rows.filter((_, at) => verdicts[at] !== 'EMBARGOED_VINTAGE_WAITS');
    if (open.length > 0) await w.publishes(plain!, measure, open);
    return;
  }
  const input = { measure, periods: [step.rows[0]!.period], because: 'b' };
  const withdraws = (world: World) => w.does(world, 'withdrawObservation', input, 'tombstones { vintage }');
  if (w.outcomeOf(await withdraws(hiding!)) !== 'EMBARGOED_VINTAGE_WAITS') await withdraws(plain!);
}

const worlds = () => [plain!, hiding!];

/**
 * Calls off what waits, and announces another release; the same where nothing waits. Its figures are published openly
 * then, in the vintages they have where nothing ever waited.
 */
async function callOff(measure: string, steps: Step[]): Promise<void> {
  for (const [name, world] of Object.entries({ plain: plain!, hiding: hiding! })) {
    const input = { release: release[name as 'plain'], reason: 'r' };
    expect(w.outcomeOf(await w.does(world, 'cancelRelease', input, w.release))).toBe('done');
    release[name as 'plain'] = await w.schedules(world, far);
  }
  for (const step of steps) {
    if (step.kind !== 'wait') continue;
    const rows = rowsIn(step);
    const [without, withIt] = await Promise.all(worlds().map((world) => w.publishes(world, measure, rows)));
    expect(withIt).toEqual(without);
  }
}

const firstFigures = ['2014', '2015', '2016'].map((period) => ({ period, value: '5' }));
const windowOf = (kind: string) => ({
  kind,
  value: '50',
  setBy: 's',
  periodStart: '2014-01-01',
  periodEnd: '2020-12-31',
});

/** The same measure in both worlds, with something to be judged by and a first figure. */
async function begin(): Promise<string> {
  const measure = `measure-${++number}`;
  await Promise.all(worlds().map(beginIn));
  return measure;

  async function beginIn(world: World): Promise<void> {
    await w.defineMeasure(world, measure);
    await w.publishes(world, measure, firstFigures, { releasedAt: '2019-01-01T00:00:00Z' });
    for (const kind of ['CUMULATIVE_CAP', 'POINT_BY_DATE', 'CEILING'])
      await w.does(
        world,
        'setTarget',
        { id: `${measure}-${kind.toLowerCase().replaceAll('_', '-')}`, measure, ...windowOf(kind) },
        'target { id }',
      );
    const points = ['2014', '2015', '2016', '2017', '2018', '2019', '2020'].map((period) => ({ period, value: '5' }));
    await w.does(world, 'setTrajectory', { measure, method: 'm', author: 'a', points }, 'trajectory { version }');
    await w.does(world, 'setBaseline', { measure, period: '2014' }, 'baseline { revision }');
  }
}

const everything: Question = { kind: 'all', asKnownAt: undefined, as: undefined };
const always: Question[] = [everything, { ...everything, asKnownAt: '2999-12-31T00:00:00Z', as: w.statistician }];

async function expectTwins(measure: string, questions: Question[]): Promise<void> {
  for (const asked of questions) {
    const [without, withIt] = (await Promise.all(worlds().map((world) => answerTo(world, measure, asked)))) as [
      string,
      string,
    ];
    expect(withIt).toBe(without);
    expect(withIt).not.toMatch(isCanary);
    expect(without.length).toBeGreaterThan(20);
  }
}

describe('what waits in a release', () => {
  it(`changes no byte of any answer to anybody before it comes, nor once it is called off, and does once it has (seed ${seed})`, async () => {
    process.stderr.write(`TEST_SEED=${seed}\n`);
    let measure = '';
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 8 }),
        fc.array(question, { minLength: 6, maxLength: 6 }),
        fc.array(step, { minLength: 2, maxLength: 4 }),
        async (steps, questions, later) => {
          measure = await begin();
          for (const each of steps) await take(measure, each);
          await expectTwins(measure, [...always, ...questions.slice(0, 4)]);
          await callOff(measure, steps);
          for (const each of later) await take(measure, each);
          await expectTwins(measure, [everything, ...questions.slice(4)]);
        },
      ),
      { seed, numRuns: Number(process.env.TEST_RUNS ?? 3), endOnFailure: true },
    );
    await take(measure, { kind: 'wait', rows: [{ period: '2013', place: 0 }], value: 0 });
    const at = w.soon(400);
    await w.does(hiding!, 'rescheduleRelease', { release: release.hiding, scheduledAt: at, reason: 'r' }, w.release);
    expect(await answerTo(hiding!, measure, everything)).not.toMatch(isCanary);
    await pause(Date.parse(at) - Date.now() + 20);
    expect(await answerTo(hiding!, measure, everything)).toMatch(isCanary);
  }, 120_000);
});

describe('row-level security of figures', () => {
  let owner: Client;
  let role: Client;
  let own: string;
  const canaries: Record<string, string> = {
    observation: `select value::text as found from observation where value = 777999`,
    publication: `select source as found from publication where source = 'canary source'`,
  };
  beforeAll(async () => {
    [owner, role] = [await hiding!.owner('outcomes'), await hiding!.serviceRole('outcomes')];
    await w.defineMeasure(hiding!, 'hidden');
    own = await w.schedules(hiding!, far);
    const rows = [{ period: '2019', value: '777999' }];
    await w.publishes(hiding!, 'hidden', rows, { release: own, source: 'canary source' });
  });

  const reads = async (sql: string, organisation: string, roles: string, embargo: string) => {
    await role.query('begin');
    try {
      await role.query(
        `select set_config('app.organisation', $1, true), set_config('app.roles', $2, true), set_config('app.embargo', $3, true)`,
        [organisation, roles, embargo],
      );
      return (await role.query(sql)).rows.length;
    } finally {
      await role.query('rollback');
    }
  };
  const steward = 'office-for-national-statistics';
  const outsiders: [organisation: string, roles: string, embargo: string][] = [
    ['', '', ''],
    ['', '', 'open'],
    ['', 'event', 'open'],
    ['department-for-education', 'statistician', 'open'],
    ['mission-delivery-unit', 'mission-unit,mission-finance', 'open'],
    ['national-audit-office', 'auditor', 'open'],
    [steward, 'publisher', 'open'],
    [steward, 'statistician', ''],
  ];

  it.each(
    Object.keys(canaries),
  )('hides a row of %s that waits from the service itself, and only the policy does', async (table) => {
    const sql = canaries[table]!;
    for (const who of outsiders) expect([who, await reads(sql, ...who)]).toEqual([who, 0]);
    expect(await reads(sql, steward, 'statistician', 'open')).toBe(1);
    expect((await owner.query(sql)).rows).toEqual([]);
    await owner.query(`alter table ${table} disable row level security`);
    try {
      for (const who of outsiders) expect([who, await reads(sql, ...who)]).toEqual([who, 1]);
    } finally {
      await owner.query(`alter table ${table} enable row level security`);
    }
    expect(await reads(sql, '', '', '')).toBe(0);
  });

  it('is not the only guard: the code shows nothing that waits without it either', async () => {
    const document = `{ measure(id: "hidden") { latest { value } observations(filter: {vintages: ALL}) { nodes { value } } assessment { rule } } }`;
    const read = async () => (await hiding!.ask(document, { asKnownAt: '2999-12-31T00:00:00Z' })).data.measure;
    const nothing = await read();
    expect(nothing.latest).toBeNull();
    await owner.query('alter table observation disable row level security');
    try {
      expect(await read()).toEqual(nothing);
    } finally {
      await owner.query('alter table observation enable row level security');
    }
  });

  it('counts the figures of a release for its own statisticians alone', async () => {
    const counted = `select 1 where figures_waiting('${own}') > 0`;
    for (const who of outsiders.filter(
      ([organisation, roles]) => organisation !== steward || roles !== 'statistician',
    )) {
      expect([who, await reads(counted, ...who)]).toEqual([who, 0]);
    }
    expect(await reads(counted, steward, 'statistician', '')).toBe(1);
  });
});
