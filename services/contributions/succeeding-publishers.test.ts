import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import { type Wire, wire } from './stores-for-tests.js';
import * as w from './words-for-tests.js';

// A body whose contributions are in a store of its own, whoever takes over from it.
const canals = 'board-of-canals';
let world: World;
let line: Wire;
let owner: Client;
let service: Client;
beforeAll(async () => {
  line = await wire();
  world = await startWorld({ services: ['contributions'], gateway: false, stores: { [canals]: line.through } });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(async () => {
  await world?.stop();
  await line?.close();
});

let events = 0;
const heir = (organisation: string, more: object = {}) => ({ organisation, from: '', until: null, via: [], ...more });
/** What the register says of a body, told as the missions service tells it. */
const succeeded = async (contributorId: string, ...heirs: object[]) =>
  expect(
    await world.event('contributions', {
      ...{ id: `taken-over-${++events}`, type: 'missions.succeeded' },
      data: { successions: [{ contributorId, heirs }] },
    }),
  ).toBe(200);

const submissionDeed = (name: string) => {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  return `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { code message }
    submission { id hash state number rowCount newCount changedCount unchangedCount organisation { id } } } }`;
};
/** Does a deed; answers what it says, with the code of an error of the whole request. */
async function done(name: string, as: string, input: object) {
  const document = name === 'publishContributions' ? w.publishRows : submissionDeed(name);
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: w.newKey(), ...input } } });
  const found = answer.data?.[name];
  const code = answer.errors?.[0].extensions.code ?? found?.userErrors[0]?.code ?? 'done';
  return { ...found, code, errors: answer.errors };
}
const publish = (by: string, rows: object[], more: object = {}) =>
  done('publishContributions', w.publisher(by), { rows, ...more });
const of = { financialYear: '2025-26', period: 'P06' };
const submit = (by: string, more: object = {}) => done('publishSubmission', w.publisher(by), { ...of, ...more });
const certify = (by: string, { id, hash }: { id: string; hash: string }) =>
  done('certifySubmission', w.officer(by), { submission: id, hash });
// biome-ignore lint/suspicious/noExplicitAny: a GraphQL answer has the shape of its question.
const told = ({ rows }: any) =>
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  rows.map(({ verdict, id, userErrors }: any) =>
    [verdict, id?.split(':')[0] ?? '-', ...userErrors.map(({ code }: { code: string }) => code)].join(' '),
  );

async function organisation(id: string, fields: string, as?: string) {
  const document = `{ _entities(representations: [{__typename: "Organisation", id: "${id}"}]) { ... on Organisation { ${fields} } } }`;
  const { data, errors } = await world.ask(document, { as });
  expect(errors).toBeUndefined();
  return data._entities[0];
}

