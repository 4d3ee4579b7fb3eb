import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './releases-for-tests.js';

let world: World;
let owner: Client;
let role: Client;
const far = '2999-01-01T09:30:00.000Z';
const own = 'office-for-national-statistics';

/** Was to come soon after the world has begun, held figures of two measures, and is called off. */
let off: { id: string; at: string; calledOffAt: string };
/** Before it was called off. */
let then: string;

beforeAll(async () => {
  world = await startWorld({ services: ['outcomes'], gateway: false });
  [owner, role] = [await world.owner('outcomes'), await world.serviceRole('outcomes')];
  await w.defineOutcome(world);
  for (const id of ['one', 'two']) {
    await w.defineMeasure(world, id);
    await w.publishes(world, id, [{ period: '2019', value: '1' }], { releasedAt: '2020-01-01T00:00:00Z' });
  }
  const id = await w.schedules(world, far, { title: 'Called off', measures: ['one', 'two'] });
  for (const measure of ['one', 'two']) {
    const rows = ['2019', '2020'].map((period) => ({ period, value: '777' }));
    await w.publishes(world, measure, rows, { release: id });
  }
  const at = w.soon(700);
  await w.does(world, 'rescheduleRelease', { release: id, scheduledAt: at, reason: 'r' }, w.release);
  then = new Date().toISOString();
  await pause(2);
  const done = await cancels(id, { expectedVersion: 2 });
  expect(w.outcomeOf(done)).toBe('done');
  off = { id, at, calledOffAt: done.release.calledOffAt };
});
afterAll(() => world?.stop());

const fields = 'release { id revision title scheduledAt reason calledOffAt figureCount measures { id } }';
const cancels = (release: string, more: object = {}, as = w.statistician) =>
  w.does(world, 'cancelRelease', { release, reason: 'The survey failed.', ...more }, fields, as);
const asks = async (document: string, asked: object = {}) => (await world.ask(document, asked)).data;
const itsInstant = () => pause(Math.max(Date.parse(off.at) - Date.now() + 20, 0));
/** A release with one figure in it. */
const filled = async (value = '5') => {
  const id = await w.schedules(world, far, { measures: ['one'] });
  expect(w.verdictsOf(await w.publishes(world, 'one', [{ period: '2010', value }], { release: id }))).toEqual(['NEW']);
  return id;
};

