import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { pino } from 'pino';
import { secret, startWorld, type World } from '../../test/world.js';
import { start } from '../kernel/start.js';
import * as w from './releases-for-tests.js';
import { outcomes } from './service.js';

let world: World;
let owner: Client;
let role: Client;

/** Holds two figures of each of two measures, and comes soon after the world has begun. */
let come: { id: string; at: string };
const hasCome = () => pause(Math.max(Date.parse(come.at) - Date.now() + 20, 0));
const far = '2999-01-01T09:30:00.000Z';

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  [owner, role] = [await world.owner('outcomes'), await world.serviceRole('outcomes')];
  await w.defineOutcome(world);
  for (const id of ['one', 'two', 'free']) await w.defineMeasure(world, id);
  await w.defineMeasure(world, 'foreign', {}, w.otherStatistician);
  for (const id of ['one', 'two']) {
    await w.publishes(world, id, [{ period: '2019', value: '1' }], { releasedAt: '2020-01-01T00:00:00Z' });
  }
  come = { id: await w.schedules(world, far, { measures: ['one', 'two'] }), at: far };
  for (const [measure, value] of Object.entries({ one: '777', two: '778' })) {
    const rows = [
      { period: '2019', value },
      { period: '2020', value },
    ];
    expect(w.verdictsOf(await w.publishes(world, measure, rows, { release: come.id }))).toEqual(['REVISED', 'NEW']);
  }
  // Moved now that it is full, so that it cannot come before it is.
  come.at = w.soon(700);
  expect(w.outcomeOf(await moves(come.id, come.at, { expectedVersion: 1 }))).toBe('done');
});
afterAll(() => world?.stop());

const moves = (id: string, scheduledAt: string, more: object = {}, as = w.statistician) =>
  w.does(world, 'rescheduleRelease', { release: id, scheduledAt, reason: 'Late data.', ...more }, w.release, as);
const listed = async (fields: string, as?: string, asKnownAt?: string, organisation?: string) => {
  const document = `query ($organisation: ID) { releases(organisation: $organisation, first: 100) { totalCount nodes { ${fields} } } }`;
  const answer = await world.ask(document, { as, asKnownAt, variables: { organisation } });
  return answer.data.releases;
};
const nextOf = async (measure: string, asKnownAt?: string) =>
  (await world.ask(`{ measure(id: "${measure}") { nextRelease { title scheduledAt } } }`, { asKnownAt })).data.measure
    .nextRelease;
const latestOf = async (measure: string, asKnownAt?: string) =>
  (await world.ask(`{ measure(id: "${measure}") { latest { period value vintage } } }`, { asKnownAt })).data.measure
    .latest;