describe('what a body published before another one took over', () => {
  it('is seen, gone on with, submitted and certified by the successor, and the history names both', async () => {
    const [old, now] = ['office-of-bridges', 'office-of-tunnels'];
    const before = await publish(old, [w.rowOf('a'), w.rowOf('b')]);
    const receipts = async (as?: string) =>
      (await organisation(old, 'receipts(submitted: false) { totalCount nodes { batch rowCount publishedBy } }', as))
        .receipts;
    const none = { totalCount: 0, nodes: [] };
    expect(await receipts(w.publisher(now))).toEqual(none);
    await succeeded(old, heir(now));
    expect((await organisation(now, 'publishesFor { id }')).publishesFor).toEqual([{ id: old }, { id: now }]);
    expect((await organisation(old, 'publishesFor { id }')).publishesFor).toEqual([]);
    const seen = {
      totalCount: 1,
      nodes: [{ batch: before.receipt.batch, rowCount: 2, publishedBy: w.publisher(old) }],
    };
    for (const as of [w.publisher(now), w.officer(now), w.auditor]) expect(await receipts(as)).toEqual(seen);
    for (const as of [undefined, w.publisher(w.education), w.missionUnit]) expect(await receipts(as)).toEqual(none);

    const rest = [w.rowOf('a'), w.rowOf('b', { terms: w.termsOf('90.00') }), w.rowOf('c')];
    const refused = [...rest, w.rowOf('d', { state: 'COMMITTED' })];
    const whole = await publish(now, refused, { organisation: old, allOrNothing: true });
    expect([whole.code, whole.receipt]).toEqual(['ROWS_REFUSED', null]);
    const partly = await publish(now, refused, { organisation: old });
    expect(told(partly)).toEqual([`UNCHANGED ${old}`, `CHANGED ${old}`, `NEW ${old}`, 'REFUSED - BAD_USER_INPUT']);
    expect(partly.rows.map(({ id }: { id: string }) => id).slice(0, 2)).toEqual(
      before.rows.map(({ id }: { id: string }) => id),
    );
    expect(told(await publish(now, rest, { organisation: old, allOrNothing: true }))).toEqual(
      Array(3).fill(`UNCHANGED ${old}`),
    );
    const { submission } = await submit(now, { organisation: old });
    expect(submission).toMatchObject({ number: 1, rowCount: 3, newCount: 3, organisation: { id: old } });
    expect((await certify(now, submission)).submission.state).toBe('CERTIFIED');
    const history = 'submissionHistory(financialYear: "2025-26", period: "P06") { kind by organisation { id } }';
    expect((await organisation(old, history)).submissionHistory).toEqual([
      { kind: 'PUBLISHED', by: w.publisher(now), organisation: { id: now } },
      { kind: 'CERTIFIED', by: w.officer(now), organisation: { id: now } },
    ]);
    const later = await organisation(old, 'receipts { nodes { publishedBy submission { id } } }', w.publisher(now));
    expect(later.receipts.nodes).toEqual([
      ...Array(2).fill({ publishedBy: w.publisher(now), submission: { id: submission.id } }),
      { publishedBy: w.publisher(old), submission: { id: submission.id } },
    ]);
  });

  it('is certified by the successor as its predecessor had submitted it', async () => {
    const [old, now] = ['office-of-rivers', 'office-of-waters'];
    await publish(old, [w.rowOf('a')]);
    const { submission } = await submit(old);
    await succeeded(old, heir(now));
    expect((await certify(old, submission)).code).toBe('SUCCEEDED');
    expect((await certify(now, submission)).submission.state).toBe('CERTIFIED');
    const steps = 'submissionHistory(financialYear: "2025-26", period: "P06") { kind organisation { id } }';
    expect((await organisation(old, steps)).submissionHistory).toEqual([
      { kind: 'PUBLISHED', organisation: { id: old } },
      { kind: 'CERTIFIED', organisation: { id: now } },
    ]);
  });

  it('is not there twice: the successor’s own rows of the same source are refused, in whatever store they are', async () => {
    for (const [old, store] of [
      ['office-of-ferries', 'SHARED'],
      [canals, 'OWN'],
    ] as const) {
      const now = `${old}-and-more`;
      await publish(now, [w.rowOf('own')]);
      const before = await publish(old, [w.rowOf('a'), w.rowOf('own')]);
      expect([before.receipt.store, ...told(before)]).toEqual([store, `NEW ${old}`, `NEW ${old}`]);
      await succeeded(old, heir(now));
      const rows = [w.rowOf('a', { terms: w.termsOf('90.00') }), w.rowOf('own'), w.rowOf('b')];
      const anew = await publish(now, rows);
      expect(told(anew)).toEqual(['REFUSED - PUBLISHED_BY_PREDECESSOR', `UNCHANGED ${now}`, `NEW ${now}`]);
      expect(anew.rows[0].userErrors[0].message).toBe(
        `${old}, which you took over from, published this as ${before.rows[0].id}; send it with organisation ${old}, or, if it is another one, name another sourceSystem.`,
      );
      expect((await publish(now, rows, { allOrNothing: true })).code).toBe('ROWS_REFUSED');
      const asked = await publish(now, rows.slice(0, 1), { organisation: old });
      expect([asked.receipt.store, asked.rows[0].id, ...told(asked)]).toEqual([
        ...[store, before.rows[0].id, `CHANGED ${old}`],
      ]);
      expect(told(await publish(now, [w.rowOf('a', { sourceSystem: 'another' })]))).toEqual([`NEW ${now}`]);
      expect((await submit(now, { organisation: old })).submission).toMatchObject({ rowCount: 2, newCount: 2 });
    }
  });

  it('is waited for while its store is away: nobody can tell then what is new', async () => {
    const now = `${canals}-and-more`;
    await line.cut();
    const rows = [w.rowOf('while-away')];
    for (const more of [{}, { organisation: canals }]) {
      const { code, errors } = await publish(now, rows, more);
      expect([code, errors![0].extensions.organisation]).toEqual(['STORE_UNAVAILABLE', canals]);
    }
    expect(told(await publish(now, [w.rowOf('own')]))).toEqual([`UNCHANGED ${now}`]);
    await line.mend();
    const mended = async () => (await publish(now, rows)).code;
    while ((await mended()) !== 'done') await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe('publishing, submitting and certifying for a body', () => {
  const now = 'keeper-of-parks';
  const woods = 'keeper-of-woods';
  const until = '2020-03-31';
  const chain = [heir(now, { until }), heir(woods, { from: '2020-04-01', via: [now] })];
  const cases: { name: string; heirs: object[]; who: Record<string, string> }[] = [
    { name: 'nobody took over', heirs: [], who: { [now]: 'FORBIDDEN', itself: 'done' } },
    { name: 'later', heirs: [heir(now, { from: '2999-04-01' })], who: { [now]: 'FORBIDDEN', itself: 'done' } },
    { name: 'now', heirs: [heir(now)], who: { [now]: 'done', itself: 'SUCCEEDED', [w.education]: 'FORBIDDEN' } },
    { name: 'gone itself', heirs: chain, who: { [now]: 'FORBIDDEN', [woods]: 'done', itself: 'SUCCEEDED' } },
    {
      ...{ name: 'one of several', heirs: [heir(now), heir(woods)] },
      who: { [now]: 'SEVERAL_SUCCESSORS', [woods]: 'SEVERAL_SUCCESSORS', itself: 'SUCCEEDED' },
    },
  ];

  it('is for the one body that took over as of that instant, and for nobody else', async () => {
    for (const [place, { name, heirs, who }] of cases.entries()) {
      const old = `parks-${place}`;
      await publish(old, [w.rowOf('a')]);
      const { submission } = await submit(old);
      await publish(old, [w.rowOf('b')]);
      if (heirs.length > 0) await succeeded(old, ...heirs);
      for (const [body, code] of Object.entries(who)) {
        const by = body === 'itself' ? old : body;
        const deeds = [
          await publish(by, [w.rowOf('b')], { organisation: old, dryRun: true }),
          await submit(by, { organisation: old, dryRun: true }),
          await done('certifySubmission', w.officer(by), {
            submission: submission.id,
            hash: submission.hash,
            dryRun: true,
          }),
        ];
        expect([name, body, ...deeds.map((deed) => deed.code)]).toEqual([name, body, code, code, code]);
      }
      for (const as of [w.officer(now), w.missionUnit, w.auditor])
        expect((await done('publishSubmission', as, { ...of, organisation: old })).code).toBe('FORBIDDEN');
    }
    const own = await publish(now, [w.rowOf('a-new-one')]);
    expect((await submit(now, { organisation: 'parks-2', batches: [own.receipt.batch] })).code).toBe('UNKNOWN_BATCH');
  });
});

describe('PostgreSQL by itself', () => {
  /** Runs SQL with the rights of the service, for somebody; answers its error. What it did is rolled back. */
  async function byHand(organisation: string, roles: string, sql: string): Promise<string | null> {
    await service.query('begin');
    try {
      await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
        organisation,
        roles,
      ]);
      await service.query(sql);
      return null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await service.query('rollback');
    }
  }

  const [old, now, other] = ['chief-of-mines', 'chief-of-energy', 'chief-of-land'];
  const denied = /row-level security/;

  it('lets only the successor publish, submit and certify for a body, under its own name, and does not by the policies alone', async () => {
    const first = await publish(old, [w.rowOf('a')]);
    const { submission } = await submit(old);
    const [{ id, versionHash }] = first.rows;
    const row = JSON.stringify([{ contribution: id, number: 1, hash: versionHash, verdict: 'UNCHANGED' }]);
    const batch = (
      by: string,
      number = 1,
    ) => `insert into published_batch (id, contributor_id, rows, row_count, new_count, changed_count,
      unchanged_count, refused_count, by_subject, by_organisation)
      values ('${old}:batch-00000000-0000-7000-8000-00000000000${number}', '${old}', '${row}', 1, 0, 0, 1, 0, 'x', '${by}')`;
    const certification = (by: string) => `insert into submission_certification
      (submission_id, contributor_id, hash, by_subject, by_organisation) values ('${submission.id}', '${old}', '${submission.hash}', 'x', '${by}')`;
    const to = `${old}:submission-00000000-0000-7000-8000-000000000001`;
    const part = `insert into submission_batch (batch_id, submission_id, contributor_id)
      values ('${old}:batch-00000000-0000-7000-8000-000000000002', '${to}', '${old}')`;
    const submitted = `insert into submitted_row (submission_id, contributor_id, contribution_id, number, hash, verdict)
      values ('${to}', '${old}', '${id}', 1, '${versionHash}', 'NEW')`;
    const all = (by: string) =>
      [
        ['publisher', batch(by)],
        ['publisher', `${batch(by, 2)}; ${part}`],
        ['publisher', submitted],
        ['accounting-officer', certification(by)],
      ] as const;
    const expectAll = async (organisation: string, expected: RegExp | null, by = organisation) => {
      for (const [role, sql] of all(by)) {
        const said = await byHand(organisation, role, sql);
        if (expected === null) expect([sql, said]).toEqual([sql, null]);
        else expect([sql, said]).toEqual([sql, expect.stringMatching(expected)]);
      }
    };
    await expectAll(old, null);
    await expectAll(now, denied);
    await succeeded(old, heir(now));
    await expectAll(now, null);
    for (const organisation of [old, other, 'mission-delivery-unit', '']) await expectAll(organisation, denied);
    expect(await byHand(now, 'publisher', batch(old))).toMatch(denied);
    expect(await byHand(now, 'accounting-officer', certification(old))).toMatch(denied);
    await succeeded(old, heir(now), heir(other));
    for (const organisation of [old, now, other]) await expectAll(organisation, denied);
    const whole = `${batch(old, 2)}; ${part};
      insert into submitted_row (submission_id, contributor_id, contribution_id, number, hash, verdict, stated_paid, currency)
        select '${to}', '${old}', * from rows_to_submit(array['${old}:batch-00000000-0000-7000-8000-000000000002'], null);
      insert into submission (id, contributor_id, financial_year, period, number, content_hash, hash, row_count, new_count,
          changed_count, unchanged_count, refused_count, by_subject, by_organisation)
        values ('${to}', '${old}', '2025-26', 'P07', 1, content_hash_of('${to}'), repeat('a', 64), 1, 0, 0, 1, 0, 'x', '${old}')`;
    const tables = ['published_batch', 'submission_batch', 'submitted_row', 'submission_certification'];
    for (const table of tables) await owner.query(`alter table ${table} disable row level security`);
    try {
      await expectAll(old, null);
      expect(await byHand(old, 'publisher', whole)).toMatch(/row-level security policy for table "submission"/);
      await owner.query('alter table submission disable row level security');
      expect(await byHand(old, 'publisher', whole)).toBeNull();
    } finally {
      for (const table of [...tables, 'submission'])
        await owner.query(`alter table ${table} enable row level security`);
    }
  });

  it('refuses what a body published from the successor’s own hand, and does not without the trigger', async () => {
    const [before, after] = ['chief-of-wells', 'chief-of-springs'];
    const { rows } = await publish(before, [w.rowOf('a')]);
    await succeeded(before, heir(after), heir(other));
    const id = `${after}:00000000-0000-7000-8000-000000000001`;
    const anew = (record: string) => `
      insert into contribution_version (contribution_id, contributor_id, number, is_draft, public_name, quantity, unit, earmark, instalments, hash)
        values ('${id}', '${after}', 1, false, 'x', '1', 'sets', 'NONE', '[]', repeat('a', 64));
      insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
        values ('${id}', '${after}', 1, 'PLEDGED', 1, '2026-01-01', 'x');
      insert into contribution (id, mission_id, contributor_id, kind, pooling, illustrative, source_system, source_record_id, source_hash, state, number, version)
        values ('${id}', 'm', '${after}', 'DATA', 'ALIGNED', false, 'finance', '${record}', 'x', 'PLEDGED', 1, 1)`;
    expect(await byHand(after, 'publisher', anew('a'))).toBe(`the body before has published this as ${rows[0].id}`);
    expect(await byHand(after, 'publisher', anew('b'))).toBeNull();
    await owner.query('alter table contribution disable trigger published_once');
    try {
      expect(await byHand(after, 'publisher', anew('a'))).toBeNull();
    } finally {
      await owner.query('alter table contribution enable trigger published_once');
    }
  });
});
