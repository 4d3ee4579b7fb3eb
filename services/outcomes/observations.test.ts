import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';

let world: World;
let owner: Client;
let role: Client;
let key = 0;

const statistician = 'office-for-national-statistics.statistician';
const unit = 'mission-delivery-unit.mission-unit';
const definition = {
  ...{ formula: 'f', unit: 'MtCO2e', decimals: 1, polarity: 'LOWER', frequency: 'YEAR', source: 'ONS' },
};

async function does(deed: string, input: object, as: string, fields: string) {
  const type = `${deed[0]!.toUpperCase()}${deed.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { ${deed}(input: $input) { ${fields} replayed userErrors { code message path } } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: `key ${++key}`, ...input } } });
  return answer.errors ? { errors: answer.errors } : answer.data[deed];
}
const defineMeasure = (id: string, more: object = {}) =>
  does(
    'defineMeasure',
    { id, title: id, outcome: 'o', definition, releasedAt: '2000-01-01T00:00:00Z', ...more },
    statistician,
    'measure { id }',
  );
const publish = (measure: string, rows: object[], more: object = {}, as = statistician) =>
  does(
    'publishObservations',
    { measure, source: 'ONS', rows, ...more },
    as,
    'rows { row verdict accepted id vintage userErrors { code message path } }',
  );
const verdictsOf = (answer: { rows: { verdict: string; userErrors: { code: string }[] }[] }) =>
  answer.rows.map(({ verdict, userErrors }) => userErrors[0]?.code ?? verdict);

const fields = 'period value valueKind status vintage reason releasedAt statedRelease';
async function read(measure: string, filter: object, more = fields, asKnownAt?: string) {
  const document = `query ($measure: ID!, $filter: ObservationFilter) { measure(id: $measure) { observations(first: 100, filter: $filter) { nodes { ${more} } } } }`;
  const answer = await world.ask(document, { variables: { measure, filter }, asKnownAt });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data.measure.observations.nodes;
}

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  [owner, role] = [await world.owner('outcomes'), await world.serviceRole('outcomes')];
  await does('defineOutcome', { id: 'o', title: 'T', kind: 'IMPACT', missions: ['m'] }, unit, 'outcome { id }');
});
afterAll(() => world?.stop());

describe('publishing', () => {
  it('keeps every vintage of a figure and answers it as it was known at each release', async () => {
    await defineMeasure('emissions');
    const vintages = [
      ['2021-12-02T00:00:00Z', '454.766072621302', 'NEW'],
      ['2022-07-08T00:00:00Z', '447.8774362216295', 'REVISED'],
      ['2023-07-01T00:00:00Z', '450.435177125297', 'REVISED'],
    ] as const;
    for (const [releasedAt, value, verdict] of vintages) {
      expect(verdictsOf(await publish('emissions', [{ period: '2019', value }], { releasedAt }))).toEqual([verdict]);
    }
    const document = '{ measure(id: "emissions") { latest { value vintage } } }';
    const latest = async (asKnownAt?: string) => (await world.ask(document, { asKnownAt })).data.measure.latest;
    expect(await latest('2021-12-01T23:59:59Z')).toBeNull();
    expect(await latest('2021-12-31T00:00:00Z')).toEqual({ value: '454.766072621302', vintage: 1 });
    expect(await latest('2022-12-31T00:00:00Z')).toEqual({ value: '447.8774362216295', vintage: 2 });
    expect(await latest('2023-12-31T00:00:00Z')).toEqual({ value: '450.435177125297', vintage: 3 });
    expect(await latest()).toEqual({ value: '450.435177125297', vintage: 3 });
    const all = await read(
      'emissions',
      { vintages: 'ALL' },
      'value statedRelease reason supersedes { value supersedes { value } }',
    );
    expect(all).toEqual([
      { value: '454.766072621302', statedRelease: true, reason: 'NEW_DATA', supersedes: null },
      ...[
        {
          value: '447.8774362216295',
          statedRelease: true,
          reason: 'ROUTINE',
          supersedes: { value: '454.766072621302', supersedes: null },
        },
      ],
      ...[
        {
          value: '450.435177125297',
          statedRelease: true,
          reason: 'ROUTINE',
          supersedes: { value: '447.8774362216295', supersedes: { value: '454.766072621302' } },
        },
      ],
    ]);
    expect(await read('emissions', { vintages: 'ALL' }, 'vintage', '2022-12-31T00:00:00Z')).toEqual([
      { vintage: 1 },
      { vintage: 2 },
    ]);
    expect(await read('emissions', {}, 'vintage', '2022-12-31T00:00:00Z')).toEqual([{ vintage: 2 }]);
  });

  it('of the same value again, later or as an old file once more, makes no vintage', async () => {
    await defineMeasure('again');
    const [first, second] = ['2021-12-02T00:00:00Z', '2022-07-08T00:00:00Z'];
    await publish('again', [{ period: '2019', value: '72.0' }], { releasedAt: first });
    expect(verdictsOf(await publish('again', [{ period: '2019', value: '72' }], { releasedAt: second }))).toEqual([
      'UNCHANGED',
    ]);
    await publish('again', [{ period: '2019', value: '73' }], { releasedAt: second });
    const old = await publish('again', [{ period: '2019', value: '72.0' }], { releasedAt: first });
    expect(old.rows[0]).toMatchObject({ verdict: 'UNCHANGED', vintage: 1, accepted: true });
    expect(await read('again', { vintages: 'ALL' }, 'value')).toEqual([{ value: '72.0' }, { value: '73' }]);
  });

  it('of a release older than the newest vintage is refused with OLDER_THAN_NEWEST', async () => {
    await defineMeasure('older');
    await publish('older', [{ period: '2019', value: '1' }], { releasedAt: '2022-07-08T00:00:00Z' });
    const rows = [
      { period: '2019', value: '2' },
      { period: '2018', value: '2' },
    ];
    const late = await publish('older', rows, { releasedAt: '2021-12-02T00:00:00Z' });
    expect(verdictsOf(late)).toEqual(['OLDER_THAN_NEWEST', 'NEW']);
    expect(late.rows[0]).toMatchObject({ accepted: false, id: null, vintage: null });
  });

  it('of a changed status, interval or sample is a new vintage', async () => {
    await defineMeasure('status');
    const rows = [
      { period: '2019', value: '1', status: 'PROVISIONAL' },
      { period: '2019', value: '1' },
      { period: '2019', value: '1', low: '0', high: '2' },
      { period: '2019', value: '1', low: '0', high: '2', confidenceLevel: '95' },
      { period: '2019', value: '1', low: '0', high: '2', confidenceLevel: '95', sampleSize: 10 },
    ];
    for (const row of rows) await publish('status', [row], { reason: 'METHOD' });
    expect(await read('status', {}, 'vintage low high confidenceLevel sampleSize status reason')).toEqual([
      { vintage: 5, low: '0', high: '2', confidenceLevel: '95', sampleSize: 10, status: 'NORMAL', reason: 'METHOD' },
    ]);
  });

  it('keeps zero, missing, suppressed and not applicable apart', async () => {
    await defineMeasure('kinds');
    const rows = [
      { period: '2016', value: '0' },
      { period: '2017', value: null },
      { period: '2018', valueKind: 'SUPPRESSED' },
      { period: '2019', valueKind: 'NOT_APPLICABLE', status: 'BREAK' },
      { period: '2020', value: '5', status: 'ESTIMATED' },
    ];
    expect(verdictsOf(await publish('kinds', rows))).toEqual(['NEW', 'NEW', 'NEW', 'NEW', 'NEW']);
    expect(await read('kinds', {}, 'value valueKind status')).toEqual([
      { value: '0', valueKind: 'NUMBER', status: 'NORMAL' },
      { value: null, valueKind: 'MISSING', status: 'MISSING' },
      { value: null, valueKind: 'SUPPRESSED', status: 'NORMAL' },
      { value: null, valueKind: 'NOT_APPLICABLE', status: 'BREAK' },
      { value: '5', valueKind: 'NUMBER', status: 'ESTIMATED' },
    ]);
    const { rows: kept } = await owner.query(
      `select status, value_kind from observation join series on series.id = series_id where measure_id = 'kinds' order by period_start`,
    );
    expect(kept.map(({ status }) => status).join('')).toBe('AMABE');
    expect(verdictsOf(await publish('kinds', [{ period: '2017', value: '0' }]))).toEqual(['REVISED']);
  });

  it('gives back exactly the digits it was given, zeros at the end too', async () => {
    await defineMeasure('digits');
    const values = [
      '447.8774362216295',
      '0.10',
      `-0.${'0'.repeat(29)}1`,
      '1234567890123456789012345',
      '100.'.concat('0'.repeat(30)),
    ];
    const rows = values.map((value, place) => ({ period: String(2000 + place), value }));
    expect(verdictsOf(await publish('digits', rows))).toEqual(rows.map(() => 'NEW'));
    expect((await read('digits', {}, 'value')).map(({ value }: { value: string }) => value)).toEqual(values);
  });

  it('says where each figure was read', async () => {
    await defineMeasure('provenance');
    await publish('provenance', [{ period: '2019', value: '1', row: 17, original: '2019,,1' }], { file: 'a.csv' });
    expect(await read('provenance', {}, 'provenance { source file row original }')).toEqual([
      { provenance: { source: 'ONS', file: 'a.csv', row: 17, original: '2019,,1' } },
    ]);
  });

  it('judges each row by itself: a refused one changes nothing and stops none', async () => {
    await defineMeasure('rows', { definition: { ...definition, validFrom: '1990-01-01' } });
    const refusals: [object, string][] = [
      [{ period: '2018/19', value: '1' }, 'PERIOD_DOES_NOT_FIT'],
      [{ period: '2998', value: '1' }, 'PERIOD_IN_FUTURE'],
      [{ period: '1989', value: '1' }, 'BEFORE_VALID_FROM'],
      [{ period: '2001', value: 'NaN' }, 'NOT_A_DECIMAL'],
      [{ period: '2001', value: '1e3' }, 'NOT_A_DECIMAL'],
      [{ period: '2001', value: `0.${'1'.repeat(31)}` }, 'NOT_A_DECIMAL'],
      [{ period: '2001', value: `1.${'0'.repeat(40)}` }, 'NOT_A_DECIMAL'],
      [{ period: '2001', value: '1', low: '0', high: 'Infinity' }, 'NOT_A_DECIMAL'],
      [{ period: '2001', value: '1', low: '2', high: '0' }, 'LOW_ABOVE_HIGH'],
      [{ period: '2001', value: '3', low: '0', high: '2' }, 'VALUE_OUTSIDE_INTERVAL'],
      [{ period: '2001', value: '1', low: '0' }, 'BAD_USER_INPUT'],
      [{ period: '2001', value: '1', confidenceLevel: '95' }, 'BAD_USER_INPUT'],
      [{ period: '2001', value: '1', low: '0', high: '2', confidenceLevel: '100' }, 'BAD_USER_INPUT'],
      [{ period: '2001', value: '1', sampleSize: -1 }, 'BAD_USER_INPUT'],
      [{ period: '2001', value: '1', row: 0 }, 'BAD_USER_INPUT'],
      [{ period: '2001', value: '1', area: ' ' }, 'BAD_USER_INPUT'],
      ...['', 'F ', 'Total', '_T'].map((value): [object, string] => [
        { period: '2001', value: '1', dimensions: [{ name: 'sex', value }] },
        'BAD_USER_INPUT',
      ]),
      [
        {
          period: '2001',
          value: '1',
          dimensions: [
            { name: 'sex', value: 'a' },
            { name: 'sex', value: 'b' },
          ],
        },
        'BAD_USER_INPUT',
      ],
      [{ period: '2001', value: '1', valueKind: 'SUPPRESSED' }, 'VALUE_KIND_MISMATCH'],
      [{ period: '2001', valueKind: 'NUMBER' }, 'VALUE_KIND_MISMATCH'],
      [{ period: '2001', value: '1', status: 'MISSING' }, 'VALUE_KIND_MISMATCH'],
      [{ period: '2001', low: '0', high: '2' }, 'VALUE_KIND_MISMATCH'],
      [{ period: '2001', valueKind: 'SUPPRESSED', sampleSize: 3 }, 'VALUE_KIND_MISMATCH'],
    ];
    const sound = { period: '2002', value: '1' };
    const answer = await publish('rows', [...refusals.map(([row]) => row), sound, { ...sound, value: '2' }]);
    expect(verdictsOf(answer)).toEqual([...refusals.map(([, code]) => code), 'NEW', 'OVERLAPPING_PERIOD']);
    expect(answer.rows[3].userErrors[0].path).toEqual(['rows', '3', 'value']);
    expect(answer.rows[5].userErrors[0].message).toBe(
      'This is not a plain decimal such as "447.87": no exponent, at most 25 digits and 30 decimals.',
    );
    expect(answer.rows[18].userErrors[0].message).toBe('For the whole leave sex out instead of writing Total.');
    expect(await read('rows', {}, 'period value')).toEqual([{ period: '2002', value: '1' }]);
  });

  it('of a number for a period that is not over needs the status PROVISIONAL or ESTIMATED', async () => {
    await defineMeasure('unfinished');
    const [year, next] = ['2020', '2021'];
    const of = async (row: object, day: string) => {
      const answer = await publish('unfinished', [row], { dryRun: true, releasedAt: `${day}T12:00:00Z` });
      return answer.rows[0].userErrors[0] ?? answer.rows[0].verdict;
    };
    expect(await of({ period: year, value: '1' }, '2020-11-23')).toEqual({
      code: 'BAD_USER_INPUT',
      message: 'The period ends on 2020-12-31 and was not over on 2020-11-23; its figure is PROVISIONAL or ESTIMATED.',
      path: ['rows', '0', 'status'],
    });
    expect(await of({ period: year, value: '1', status: 'BREAK' }, '2020-11-23')).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    for (const status of ['PROVISIONAL', 'ESTIMATED'])
      expect(await of({ period: year, value: '1', status }, '2020-11-23')).toBe('NEW');
    for (const valueKind of ['MISSING', 'SUPPRESSED', 'NOT_APPLICABLE'])
      expect(await of({ period: year, valueKind }, '2020-11-23')).toBe('NEW');
    expect(await of({ period: year, value: '1' }, '2020-12-31')).toBe('NEW');
    expect(await of({ period: next, value: '1' }, '2020-12-31')).toMatchObject({
      message: '2021 begins on 2021-01-01, after the release on 2020-12-31.',
    });
    // Without a stated release today counts.
    const today = new Date().getUTCFullYear();
    const [row] = (await publish('unfinished', [{ period: String(today), value: '1' }], { dryRun: true })).rows;
    const isOver = new Date().toISOString().slice(5, 10) === '12-31';
    expect(row.userErrors[0]?.code ?? row.verdict).toBe(isOver ? 'NEW' : 'BAD_USER_INPUT');
  });

  it('is refused as a whole by name when the batch is not sound', async () => {
    await defineMeasure('batch', { releasedAt: null });
    const row = { period: '2019', value: '1' };
    const refusals: [string, object[], object, string][] = [
      ['nowhere', [row], {}, 'UNKNOWN_MEASURE'],
      ['batch', [row], { definition: 2 }, 'UNKNOWN_DEFINITION'],
      ['batch', [], {}, 'BAD_USER_INPUT'],
      ['batch', Array(2001).fill(row), {}, 'BAD_USER_INPUT'],
      ['batch', [row], { source: '' }, 'BAD_USER_INPUT'],
      ['batch', [row], { releasedAt: '2999-01-01T00:00:00Z' }, 'RELEASED_IN_FUTURE'],
      ['batch', [row], { releasedAt: '2021-01-01T00:00:00Z' }, 'RELEASED_TOO_EARLY'],
    ];
    for (const [measure, rows, more, code] of refusals) {
      const answer = await publish(measure, rows, more);
      expect([answer.rows, answer.userErrors[0].code]).toEqual([null, code]);
    }
  });

  it('is for the statisticians of the steward alone', async () => {
    await defineMeasure('mine');
    for (const as of ['department-for-education.statistician', 'office-for-national-statistics.publisher', unit]) {
      expect((await publish('mine', [{ period: '2019', value: '1' }], {}, as)).errors[0].extensions.code).toBe(
        'FORBIDDEN',
      );
    }
    expect(
      (
        await world.ask(
          'mutation { publishObservations(input: {idempotencyKey: "k", measure: "mine", source: "s", rows: []}) { replayed } }',
        )
      ).status,
    ).toBe(401);
  });

  it('with a used key answers the same and publishes once', async () => {
    await defineMeasure('replayed');
    const input = { idempotencyKey: 'once', releasedAt: '2020-01-01T00:00:00Z' };
    const rows = [
      { period: '2019', value: '1' },
      { period: 'x', value: '1' },
    ];
    const first = await publish('replayed', rows, input);
    const second = await publish('replayed', rows, input);
    expect(second).toEqual({ ...first, replayed: true });
    // An answer that was remembered in the form of before, each verdict with names.
    const { rows: kept } = await owner.query(`select answer from deed where key = 'once'`);
    const [[verdict, id, vintage], [, fault]] = kept[0].answer;
    const named = JSON.stringify([
      { verdict, id, vintage },
      { verdict: 'REFUSED', fault },
    ]);
    await owner.query(`alter table deed disable trigger user; update deed set answer = '${named}' where key = 'once';
      alter table deed enable trigger user`);
    expect(await publish('replayed', rows, input)).toEqual(second);
    const dry = await publish('replayed', [{ period: '2019', value: '2' }], { dryRun: true });
    expect(verdictsOf(dry)).toEqual(['REVISED']);
    expect(await read('replayed', { vintages: 'ALL' }, 'value')).toEqual([{ value: '1' }]);
  });
});

describe('the vintages of a figure', () => {
  it('stay one chain when twenty publish at once', async () => {
    await defineMeasure('raced');
    const values = Array.from({ length: 20 }, (_, place) => String(place));
    const answers = await Promise.all(
      values.map((value) =>
        publish('raced', [
          { period: '2019', value },
          { period: '2020', value },
        ]),
      ),
    );
    expect(answers.flatMap(verdictsOf).sort()).toEqual([...Array(2).fill('NEW'), ...Array(38).fill('REVISED')]);
    const { rows } = await owner.query(
      `select period_start, vintage, observation.released_at from observation join series on id = series_id
       where measure_id = 'raced' order by period_start, vintage`,
    );
    expect(rows.map(({ vintage }) => vintage)).toEqual(
      [...Array(2)].flatMap(() => values.map((_, place) => place + 1)),
    );
    const releases = rows.slice(0, 20).map(({ released_at }) => released_at.getTime());
    expect(releases).toEqual([...releases].sort((one, other) => one - other));
  });
});

describe('the database refuses by itself', () => {
  const columns = '(series_id, period_start, vintage, value, value_kind, status, reason, publication_id';
  let insert: (more: {
    columns?: string;
    values?: string;
    period?: string;
    vintage?: number;
    value?: string;
    kind?: string;
    status?: string;
  }) => string;
  beforeAll(async () => {
    await defineMeasure('guarded');
    await publish('guarded', [{ period: '2019', value: '1' }], { releasedAt: '2020-01-01T00:00:00Z' });
    const { rows } = await owner.query(
      `select series_id, publication_id from observation join series on id = series_id where measure_id = 'guarded'`,
    );
    const { series_id, publication_id } = rows[0];
    insert = ({
      columns: more = '',
      values = '',
      period = '2019-01-01',
      vintage = 2,
      value = '2',
      kind = 'NUMBER',
      status = 'A',
    }) =>
      `insert into observation ${columns}${more}) values ('${series_id}', '${period}', ${vintage}, ${value}, '${kind}', '${status}', 'ERROR', '${publication_id}'${values})`;
  });

  it('a gap or a branch in a chain of vintages', async () => {
    for (const client of [owner, role]) {
      await expect(client.query(insert({ vintage: 3 }))).rejects.toThrow('supersedes nothing that is there');
      await expect(client.query(insert({ vintage: 1 }))).rejects.toThrow('unique');
    }
  });

  it('an observation of a series or publication that is not there', async () => {
    const nowhere = '01890a5d-ac96-774b-bcce-b302099a8057';
    const [sql, ids] = [insert({}), /'([0-9a-f-]{36})'/g];
    const [series, publication] = [...sql.matchAll(ids)].map(([, id]) => id!);
    for (const client of [owner, role]) {
      await expect(client.query(sql.replace(series!, nowhere))).rejects.toThrow('its series is not there');
      await expect(client.query(sql.replace(publication!, nowhere))).rejects.toThrow('its publication is not there');
    }
  });

  it('a vintage released before the one it supersedes, before its definition or in the future', async () => {
    const stated = (day: string) => insert({ columns: ', stated_release', values: `, '${day}'` });
    for (const client of [owner, role]) {
      await expect(client.query(stated('2019-12-31'))).rejects.toThrow('before the vintage it supersedes');
      await expect(client.query(stated('1999-12-31'))).rejects.toThrow('before its definition was known');
      await expect(client.query(stated('2999-12-31'))).rejects.toThrow('check');
    }
  });

  it('a period that does not fit, NaN, an infinity, 31 decimals and a number that is called missing', async () => {
    for (const client of [owner, role]) {
      await expect(client.query(insert({ period: '2019-02-01', vintage: 1 }))).rejects.toThrow(
        'no period begins on its day',
      );
      await expect(client.query(insert({ value: `'NaN'` }))).rejects.toThrow('check');
      await expect(client.query(insert({ value: `'Infinity'` }))).rejects.toThrow('check');
      await expect(client.query(insert({ kind: 'MISSING', status: 'M' }))).rejects.toThrow('check');
      await expect(client.query(insert({ value: 'null' }))).rejects.toThrow('check');
      await expect(client.query(insert({ columns: ', low, high', values: ', 3, 4' }))).rejects.toThrow('check');
      await expect(client.query(insert({ value: `0.${'1'.repeat(31)}` }))).rejects.toThrow('at_most_30_decimals');
    }
  });

  it('any change or deletion, even for the owner', async () => {
    const tables = [
      'outcome',
      'measure',
      'definition',
      'target',
      'trajectory',
      'trajectory_point',
      'judgement',
      'series',
      'publication',
      'observation',
      'baseline',
    ];
    for (const table of tables) {
      const { rows } = await owner.query(
        `select column_name from information_schema.columns where table_name = $1 and is_generated = 'NEVER' limit 1`,
        [table],
      );
      const column = rows[0].column_name;
      for (const sql of [
        `update ${table} set ${column} = ${column}`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        await expect(owner.query(sql)).rejects.toThrow('never changed or deleted');
        await expect(role.query(sql)).rejects.toThrow('permission denied');
      }
    }
  });

  it('a service that says when something was recorded or which series is the headline', async () => {
    const backdated = insert({ columns: ', recorded_at', values: `, '2020-01-01'` });
    await expect(role.query(backdated)).rejects.toThrow('permission denied');
    const series = `insert into series (id, measure_id, definition, area, dimensions, headline) values (gen_random_uuid(), 'guarded', 1, 'K02000001', '{"a":"b"}', true)`;
    await expect(role.query(series)).rejects.toThrow('permission denied');
    const { rows } = await owner.query(`${series} returning headline`);
    expect(rows).toEqual([{ headline: false }]);
  });

  it('a definition or target that is released before what it follows', async () => {
    await does(
      'setTarget',
      {
        id: 'guarded-target',
        measure: 'guarded',
        kind: 'FLOOR',
        value: '1',
        periodStart: '2020-01-01',
        setBy: 'x',
        releasedAt: '2021-01-01T00:00:00Z',
      },
      statistician,
      'target { id }',
    );
    const target = `insert into target (id, revision, measure_id, definition, kind, value, period_start, set_by, stated_release)
      values ('guarded-target', $1, 'guarded', 1, 'FLOOR', 1, '2020-01-01', 'x', $2)`;
    for (const client of [owner, role]) {
      await expect(client.query(target, [2, '2020-12-31'])).rejects.toThrow('released before what it follows');
      await expect(client.query(target, [3, '2022-12-31'])).rejects.toThrow('foreign key');
    }
  });
});