describe('a release', () => {
  it('comes for everybody at the same instant of the database’s clock, in all measures at once', async () => {
    const { at } = come;
    const seen = 'latest { value vintage } assessment { rule } observations { nodes { value } }';
    const document = `{ one: measure(id: "one") { ${seen} } two: measure(id: "two") { ${seen} } }`;
    const clock = async (): Promise<Date> => (await owner.query('select clock_timestamp() as now')).rows[0].now;
    const readers = [undefined, w.statistician, w.otherStatistician, w.unit];
    const instant = new Date(at);
    const wrong: string[] = [];
    let [olds, news] = [0, 0];
    for (let last = false; !last; ) {
      const before = await clock();
      last = before > instant;
      const answers = await Promise.all(readers.map((as) => world.ask(document, { as })));
      const after = await clock();
      for (const { data } of answers) {
        const text = JSON.stringify(data);
        const found = [text.includes('777'), text.includes('778')].map(Number).join('');
        if (found === '11') news++;
        else if (found === '00') olds++;
        const isEarly = found !== '00' && after < instant;
        const isLate = found !== '11' && before >= instant;
        if (isEarly || isLate || !['00', '11'].includes(found)) wrong.push(`${found} ${before.toISOString()}`);
      }
    }
    expect(wrong).toEqual([]);
    expect([olds > 0, news > 0]).toEqual([true, true]);
    expect(await latestOf('one')).toEqual({ period: '2020', value: '777', vintage: 1 });
  });

  it('is told to contributions when it has come, once, and not before', async () => {
    const told = async () =>
      (
        await owner.query(
          `select event->>'subject' as measure, event->'data'->'figures' as figures from sent_event
           where event::text ~ '"value": ?"77[78]"' order by 1`,
        )
      ).rows;
    const later = await w.schedules(world, w.soon(1_000_000));
    await w.publishes(world, 'free', [{ period: '2020', value: '779' }], { release: later });
    for (let tries = 0; tries < 100 && (await told()).length === 0; tries++) await pause(50);
    const found = await told();
    expect(found.map(({ measure, figures }) => [measure, figures.length])).toEqual([
      ['one', 2],
      ['two', 2],
    ]);
    const [first] = found[0].figures;
    expect(first).toMatchObject({ period: '2019', value: '777', releasedAt: come.at });
    const jobs = `select 1 from graphile_worker._private_jobs job join graphile_worker._private_tasks task on task.id = task_id
      where identifier = 'tell-released' and run_at <= now()`;
    await role.query(`select graphile_worker.add_job('tell-released')`);
    while ((await owner.query(jobs)).rows.length > 0) await pause(25);
    expect(await told()).toEqual(found);
    expect((await owner.query(`select event from sent_event where event::text ~ '"value": ?"779"'`)).rows).toEqual([]);
  });

  it('cuts what is known: before its instant the figures were not, also in a future that is asked for too early', async () => {
    await hasCome();
    const before = new Date(Date.parse(come.at) - 1).toISOString();
    expect(await latestOf('one', before)).toEqual({ period: '2019', value: '1', vintage: 1 });
    expect(await latestOf('one', come.at)).toEqual({ period: '2020', value: '777', vintage: 1 });
    const document = `{ measure(id: "one") { observations(filter: {vintages: ALL}) { nodes { value releasedAt statedRelease supersedes { value } } } } }`;
    expect((await world.ask(document)).data.measure.observations.nodes).toEqual([
      { value: '1', releasedAt: '2020-01-01T00:00:00.000Z', statedRelease: true, supersedes: null },
      { value: '777', releasedAt: come.at, statedRelease: false, supersedes: { value: '1' } },
      { value: '777', releasedAt: come.at, statedRelease: false, supersedes: null },
    ]);
    expect(await latestOf('free', '2998-01-01T00:00:00Z')).toBeNull();
  });

  it('takes no figure of a period that has not begun, and names its own day only where the period is later', async () => {
    const scheduledAt = '2998-06-15T23:30:00Z';
    const release = await w.schedules(world, scheduledAt);
    const rows = ['2998', '2999'].map((period) => ({ period, value: '1' }));
    const input = { measure: 'free', source: 's', rows, release };
    const answer = await w.does(world, 'publishObservations', input, 'rows { userErrors { code message } }');
    const [same, after] = answer.rows.map(({ userErrors }: { userErrors: { code: string; message: string }[] }) => {
      return userErrors[0]!.message.replace(/today, [\d-]+/, 'today');
    });
    expect([same, after]).toEqual([
      '2998 begins on 2998-01-01, after today.',
      '2999 begins on 2999-01-01, after the release on 2998-06-16.',
    ]);
  });

  it('is announced to all with title and time, and says to its own statisticians alone how many figures it has', async () => {
    await hasCome();
    const id = await w.schedules(world, far, { title: 'Far ahead', measures: ['two'] });
    for (const value of ['1', '2']) {
      const rows = [
        { period: '2021', value },
        { period: '2022', value },
      ];
      await w.publishes(world, 'two', rows, { release: id });
    }
    const rows: [string | undefined, number | null][] = [];
    for (const as of [
      undefined,
      w.otherStatistician,
      w.unit,
      'office-for-national-statistics.publisher',
      w.statistician,
    ]) {
      const { nodes } = await listed('id title scheduledAt organisation { id } figureCount measures { id }', as);
      const { figureCount, ...said } = nodes.find((each: { id: string }) => each.id === id);
      expect(said).toEqual({
        ...{ id, title: 'Far ahead', scheduledAt: far, measures: [{ id: 'two' }] },
        organisation: { id: 'office-for-national-statistics' },
      });
      rows.push([as, figureCount]);
    }
    expect(rows.map(([, count]) => count)).toEqual([null, null, null, null, 2]);
    const others = await listed('id', undefined, undefined, 'department-for-education');
    expect(others).toEqual({ totalCount: 0, nodes: [] });
    const all = await listed('id scheduledAt');
    const times = all.nodes.map(({ scheduledAt }: { scheduledAt: string }) => scheduledAt);
    expect([all.totalCount, times]).toEqual([times.length, [...times].sort()]);
    expect(all.nodes.some((each: { id: string }) => each.id === come.id)).toBe(false);
    const paged: string[] = [];
    const document =
      'query ($after: String) { releases(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    for (let after: string | null | undefined; after !== null; ) {
      const { nodes, pageInfo } = (await world.ask(document, { variables: { after } })).data.releases;
      paged.push(nodes[0].id);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    }
    expect(paged).toEqual(all.nodes.map((each: { id: string }) => each.id));
    const forged = Buffer.from('["x","y"]').toString('base64url');
    const { errors } = await world.ask(document, { variables: { after: forged } });
    expect(errors![0].extensions.code).toBe('BAD_USER_INPUT');
  });

  it('is the next one of each measure it is announced for, as it was announced then', async () => {
    const id = await w.schedules(world, '2998-01-01T09:30:00.000Z', { title: 'First', measures: ['free'] });
    await w.schedules(world, far, { title: 'Second', measures: ['free'] });
    expect(await nextOf('free')).toEqual({ title: 'First', scheduledAt: '2998-01-01T09:30:00.000Z' });
    expect(await nextOf('foreign')).toBeNull();
    const then = new Date().toISOString();
    await pause(2);
    expect((await moves(id, '2999-06-01T09:30:00Z')).release).toMatchObject({ revision: 2, reason: 'Late data.' });
    expect(await nextOf('free')).toEqual({ title: 'Second', scheduledAt: far });
    expect(await nextOf('free', then)).toEqual({ title: 'First', scheduledAt: '2998-01-01T09:30:00.000Z' });
    expect(await nextOf('free', '2020-01-01T00:00:00Z')).toBeNull();
  });

  it('is refused by name', async () => {
    const refusals: [object, string, string?][] = [
      [{ title: ' ' }, 'BAD_USER_INPUT'],
      [{ measures: Array.from({ length: 101 }, (_, place) => `m${place}`) }, 'BAD_USER_INPUT'],
      [{ scheduledAt: '2020-01-01T00:00:00Z' }, 'RELEASE_IN_PAST'],
      [{ scheduledAt: new Date().toISOString() }, 'RELEASE_IN_PAST'],
      [{ measures: ['nowhere'] }, 'UNKNOWN_MEASURE'],
      [{ measures: ['foreign'] }, 'FORBIDDEN'],
      [{}, 'FORBIDDEN', w.unit],
      [{}, 'FORBIDDEN', 'office-for-national-statistics.publisher'],
    ];
    for (const [more, code, as] of refusals) {
      const input = { title: 'T', scheduledAt: far, ...more };
      expect([more, w.outcomeOf(await w.does(world, 'scheduleRelease', input, w.release, as))]).toEqual([more, code]);
    }
  });

  it('is refused by name also where its instant comes while it is announced or moved', async () => {
    const id = await w.schedules(world, far, { measures: ['free'] });
    const deeds: Record<string, (at: string) => Promise<object>> = {
      announced: (at) =>
        w.does(world, 'scheduleRelease', { title: 'T', scheduledAt: at, measures: ['free'] }, w.release),
      moved: (at) => moves(id, at),
    };
    for (const [what, deed] of Object.entries(deeds)) {
      for (const milliseconds of [1, 60, 99]) {
        expect([what, milliseconds, w.outcomeOf(await deed(w.soon(milliseconds)))]).toEqual([
          ...[what, milliseconds, 'RELEASE_IN_PAST'],
        ]);
      }
      // It was still to come as the deed looked, and is over as the deed is let write.
      await owner.query('begin');
      await owner.query(`lock table ${what === 'moved' ? 'release in share row' : 'measure in access'} exclusive mode`);
      const late = deed(w.soon(300));
      await pause(350);
      await owner.query('rollback');
      expect([what, w.outcomeOf(await late)]).toEqual([what, 'RELEASE_IN_PAST']);
    }
  });

  it('is moved only by its organisation, on its newest revision, and only while it has not come', async () => {
    await hasCome();
    const id = await w.schedules(world, far);
    const refusals: [string, string, object, string, string?][] = [
      [id, far, { reason: '' }, 'BAD_USER_INPUT'],
      ['release-nowhere', far, {}, 'UNKNOWN_RELEASE'],
      [id, far, {}, 'UNKNOWN_RELEASE', w.otherStatistician],
      [id, far, {}, 'FORBIDDEN', w.unit],
      [id, '2020-01-01T00:00:00Z', {}, 'RELEASE_IN_PAST'],
      [id, far, { expectedVersion: 2 }, 'STALE_VERSION'],
      [come.id, far, {}, 'RELEASE_HAS_COME'],
    ];
    for (const [release, scheduledAt, more, code, as] of refusals) {
      expect([code, w.outcomeOf(await moves(release, scheduledAt, more, as))]).toEqual([code, code]);
    }
    expect((await moves(id, far)).release.revision).toBe(1);
    const once = { idempotencyKey: 'moved once', expectedVersion: 1 };
    const first = await moves(id, '2998-01-01T00:00:00Z', once);
    expect(first.release).toMatchObject({ revision: 2, scheduledAt: '2998-01-01T00:00:00.000Z' });
    expect(await moves(id, '2998-01-01T00:00:00Z', once)).toEqual({ ...first, replayed: true });
  });

  it('that is moved takes its figures with it', async () => {
    const id = await w.schedules(world, far);
    await w.publishes(world, 'free', [{ period: '2010', value: '5' }], { release: id });
    const at = w.soon(400);
    await moves(id, at);
    expect(await latestOf('free')).toBeNull();
    await pause(Date.parse(at) - Date.now() + 20);
    expect(await latestOf('free')).toEqual({ period: '2010', value: '5', vintage: 1 });
  });
});

