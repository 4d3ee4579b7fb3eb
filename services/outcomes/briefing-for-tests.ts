import type { World } from '../../test/world.js';

export const missionUnit = 'mission-delivery-unit.mission-unit';
export const auditor = 'national-audit-office.auditor';
export const statistician = 'department-for-energy-security-and-net-zero.statistician';
export const publisher = 'department-for-transport.publisher';

let keys = 0;

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question.
export type Shown = any;

/** Does one deed. Answers what it shows with the codes of its refusals, or of the error that it ended with. */
export async function tries(world: World, as: string, deed: string, input: object, fields: string): Promise<Shown> {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { done: ${deed}(input: $input) { ${fields} replayed userErrors { code message path } } }`;
  const variables = { input: { idempotencyKey: `briefing key ${++keys}`, ...input } };
  const { data, errors } = await world.ask(document, { as, variables });
  const refusals = errors ? errors.map(({ extensions }) => extensions) : data.done.userErrors;
  return { ...data?.done, codes: refusals.map(({ code }: { code: string }) => code) };
}

/** The same, where a refusal fails the test. */
export async function does(world: World, as: string, deed: string, input: object, fields: string): Promise<Shown> {
  const done = await tries(world, as, deed, input, fields);
  if (done.codes.length > 0) throw new Error(`${deed}: ${JSON.stringify(done)}`);
  return done;
}

const definition = {
  ...{ formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 's' },
};

/** An outcome of a mission with measures, each with a trajectory and figures for 2020 and 2021. */
export async function outcomeOf(world: World, mission: string, outcome: string, measures: string[]): Promise<void> {
  await does(
    world,
    missionUnit,
    'defineOutcome',
    { id: outcome, title: outcome, kind: 'IMPACT', missions: [mission] },
    'outcome { id }',
  );
  for (const measure of measures) {
    const given = { id: measure, title: measure, outcome, definition, releasedAt: '2000-01-01T00:00:00Z' };
    await does(world, statistician, 'defineMeasure', given, 'measure { id }');
    await publishes(world, measure, { 2020: '410.0', 2021: '400.0' });
    await sets(world, measure, '390.0');
  }
}

/** Publishes figures of a measure as a whole, by period; into a release where one is named. */
export function publishes(
  world: World,
  measure: string,
  figures: Record<string, string>,
  more: { release?: string } = {},
): Promise<Shown> {
  const rows = Object.entries(figures).map(([period, value]) => ({ period, value }));
  return does(
    world,
    statistician,
    'publishObservations',
    { measure, source: 'DESNZ', rows, ...more },
    'rows { verdict }',
  );
}

/** Sets the trajectory of a measure: what is expected of 2021. */
export function sets(world: World, measure: string, value: string): Promise<Shown> {
  const course = { measure, method: 'straight line', author: 'DESNZ', points: [{ period: '2021', value }] };
  return does(world, statistician, 'setTrajectory', course, 'trajectory { version }');
}

/** Runs SQL with the rights of the service, for somebody; what it changes is rolled back. */
export async function asService(
  service: Awaited<ReturnType<World['serviceRole']>>,
  [organisation, roles]: readonly [organisation: string, roles: string],
  ...statements: string[]
): Promise<Shown[]> {
  await service.query('begin');
  try {
    const settings = `select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`;
    await service.query(settings, [organisation, roles]);
    let rows: Shown[] = [];
    for (const sql of statements) ({ rows } = await service.query(sql));
    return rows;
  } finally {
    await service.query('rollback');
  }
}
