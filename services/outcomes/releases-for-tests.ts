import type { World } from '../../test/world.js';

export const statistician = 'office-for-national-statistics.statistician';
export const otherStatistician = 'department-for-education.statistician';
export const unit = 'mission-delivery-unit.mission-unit';

let key = 0;

/** Does a deed of the outcomes service; answers what it says, or the errors that ended it. */
export async function does(world: World, deed: string, input: object, fields: string, as = statistician) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { ${fields} replayed userErrors { code message path } } }`;
  const variables = { input: { idempotencyKey: `release key ${++key}`, ...input } };
  const answer = await world.ask(document, { as, variables });
  return answer.errors ? { errors: answer.errors } : answer.data[deed];
}

/** Why a deed was declined, or that it was done. */
export const outcomeOf = (answer: { errors?: { extensions: { code: string } }[]; userErrors?: { code: string }[] }) =>
  answer.errors?.[0]?.extensions.code ?? answer.userErrors?.[0]?.code ?? 'done';

export const defineOutcome = (world: World) =>
  does(world, 'defineOutcome', { id: 'o', title: 'T', kind: 'IMPACT', missions: ['m'] }, 'outcome { id }', unit);

export const defineMeasure = (world: World, id: string, more: object = {}, as = statistician) => {
  const definition = { formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 'ONS' };
  const input = { id, title: id, outcome: 'o', definition, releasedAt: '2000-01-01T00:00:00Z', ...more };
  return does(world, 'defineMeasure', input, 'measure { id }', as);
};

export const publishes = (world: World, measure: string, rows: object[], more: object = {}, as = statistician) => {
  const input = { measure, source: 'ONS', rows, ...more };
  return does(world, 'publishObservations', input, 'rows { verdict id vintage userErrors { code } }', as);
};

/** What became of each row, or of all. */
export const verdictsOf = (answer: Awaited<ReturnType<typeof publishes>>): string[] =>
  answer.rows?.map((row: { verdict: string; userErrors: { code: string }[] }) => {
    return row.userErrors[0]?.code ?? row.verdict;
  }) ?? [outcomeOf(answer)];

export const release = 'release { id revision title scheduledAt reason measures { id } }';

/** An instant so many milliseconds after now by the database's clock, which is that of this machine. */
export const soon = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();

/** The id of a new release. */
export async function schedules(world: World, scheduledAt: string, more: object = {}, as = statistician) {
  const answer = await does(world, 'scheduleRelease', { title: 'T', scheduledAt, ...more }, release, as);
  if (!answer.release) throw new Error(JSON.stringify(answer));
  return answer.release.id as string;
}