describe('figures in a release', () => {
  const announces = (release: string, measures: string[], more: object = {}, as = w.statistician) =>
    w.does(world, 'announceMeasures', { release, measures, reason: 'One more.', ...more }, w.release, as);

  it('are of the measures it is announced for, until it is announced for more; of any where it names none', async () => {
    for (const id of ['early', 'late']) await w.defineMeasure(world, id);
    const id = await w.schedules(world, far, { title: 'One', measures: ['early'] });
    const rows = [{ period: '2019', value: '1' }];
    const input = { measure: 'late', source: 's', rows, release: id };
    expect((await w.does(world, 'publishObservations', input, 'rows { id }')).userErrors).toEqual([
      {
        ...{ code: 'NOT_ANNOUNCED', path: ['release'] },
        message: 'The release "One" is announced for early and not for late; announce it by announceMeasures first.',
      },
    ]);
    expect((await announces(id, ['early'])).release.revision).toBe(1);
    expect((await announces(id, ['late'], { expectedVersion: 1 })).release).toMatchObject({
      ...{ revision: 2, reason: 'One more.', scheduledAt: far, measures: [{ id: 'early' }, { id: 'late' }] },
    });
    expect(await nextOf('late')).toEqual({ title: 'One', scheduledAt: far });
    expect(w.verdictsOf(await w.publishes(world, 'late', rows, { release: id }))).toEqual(['NEW']);
    const open = await w.schedules(world, far);
    expect(w.verdictsOf(await w.publishes(world, 'early', rows, { release: open }))).toEqual(['NEW']);
    const [left] = (await announces(open, ['late'])).userErrors;
    expect(left.message).toBe('Figures of early wait in this release already; name that one too.');
    expect(w.outcomeOf(await announces(open, ['early', 'late']))).toBe('done');
    const byHand = `insert into publication (id, measure_id, source, organisation, subject, release_id)
      values (gen_random_uuid(), 'free', 's', 'o', 's', '${id}')`;
    await expect(owner.query(byHand)).rejects.toThrow('not announced for this measure');
    const revision = (
      measures: string,
    ) => `insert into release (id, revision, organisation_id, title, scheduled_at, measure_ids, reason)
      values ('${id}', 3, 'office-for-national-statistics', 'One', '${far}', '${measures}', 'r')`;
    await expect(owner.query(revision('{early}'))).rejects.toThrow('no measure is taken off');
    await expect(owner.query(revision('{early,free,late}'))).rejects.toThrow('for all that is in it');
  });

  it('are of no more measures than its statisticians may announce', async () => {
    await hasCome();
    const id = await w.schedules(world, far, { measures: ['free'] });
    const off = await w.schedules(world, far);
    await w.does(world, 'cancelRelease', { release: off, reason: 'r' }, w.release);
    const refusals: [string, string[], string, object?, string?][] = [
      [id, ['nowhere'], 'UNKNOWN_MEASURE'],
      [id, ['foreign'], 'FORBIDDEN'],
      [id, ['one'], 'BAD_USER_INPUT', { reason: ' ' }],
      [id, ['one'], 'STALE_VERSION', { expectedVersion: 2 }],
      [id, ['one'], 'UNKNOWN_RELEASE', {}, w.otherStatistician],
      [id, ['one'], 'FORBIDDEN', {}, w.unit],
      [come.id, ['free'], 'RELEASE_HAS_COME'],
      [off, ['one'], 'ILLEGAL_TRANSITION'],
    ];
    for (const [release, measures, code, more, as] of refusals)
      expect([measures, w.outcomeOf(await announces(release, measures, more, as))]).toEqual([measures, code]);
  });

  it('are refused by name when the release is not theirs, has come, or another one holds the figure', async () => {
    await hasCome();
    const [mine, another] = [await w.schedules(world, far), await w.schedules(world, far)];
    const foreign = await w.schedules(world, far, {}, w.otherStatistician);
    const [now, rows] = [{ releasedAt: '2021-01-01T00:00:00Z' }, (value: string) => [{ period: '2015', value }]];
    await w.publishes(world, 'one', rows('1'), now);
    const steps: [string, object, string][] = [
      ['1', { release: foreign }, 'UNKNOWN_RELEASE'],
      ['1', { release: 'release-nowhere' }, 'UNKNOWN_RELEASE'],
      ['1', { release: come.id }, 'RELEASE_HAS_COME'],
      ['1', { release: mine, ...now }, 'BAD_USER_INPUT'],
      ['1', { release: mine }, 'UNCHANGED'],
      ['2', { release: mine }, 'REVISED'],
      ['2.0', { release: mine }, 'UNCHANGED'],
      ['3', { release: mine }, 'REVISED'],
      ['3', { release: another }, 'EMBARGOED_VINTAGE_WAITS'],
      ['3', {}, 'EMBARGOED_VINTAGE_WAITS'],
      ['4', now, 'EMBARGOED_VINTAGE_WAITS'],
      ['1', {}, 'UNCHANGED'],
      ['1', now, 'UNCHANGED'],
    ];
    for (const [value, more, verdict] of steps) {
      expect([value, more, w.verdictsOf(await w.publishes(world, 'one', rows(value), more))]).toEqual([
        ...[value, more],
        [verdict],
      ]);
    }
    const refused = await w.publishes(world, 'one', rows('3'), { release: mine }, w.otherStatistician);
    expect(w.outcomeOf(refused)).toBe('FORBIDDEN');
  });
});