describe('a release that is called off', () => {
  it('is shown with the reason and since when, and before that as still to come', async () => {
    const said = '{ id title scheduledAt calledOffAt reason revision organisation { id } measures { id } }';
    const shown = {
      ...{ id: off.id, title: 'Called off', scheduledAt: off.at, organisation: { id: own } },
      measures: [{ id: 'one' }, { id: 'two' }],
    };
    const document = `{ release(id: "${off.id}") ${said} off: releases(calledOff: true) { nodes ${said} }
      releases { totalCount nodes { id } } measure(id: "one") { nextRelease { id } } }`;
    const now = { ...shown, calledOffAt: off.calledOffAt, reason: 'The survey failed.', revision: 3 };
    const earlier = { ...shown, calledOffAt: null, reason: 'r', revision: 2 };
    expect(await asks(document)).toEqual({
      ...{ release: now, off: { nodes: [now] } },
      ...{ releases: { totalCount: 0, nodes: [] }, measure: { nextRelease: null } },
    });
    expect(await asks(document, { asKnownAt: then })).toEqual({
      ...{ release: earlier, off: { nodes: [] } },
      ...{ releases: { totalCount: 1, nodes: [{ id: off.id }] }, measure: { nextRelease: { id: off.id } } },
    });
    expect(await asks(document, { asKnownAt: '2020-01-01T00:00:00Z' })).toMatchObject({ release: null });
  });

  it('does not come at its instant, in no list, count, event or telling', async () => {
    await itsInstant();
    await role.query(`select graphile_worker.add_job('tell-released')`);
    const jobs = `select 1 from graphile_worker._private_jobs job join graphile_worker._private_tasks task on task.id = task_id
      where identifier = 'tell-released' and run_at <= now()`;
    while ((await owner.query(jobs)).rows.length > 0) await pause(25);
    const figures = 'observations(filter: {vintages: ALL}) { totalCount nodes { period value vintage } }';
    const document = `{ one: measure(id: "one") { latest { value } ${figures} } two: measure(id: "two") { latest { value } ${figures} }
      publishedFigures { kind } releases { totalCount } }`;
    const shown = {
      latest: { value: '1' },
      observations: { totalCount: null, nodes: [{ period: '2019', value: '1', vintage: 1 }] },
    };
    for (const asked of [{}, { asKnownAt: far }, { as: w.statistician }]) {
      const answer = await asks(document, asked);
      expect(answer).toEqual({
        ...{ one: shown, two: shown, publishedFigures: { kind: 'PUBLISHED' }, releases: { totalCount: 0 } },
      });
    }
    const told = `select (select count(*)::int from published_figures where release_id is not null) as published,
      (select count(*)::int from release_telling) as tellings, (select count(*)::int from sent_event where event::text ~ '"value": ?"777"') as events`;
    expect((await owner.query(told)).rows).toEqual([{ published: 0, tellings: 0, events: 0 }]);
  });

  it('gives its figures free: as its first vintage, at once or in another release', async () => {
    const another = await w.schedules(world, far);
    const steps: [string, object, string[]][] = [
      ['2019', { release: another }, ['REVISED', '2']],
      ['2020', {}, ['NEW', '1']],
      ['2020', { release: another }, ['UNCHANGED', '1']],
    ];
    for (const [period, more, wanted] of steps) {
      const { rows } = await w.publishes(world, 'two', [{ period, value: '6' }], more);
      expect([period, more, [rows[0].verdict, String(rows[0].vintage)]]).toEqual([period, more, wanted]);
    }
    expect(w.outcomeOf(await cancels(another))).toBe('done');
    const gone = { measure: 'two', periods: ['2020'], because: 'b' };
    const { tombstones } = await w.does(world, 'withdrawObservation', gone, 'tombstones { vintage }');
    expect(tombstones).toEqual([{ vintage: 2 }]);
  });

  it('is called off by its own statisticians only, on its newest revision, and only while it is to come', async () => {
    const id = await filled();
    const come = await w.schedules(world, w.soon(300));
    await pause(320);
    const refusals: [string, object, string, string?][] = [
      [id, { reason: ' ' }, 'BAD_USER_INPUT'],
      ['release-nowhere', {}, 'UNKNOWN_RELEASE'],
      [id, {}, 'UNKNOWN_RELEASE', w.otherStatistician],
      [id, {}, 'FORBIDDEN', w.unit],
      [id, {}, 'FORBIDDEN', `${own}.publisher`],
      [id, { expectedVersion: 2 }, 'STALE_VERSION'],
      [come, {}, 'RELEASE_HAS_COME'],
      [off.id, {}, 'ILLEGAL_TRANSITION'],
    ];
    for (const [release, more, code, as] of refusals) {
      expect([more, w.outcomeOf(await cancels(release, more, as))]).toEqual([more, code]);
    }
    const dry = await cancels(id, { dryRun: true });
    expect(dry.release).toMatchObject({ revision: 2, figureCount: 0, calledOffAt: expect.any(String) });
    const still = `{ release(id: "${id}") { revision calledOffAt figureCount } }`;
    expect(await asks(still, { as: w.statistician })).toEqual({
      release: { revision: 1, calledOffAt: null, figureCount: 1 },
    });
    const once = { idempotencyKey: 'called off once', expectedVersion: 1 };
    const first = await cancels(id, once);
    expect(first.release).toMatchObject({ revision: 2, reason: 'The survey failed.', figureCount: 0 });
    expect(await cancels(id, once)).toEqual({ ...first, replayed: true });
    expect(w.outcomeOf(await cancels(id, { ...once, reason: 'Another one.' }))).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('is not filled, moved or called off again', async () => {
    const deeds: Record<string, object> = {
      publishObservations: { measure: 'one', source: 's', rows: [{ period: '2011', value: '1' }] },
      rescheduleRelease: { scheduledAt: far, reason: 'r' },
      cancelRelease: { reason: 'r' },
    };
    for (const [deed, input] of Object.entries(deeds)) {
      const errors = 'illegal: userErrors { ... on IllegalTransition { state allowed } }';
      const answer = await w.does(world, deed, { ...input, release: off.id }, errors);
      expect([deed, w.outcomeOf(answer), answer.illegal]).toEqual([
        ...[deed, 'ILLEGAL_TRANSITION', [{ state: 'CALLED_OFF', allowed: [] }]],
      ]);
    }
  });

  it('takes all that is put in at the same time with it, or has it refused', async () => {
    const id = await w.schedules(world, far);
    const years = ['1991', '1992', '1993', '1994'];
    const [verdicts] = await Promise.all([
      Promise.all(
        years.map(async (period) =>
          w.verdictsOf(await w.publishes(world, 'one', [{ period, value: '777' }], { release: id })),
        ),
      ),
      pause(15).then(() => cancels(id)),
    ]);
    expect(verdicts.flat().filter((verdict) => !['NEW', 'ILLEGAL_TRANSITION'].includes(verdict))).toEqual([]);
    const left = `select (select count(*)::int from observation where release_id = '${id}') as left,
      (select count(*)::int from called_off_observation where release_id = '${id}') as kept`;
    const kept = verdicts.flat().filter((verdict) => verdict === 'NEW').length;
    expect(await seen(left)).toEqual([{ left: 0, kept }]);
  });
});

/** What the owner of the database sees with the rights of the steward's own deeds. */
const seen = async (sql: string) => {
  await owner.query('begin');
  try {
    await owner.query(asSteward);
    return (await owner.query(sql)).rows;
  } finally {
    await owner.query('rollback');
  }
};
const asSteward = `select set_config('app.organisation', '${own}', true), set_config('app.roles', 'statistician', true),
  set_config('app.embargo', 'open', true)`;

describe('the database, of a release that is called off,', () => {
  const steward = async (...statements: string[]) => {
    await role.query('begin');
    try {
      await role.query(asSteward);
      for (const sql of statements) await role.query(sql);
      await role.query('commit');
    } finally {
      await role.query('rollback');
    }
  };
  const link = (id: string, more: Record<string, string> = {}) => {
    const columns = { revision: 'revision + 1', title: 'title', at: 'scheduled_at', off: 'true', ...more };
    return `insert into release (id, revision, organisation_id, title, scheduled_at, measure_ids, reason, called_off)
      select id, ${columns.revision}, organisation_id, ${columns.title}, ${columns.at}, measure_ids, 'r', ${columns.off}
      from release where id = '${id}' order by revision desc limit 1`;
  };

  it('keeps what was in it, out of the reach of the service', async () => {
    const kept = `select release_id, period_start::text as period, vintage, value from called_off_observation
      where release_id = '${off.id}' order by series_id, period_start`;
    const rows = (await seen(kept)).map(({ period, vintage, value }) => [period, vintage, value]);
    expect(rows).toEqual([
      ...[
        ['2019-01-01', 2, '777'],
        ['2020-01-01', 1, '777'],
      ],
      ...[
        ['2019-01-01', 2, '777'],
        ['2020-01-01', 1, '777'],
      ],
    ]);
    expect((await owner.query(kept)).rows).toEqual([]);
    await expect(steward('select from called_off_observation')).rejects.toThrow('permission denied');
    for (const sql of ['update called_off_observation set vintage = 1', 'delete from called_off_observation']) {
      await expect(owner.query(sql)).rejects.toThrow('never changed or deleted');
    }
  });

  it('refuses to the service what follows it, fills it or tells of it', async () => {
    const publication = `insert into publication (id, measure_id, source, organisation, subject, release_id)
      values (gen_random_uuid(), 'one', 's', 'o', 's', '${off.id}')`;
    const figure = `insert into observation (series_id, period_start, vintage, value, value_kind, status, reason, publication_id, release_id)
      select series.id, '2001-01-01', 1, 5, 'NUMBER', 'A', 'NEW_DATA', publication.id, '${off.id}'
      from publication join series using (measure_id) where measure_id = 'one' and release_id = '${off.id}' limit 1`;
    const told = `insert into published_figures (kind, measure_ids, release_id) values ('RELEASED', '{one}', '${off.id}')`;
    for (const sql of [publication, figure]) await expect(steward(sql)).rejects.toThrow('the release is called off');
    await expect(steward(told)).rejects.toThrow('not told before it comes');
    for (const each of ['true', 'false']) {
      await expect(steward(link(off.id, { off: each, at: `'${far}'` }))).rejects.toThrow('nothing follows');
    }
  });

  it('refuses one that nobody announced, is another one, is another body’s, or has come', async () => {
    const id = await filled('6');
    const foreign = await w.schedules(world, far, {}, w.otherStatistician);
    const come = await w.schedules(world, w.soon(300));
    await expect(
      steward(link(id, { revision: '1', ...{} }).replace('select id', `select 'release-' || gen_random_uuid()`)),
    ).rejects.toThrow('check');
    await expect(steward(link(id, { title: `'Another'` }))).rejects.toThrow('as it was announced');
    await expect(steward(link(id, { at: `'2998-01-01'` }))).rejects.toThrow('as it was announced');
    await expect(steward(link(foreign))).rejects.toThrow('by its own statisticians');
    await expect(role.query(link(id))).rejects.toThrow('by its own statisticians');
    await expect(owner.query(link(id))).rejects.toThrow('by its own statisticians');
    await pause(320);
    await expect(steward(link(come))).rejects.toThrow('that has come is not moved');
    await expect(steward(`delete from observation where release_id = '${id}'`)).rejects.toThrow('permission denied');
    await expect(owner.query(`delete from observation where release_id = '${id}'`)).rejects.toThrow('never changed');
  });
});
