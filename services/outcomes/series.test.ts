import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { areaEntities, onlyAreas } from './area-entities.js';
import * as w from './releases-for-tests.js';

let world: World;
let owner: Client;
let role: Client;

const nameAreas = (input: object, as = w.statistician) =>
  w.does(world, 'nameAreas', { measure: 'areas', source: 'A list', ...input }, 'added', as);

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  [owner, role] = [await world.owner('outcomes'), await world.serviceRole('outcomes')];
  await w.defineOutcome(world);
  await w.defineMeasure(world, 'areas');
});
afterAll(() => world?.stop());

describe('what a figure is about', () => {
  const faultOf = async (area: string) => {
    const input = { measure: 'areas', source: 's', rows: [{ period: '2019', value: '1', area }], dryRun: true };
    const fields = 'rows { verdict userErrors { code message path } }';
    const [row] = (await w.does(world, 'publishObservations', input, fields)).rows;
    return row.userErrors[0]?.message ?? row.verdict;
  };

  it('is an area of the register, by a code whose first three characters the register has', async () => {
    for (const area of ['E92000001', 'E06000001', 'W06000015', 'S12000036', 'N09000003', 'E12000007', 'K04000001'])
      expect([area, await faultOf(area)]).toEqual([area, 'NEW']);
    expect(await faultOf('E99999999')).toBe(
      'E99999999 is no area: the Register of Geographic Codes has no entity E99; look the code up there.',
    );
    expect(await faultOf('X12000001')).toContain('has no entity X12');
    expect(await faultOf('W92000001')).toBe(
      'W92000001 is no area: the only W92 is W92000004; write that, or another code.',
    );
    const rows = [{ period: '2019', value: '1', area: 'E99999999' }];
    expect(w.verdictsOf(await w.publishes(world, 'areas', rows))).toEqual(['UNKNOWN_AREA']);
  });

  it('is an area by name only once its steward has named it, with whose list it is on', async () => {
    expect(await faultOf('Kent')).toBe(
      '"Kent" is not an area of this measure: give its GSS code, or name it first by nameAreas.',
    );
    for (const name of ['kent', ' Kent', 'E9200001', 'e92000001']) expect(await faultOf(name)).toContain('nameAreas');
    expect(await nameAreas({ names: ['Kent', 'RF4', 'Kent'] })).toMatchObject({ added: ['Kent', 'RF4'] });
    expect(await nameAreas({ names: ['RF4', 'Surrey'], source: 'Another list' })).toMatchObject({ added: ['Surrey'] });
    expect(await faultOf('Kent')).toBe('NEW');
    const { data } = await world.ask('{ measure(id: "areas") { namedAreas { name source } } }');
    expect(data.measure.namedAreas).toEqual([
      { name: 'Kent', source: 'A list' },
      { name: 'RF4', source: 'A list' },
      { name: 'Surrey', source: 'Another list' },
    ]);
    const past = await world.ask('{ measure(id: "areas") { namedAreas { name } } }', {
      asKnownAt: '2001-01-01T00:00:00Z',
    });
    expect(past.data.measure.namedAreas).toEqual([]);
    await w.defineMeasure(world, 'elsewhere');
    const rows = [{ period: '2019', value: '1', area: 'Kent' }];
    expect(w.verdictsOf(await w.publishes(world, 'elsewhere', rows))).toEqual(['UNKNOWN_AREA']);
  });

  it('is named by the statisticians of the steward alone, and in words that can be names', async () => {
    const refusals: [object, string][] = [
      [{ names: [] }, 'BAD_USER_INPUT'],
      [{ names: Array.from({ length: 501 }, (_, at) => `n${at}`) }, 'BAD_USER_INPUT'],
      [{ names: ['x '] }, 'BAD_USER_INPUT'],
      [{ names: ['x'.repeat(121)] }, 'BAD_USER_INPUT'],
      [{ names: ['E12000001'] }, 'BAD_USER_INPUT'],
      [{ names: ['x'], source: ' ' }, 'BAD_USER_INPUT'],
      [{ names: ['x'], measure: 'nowhere' }, 'UNKNOWN_MEASURE'],
    ];
    for (const [input, code] of refusals) expect([input, w.outcomeOf(await nameAreas(input))]).toEqual([input, code]);
    expect(w.outcomeOf(await nameAreas({ names: ['x'] }, w.otherStatistician))).toBe('FORBIDDEN');
    await w.defineMeasure(world, 'crowded');
    const many = (from: number, count: number) => Array.from({ length: count }, (_, at) => `n${from + at}`);
    for (const from of [0, 500]) await nameAreas({ measure: 'crowded', names: many(from, 500) });
    expect(await nameAreas({ measure: 'crowded', names: ['n1', 'one more'] })).toMatchObject({
      userErrors: [{ message: 'A measure has at most 1000 areas by name; this one has 1000 already.' }],
    });
  });

  it('is an area of the register for the whole of a measure too', async () => {
    const define = (nationalArea: string) => w.defineMeasure(world, 'nowhere-land', { nationalArea, dryRun: true });
    expect(w.outcomeOf(await define('E92000001'))).toBe('done');
    expect(await define('E99000001')).toMatchObject({
      userErrors: [{ code: 'UNKNOWN_AREA', message: expect.stringContaining('no entity E99'), path: ['nationalArea'] }],
    });
  });

  it('is known to the database by the same list, which refuses the rest by itself', async () => {
    const { rows } = await role.query('select entity, only_area from area_entity order by entity');
    const listed = [...areaEntities.keys()].sort();
    expect(rows.map(({ entity }) => entity)).toEqual(listed);
    expect(rows.filter((row) => row.only_area).map((row) => [row.entity, row.only_area])).toEqual(
      [...onlyAreas].sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    const series = (area: string) =>
      `insert into series (id, measure_id, definition, area, dimensions) values (gen_random_uuid(), 'areas', 1, '${area}', '{}')`;
    for (const area of ['E99999999', 'W92000001', 'Atlantis']) {
      await expect(role.query(series(area))).rejects.toThrow('an area that nobody knows');
    }
    const measure = (area: string) =>
      `insert into measure (id, title, outcome_id, steward_id, national_area) values ('m-x', 't', 'o', 's', '${area}')`;
    for (const area of ['E99999999', 'Kent']) {
      await expect(owner.query(measure(area))).rejects.toThrow('an area that nobody knows');
    }
    await expect(owner.query(`update named_area set name = 'x'`)).rejects.toThrow('never changed or deleted');
  });
});

describe('versions of a definition that may be compared', () => {
  const yearly = { formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 'ONS' };
  const revises = (measure: string, comparableWithPrevious: boolean, releasedAt: string, more: object = {}) =>
    w.does(
      world,
      'reviseDefinition',
      { measure, definition: { ...yearly, ...more }, comparableWithPrevious, comparabilityReason: 'r', releasedAt },
      'definition { number }',
    );
  const says = async (measure: string, definition: number, value: string, more: object = {}, period = '2019') =>
    w.verdictsOf(await w.publishes(world, measure, [{ period, value }], { definition, ...more }))[0];

  it('have one figure of a period: a newer one may be carried back, an older one says nothing new of what it has', async () => {
    await w.defineMeasure(world, 'carried-back');
    await says('carried-back', 1, '1', { releasedAt: '2020-03-01T00:00:00Z' });
    await revises('carried-back', true, '2022-01-01T00:00:00Z');
    await revises('carried-back', true, '2022-01-02T00:00:00Z');
    expect(await says('carried-back', 3, '1.1', { releasedAt: '2022-03-01T00:00:00Z' })).toBe('NEW');
    expect(await says('carried-back', 3, '2', { releasedAt: '2022-03-01T00:00:00Z' }, '2020')).toBe('NEW');
    const rows = [{ period: '2020', value: '2.2' }];
    const answer = await w.does(
      world,
      'publishObservations',
      { measure: 'carried-back', source: 's', rows, definition: 1 },
      'rows { userErrors { code message path } }',
    );
    expect(answer.rows[0].userErrors).toEqual([
      {
        ...{ code: 'OVERLAPPING_PERIOD', path: ['rows', '0', 'period'] },
        message:
          '2020 has a figure by definition 3 already, which continues this one; correct that one, or withdraw it first.',
      },
    ]);
    expect(await says('carried-back', 2, '2.2', {}, '2020')).toBe('OVERLAPPING_PERIOD');
    // What stood there before is corrected as ever, and what was known before the newer one stays readable.
    expect(await says('carried-back', 1, '1.2')).toBe('REVISED');
    expect(await says('carried-back', 1, '2', { releasedAt: '2021-03-01T00:00:00Z' }, '2020')).toBe('NEW');
    expect(await says('carried-back', 1, '5', {}, '2021')).toBe('NEW');
    const { data } = await world.ask('{ measure(id: "carried-back") { latest { period definition } } }');
    expect(data.measure.latest).toEqual({ period: '2021', definition: 1 });
  });

  it('speak for a period again once the newer figure is withdrawn, and beside each other across a break', async () => {
    await w.defineMeasure(world, 'taken-back');
    await revises('taken-back', true, '2022-01-01T00:00:00Z');
    await says('taken-back', 2, '1');
    expect(await says('taken-back', 1, '1')).toBe('OVERLAPPING_PERIOD');
    const withdrawn = { measure: 'taken-back', periods: ['2019'], definition: 2, because: 'Wrong.' };
    await w.does(world, 'withdrawObservation', withdrawn, 'tombstones { id }');
    expect(await says('taken-back', 1, '1')).toBe('NEW');
    await w.defineMeasure(world, 'broken');
    await revises('broken', false, '2022-01-01T00:00:00Z');
    await says('broken', 2, '1');
    expect(await says('broken', 1, '3')).toBe('NEW');
  });

  it('are held to one unit, one kind of period and one figure by the database itself', async () => {
    await w.defineMeasure(world, 'held');
    const version = (unit: string, frequency: string) =>
      `insert into definition (measure_id, number, formula, unit, decimals, polarity, frequency, source,
         comparable_with_previous, comparability_reason) values ('held', 2, 'f', '${unit}', 1, 'LOWER', '${frequency}', 's', true, 'r')`;
    await expect(role.query(version('MtCO2e', 'QUARTER'))).rejects.toThrow('not comparable');
    await expect(role.query(version('kt', 'YEAR'))).rejects.toThrow('not comparable');
    await revises('held', true, '2022-01-01T00:00:00Z');
    await says('held', 2, '1');
    await says('held', 1, '1', {}, '2018');
    const first = `insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id)
      select series_id, '2019-01-01', 1, 1, 'NUMBER', 'A', 'NEW_DATA', publication_id
      from observation join series on id = series_id where measure_id = 'held' and definition = 1`;
    for (const client of [owner, role]) await expect(client.query(first)).rejects.toThrow('a newer definition');
  });
});

describe('what PostgreSQL checks of new figures', () => {
  it('looks publications up and never goes through them, though they were few when it was planned', async () => {
    await w.defineMeasure(world, 'looked');
    await w.publishes(world, 'looked', [{ period: '2019', value: '1' }]);
    await owner.query('analyze publication, series, measure, definition');
    await role.query('begin');
    try {
      await role.query(`insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id)
        select series_id, '2017-01-01', 1, 1, 'NUMBER', 'A', 'NEW_DATA', publication_id
        from observation join series on id = series_id where measure_id = 'looked'`);
      const { rows } = await role.query(
        `select seq_scan::int as gone_through, idx_scan > 0 as looked_up from pg_stat_xact_user_tables where relname = 'publication'`,
      );
      expect(rows).toEqual([{ gone_through: 0, looked_up: true }]);
    } finally {
      await role.query('rollback');
    }
  });
});

describe('the trajectories of a measure', () => {
  const sets = (more: object, as = w.statistician) => {
    const points = [{ period: '2019', value: '5' }];
    const input = { measure: 'courses', method: 'A line.', author: 'ONS', points, ...more };
    return w.does(world, 'setTrajectory', input, 'trajectory { name version method points { value } }', as);
  };
  const asks = async (fields: string) => {
    const { data, errors } = await world.ask(`{ measure(id: "courses") { ${fields} } }`);
    return errors ? errors[0].message : data.measure;
  };

  it('are each by another method, with versions of their own, and a verdict says which one it goes by', async () => {
    await w.defineMeasure(world, 'courses');
    await w.publishes(world, 'courses', [{ period: '2019', value: '4' }]);
    const by = 'verdict rule trajectory { name version }';
    await sets({ name: 'bold-model', method: 'A model.', points: [{ period: '2019', value: '3' }] });
    expect(await asks(`trajectory { name } assessment { ${by} }`)).toMatchObject({
      ...{ trajectory: null, assessment: { verdict: 'NO_DATA', trajectory: null } },
    });
    await sets({});
    // Older than the newest version of another one: each chain is in the order of its own releases.
    const known = { releasedAt: '2015-01-01T00:00:00Z' };
    expect(w.outcomeOf(await sets({ name: 'old-model', ...known }))).toBe('done');
    expect((await sets({ name: 'bold-model', method: 'A model.', expectedVersion: 1 })).trajectory).toMatchObject({
      ...{ name: 'bold-model', version: 2 },
    });
    expect(w.outcomeOf(await sets({ name: 'bold-model', expectedVersion: 1 }))).toBe('STALE_VERSION');
    await sets({ name: 'bold-model', method: 'A model.', points: [{ period: '2019', value: '3.5' }] });
    expect(
      await asks(`trajectory { name version } trajectories { name version method points { value } }
        first: trajectory(name: "bold-model", version: 1) { points { value } }`),
    ).toEqual({
      trajectory: { name: 'main', version: 1 },
      trajectories: [
        { name: 'main', version: 1, method: 'A line.', points: [{ value: '5' }] },
        { name: 'bold-model', version: 3, method: 'A model.', points: [{ value: '3.5' }] },
        { name: 'old-model', version: 1, method: 'A line.', points: [{ value: '5' }] },
      ],
      first: { points: [{ value: '3' }] },
    });
    expect(await asks(`main: assessment { ${by} } bold: assessment(trajectory: "bold-model") { ${by} }`)).toEqual({
      main: {
        ...{ verdict: 'AHEAD', trajectory: { name: 'main', version: 1 } },
        rule: 'The figure for 2019 is 4 MtCO2e; the trajectory (version 1) expects 5. As lower is better, it is ahead by 1.',
      },
      bold: {
        ...{ verdict: 'BEHIND', trajectory: { name: 'bold-model', version: 3 } },
        rule: 'The figure for 2019 is 4 MtCO2e; the trajectory bold-model (version 3) expects 3.5. As lower is better, it is behind by 0.5.',
      },
    });
    expect(await asks('assessment(trajectory: "nobodys") { verdict }')).toBe(
      'This measure has no trajectory nobodys; its trajectories are listed by name.',
    );
  });

  it('are at most 20 under readable names, each a chain that the database keeps', async () => {
    expect(w.outcomeOf(await sets({ name: 'Not A Name' }))).toBe('BAD_USER_INPUT');
    for (let count = 3; count < 20; count++) await sets({ name: `model-${count}` });
    expect(await sets({ name: 'one-more' })).toMatchObject({
      userErrors: [{ message: 'A measure has at most 20 trajectories; set a new version of one of them.' }],
    });
    expect(w.outcomeOf(await sets({ name: 'model-3', method: 'Another line.' }))).toBe('done');
    const version = (name: string, number: number, released = 'null') =>
      `insert into trajectory (measure_id, name, version, definition, method, author, stated_release)
        values ('courses', '${name}', ${number}, 1, 'm', 'a', ${released})`;
    for (const client of [owner, role]) {
      await expect(client.query(version('model-4', 3))).rejects.toThrow('foreign key');
      await expect(client.query(version('main', 1))).rejects.toThrow('unique');
      await expect(client.query(version('model-4', 2, `'2016-01-01'`))).rejects.toThrow('before what it follows');
      await expect(client.query(version('No Name', 1))).rejects.toThrow('check');
    }
  });
});