describe('who puts figures in at the last moment', () => {
  it('is refused, or they come and are told with all others', async () => {
    await w.defineMeasure(world, 'hasty');
    const at = w.soon(700);
    const id = await w.schedules(world, at);
    const taken: string[] = [];
    const hasten = async (first: number) => {
      for (let year = first; ; year++) {
        const answer = await w.publishes(world, 'hasty', [{ period: String(year), value: '783' }], { release: id });
        if (w.outcomeOf(answer) === 'RELEASE_HAS_COME') return;
        expect(w.verdictsOf(answer)).toEqual(['NEW']);
        taken.push(String(year));
      }
    };
    await Promise.all([hasten(1100), hasten(1400), hasten(1700)]);
    await pause(Math.max(Date.parse(at) - Date.now() + 20, 0));
    const { nodes } = (await world.ask(`{ measure(id: "hasty") { observations(first: 100) { nodes { period } } } }`))
      .data.measure.observations;
    expect(nodes.map(({ period }: { period: string }) => period)).toEqual(taken.sort().slice(0, 100));
    const told = `select figure->>'period' as period from sent_event, json_array_elements(event->'data'->'figures') figure
      where event->>'subject' = 'hasty' order by 1`;
    for (let tries = 0; tries < 100 && (await owner.query(told)).rows.length === 0; tries++) await pause(50);
    expect((await owner.query(told)).rows.map(({ period }) => period)).toEqual(taken);
  });
});

describe('the database refuses to the service', () => {
  const asSteward = async (...statements: string[]) => {
    await role.query('begin');
    try {
      await role.query(`select set_config('app.organisation', 'office-for-national-statistics', true),
        set_config('app.roles', 'statistician', true), set_config('app.embargo', 'open', true)`);
      for (const sql of statements) await role.query(sql);
      await role.query('commit');
    } finally {
      await role.query('rollback');
    }
  };
  const publication = (release: string, id = 'gen_random_uuid()') =>
    `insert into publication (id, measure_id, source, organisation, subject, release_id)
     values (${id}, 'one', 's', 'o', 's', '${release}')`;
  const figure = (release: string | null, more = '', values = '') =>
    `insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id, release_id${more})
     select series_id, '2001-01-01', 1, 5, 'NUMBER', 'A', 'NEW_DATA', publication_id, ${release === null ? 'null' : `'${release}'`}${values}
     from observation join series on id = series_id where measure_id = 'one' and observation.release_id = '${come.id}' limit 1`;

  it('a figure or publication in a release that has come, is another body’s or is not there', async () => {
    await hasCome();
    const foreign = await w.schedules(world, far, {}, w.otherStatistician);
    const mine = await w.schedules(world, far);
    await expect(asSteward(publication(come.id))).rejects.toThrow('the release has come meanwhile');
    await expect(asSteward(figure(come.id))).rejects.toThrow('its release has come');
    await expect(asSteward(publication(foreign))).rejects.toThrow('row-level security');
    await expect(asSteward(figure(foreign))).rejects.toThrow('row-level security');
    await expect(asSteward(figure('release-nowhere'))).rejects.toThrow('row-level security');
    await expect(owner.query(figure(mine))).rejects.toThrow('row-level security');
    await expect(asSteward(figure(mine))).rejects.toThrow('its publication is of another release');
    await expect(asSteward(figure(null))).rejects.toThrow('its publication is of another release');
    await expect(asSteward(figure(mine, ', stated_release', ", '2020-01-01'"))).rejects.toThrow('check');
  });

  it('a release that is moved once it has come, to another body, or into the past', async () => {
    await hasCome();
    const mine = await w.schedules(world, far);
    const link = (id: string, organisation: string, at: string, revision = 2) =>
      role.query(
        `insert into release (id, revision, organisation_id, title, scheduled_at, measure_ids, reason) values ($1, $2, $3, 't', $4, '{}', 'r')`,
        [id, revision, organisation, at],
      );
    const own = 'office-for-national-statistics';
    await expect(link(come.id, own, far, 3)).rejects.toThrow('a release that has come is not moved');
    await expect(link(mine, 'department-for-education', far)).rejects.toThrow('stays with its organisation');
    await expect(link(mine, own, '2020-01-01')).rejects.toThrow('is announced before it comes');
    await expect(link(mine, own, far, 3)).rejects.toThrow('foreign key');
    await expect(
      role.query(`insert into release_telling (release_id, revision) values ($1, 1)`, [come.id]),
    ).rejects.toThrow('unique');
  });

  it('any change or deletion of a release or of what was told of it', async () => {
    for (const table of ['release', 'release_telling']) {
      for (const sql of [`update ${table} set revision = 1`, `delete from ${table}`, `truncate ${table} cascade`]) {
        await expect(owner.query(sql)).rejects.toThrow('never changed or deleted');
        await expect(role.query(sql)).rejects.toThrow('permission denied');
      }
    }
  });

  it('a baseline on a figure that waits', async () => {
    const id = await w.schedules(world, far);
    await w.publishes(world, 'one', [{ period: '2003', value: '9' }], { release: id });
    const { rows } = await owner.query(`select id from series where measure_id = 'one' limit 1`);
    const pin = `insert into baseline (measure_id, revision, series_id, period_start, vintage) values ('one', 1, $1, '2003-01-01', 1)`;
    for (const client of [owner, role]) {
      await expect(client.query(pin, [rows[0].id])).rejects.toThrow('is an observation that is there');
    }
    const input = { measure: 'one', period: '2003' };
    for (const as of [w.unit, w.statistician]) {
      expect(w.outcomeOf(await w.does(world, 'setBaseline', input, 'baseline { revision }', as))).toBe(
        'UNKNOWN_OBSERVATION',
      );
    }
  });
});

describe('a release that comes while the service is down', () => {
  it('is seen and told when it starts again', async () => {
    const id = await w.schedules(world, far);
    await w.publishes(world, 'two', [{ period: '2016', value: '781' }], { release: id });
    await world.services.outcomes.stop();
    // Moved by hand, so that it comes while nobody is there, however long the stop took.
    await owner.query(
      `insert into release (id, revision, organisation_id, title, scheduled_at, measure_ids, reason)
       select id, 2, organisation_id, title, statement_timestamp() + interval '1 second', measure_ids, 'r' from release where id = $1`,
      [id],
    );
    await pause(1_100);
    const told = async () =>
      (await owner.query(`select 1 from sent_event where event::text ~ '"value": ?"781"'`)).rows.length;
    expect(await told()).toBe(0);
    const again = await start(outcomes, {
      ...{ port: 0, host: 'localhost', databaseUrl: world.databases.outcomes.serviceUrl, secret, addresses: {} },
      ...{ issuer: world.issuer, audience: 'mission-budget-hub', log: pino({ level: 'silent' }) },
    });
    try {
      for (let tries = 0; tries < 100 && (await told()) === 0; tries++) await pause(50);
      expect(await told()).toBe(1);
    } finally {
      await again.stop();
    }
  });
});
