import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { unseen } from '../../infra/import/progress.js';
import { withConnection } from '../../infra/postgres/connection.js';
import { moveStore } from '../../infra/stores/move.js';
import { adminUrlOf } from '../../test/databases.js';
import { startWorld, type World } from '../../test/world.js';
import { hashOf } from './hash.js';
import { type Wire, wire } from './stores-for-tests.js';
import * as w from './words-for-tests.js';

let world: World;
let line: Wire;
let owner: Client;
let service: Client;
beforeAll(async () => {
  line = await wire();
  world = await startWorld({
    services: ['contributions'],
    gateway: false,
    stores: { [w.transport]: line.through },
  });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(async () => {
  await world?.stop();
  await line?.close();
});

const submissionFields = `id number state version rowCount newCount changedCount unchangedCount refusedCount hash contentHash
  publishedBy certifiedBy certifiedAt supersedes { id } supersededBy { id } organisation { id } financialYear period`;
async function deed(name: 'publishSubmission' | 'certifySubmission', as: string, input: object) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const document = `mutation ($input: ${type}) { ${name}(input: $input) {
    submission { ${submissionFields} } userErrors { code path ... on StaleVersion { current } ... on IllegalTransition { state allowed } } replayed } }`;
  const answer = await world.ask(document, { as, variables: { input: { idempotencyKey: w.newKey(), ...input } } });
  return { ...answer.data?.[name], errors: answer.errors };
}
async function publish(organisation: string, rows: object[]) {
  const document = `mutation ($input: PublishContributionsInput!) { publishContributions(input: $input) {
    receipt { batch store rowCount newCount changedCount unchangedCount refusedCount } rows { id number versionHash verdict } } }`;
  const variables = { input: { idempotencyKey: w.newKey(), rows } };
  const { data, errors } = await world.ask(document, { as: w.publisher(organisation), variables });
  expect(errors).toBeUndefined();
  return data.publishContributions;
}
// Each test has organisations of its own, so that what is not submitted yet is its own too.
let made = 0;
const anOrganisation = () => `council-${++made}`;
const of = { financialYear: '2025-26', period: 'P06' };
const submit = (organisation: string, more: object = {}) =>
  deed('publishSubmission', w.publisher(organisation), { ...of, ...more });
const certify = ({ id, hash }: { id: string; hash: string }, more: object = {}, as?: string) =>
  deed('certifySubmission', as ?? w.officer(id.split(':')[0]!), { submission: id, hash, ...more });
const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);

async function submissionsOf(organisation: string, fields: string, asked: object = {}, args = '') {
  const document = `{ _entities(representations: [{__typename: "Organisation", id: "${organisation}"}]) { ... on Organisation {
    submissions${args} { totalCount nodes { ${fields} } } } } }`;
  const { data, errors } = await world.ask(document, asked);
  expect(errors).toBeUndefined();
  return data._entities[0].submissions;
}
async function historyOf(organisation: string, asked: object = {}) {
  const document = `{ _entities(representations: [{__typename: "Organisation", id: "${organisation}"}]) { ... on Organisation {
    submissionHistory(financialYear: "2025-26", period: "P06") { kind by at submission { number } } } } }`;
  const { data } = await world.ask(document, asked);
  const steps = data._entities[0].submissionHistory as {
    kind: string;
    by: string;
    at: string;
    submission: { number: number };
  }[];
  return steps.map(({ kind, by, submission }) => `${submission.number} ${kind} ${by}`);
}

describe('publishSubmission', () => {
  it('closes what was published since the last one, each contribution once with what became of it', async () => {
    const council = anOrganisation();
    const first = await publish(council, [w.rowOf('a'), w.rowOf('b'), w.rowOf('c', { state: 'COMMITTED' })]);
    await publish(council, [w.rowOf('b', { terms: w.termsOf('90.00') }), w.rowOf('a')]);
    const { submission } = await submit(council);
    expect(submission).toMatchObject({
      ...{ ...of, number: 1, state: 'PUBLISHED', version: 1, supersedes: null, organisation: { id: council } },
      ...{ rowCount: 2, newCount: 2, changedCount: 0, unchangedCount: 0, refusedCount: 1 },
      publishedBy: w.publisher(council),
    });
    const { data } = await world.ask(
      `{ submission(id: "${submission.id}") { rows(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { number verdict contribution { id publicName } } } } }`,
    );
    const { rows } = data.submission;
    expect(rows).toMatchObject({ totalCount: 2, nodes: [{ verdict: 'NEW', contribution: { id: first.rows[0].id } }] });
    const more = await world.ask(
      `{ submission(id: "${submission.id}") { rows(after: "${rows.pageInfo.endCursor}") { nodes { number versionHash verdict contribution { id } } } } }`,
    );
    expect(more.data.submission.rows.nodes).toMatchObject([
      { number: 2, verdict: 'NEW', contribution: { id: first.rows[1].id } },
    ]);
    await publish(council, [w.rowOf('a'), w.rowOf('b', { terms: w.termsOf('80.00') })]);
    expect((await submit(council, { period: 'P07' })).submission).toMatchObject({
      ...{ number: 1, period: 'P07', rowCount: 2, newCount: 0, changedCount: 1, unchangedCount: 1, refusedCount: 0 },
    });
  });

  it('has a hash that everybody can compute from what is public', async () => {
    const council = anOrganisation();
    await publish(council, [w.rowOf('a'), w.rowOf('b')]);
    const { submission } = await submit(council);
    const { data } = await world.ask(
      `{ submission(id: "${submission.id}") { rows { nodes { number versionHash verdict contribution { id } } } } }`,
    );
    const lines = data.submission.rows.nodes.map(
      (row: { number: number; versionHash: string; verdict: string; contribution: { id: string } }) =>
        `${row.contribution.id} ${row.number} ${row.versionHash} ${row.verdict}`,
    );
    const contentHash = createHash('sha256').update(lines.join('\n')).digest('hex');
    const { rowCount, newCount, changedCount, unchangedCount, refusedCount } = submission;
    const counts = { rowCount, newCount, changedCount, unchangedCount, refusedCount };
    expect(submission.contentHash).toBe(contentHash);
    expect(submission.hash).toBe(
      hashOf({ organisation: council, ...of, number: 1, supersedes: null, ...counts, contentHash }),
    );
  });

  it('supersedes the one for the same period, and holds what that held', async () => {
    const council = anOrganisation();
    const { receipt } = await publish(council, [w.rowOf('a'), w.rowOf('b')]);
    const first = (await submit(council)).submission;
    await publish(council, [w.rowOf('b', { terms: w.termsOf('90.00') }), w.rowOf('c')]);
    const second = (await submit(council)).submission;
    expect(second).toMatchObject({
      ...{ number: 2, state: 'PUBLISHED', supersedes: { id: first.id }, rowCount: 3, newCount: 3 },
    });
    const listed = await submissionsOf(council, 'id state version supersededBy { id }');
    expect(listed).toEqual({
      totalCount: 2,
      nodes: [
        { id: second.id, state: 'PUBLISHED', version: 1, supersededBy: null },
        { id: first.id, state: 'SUPERSEDED', version: 2, supersededBy: { id: second.id } },
      ],
    });
    expect((await submissionsOf(council, 'id', {}, '(filter: {state: SUPERSEDED})')).nodes).toEqual([{ id: first.id }]);
    expect(receipt.batch).toMatch(new RegExp(`^${council}:batch-`));
  });

  it('takes the batches it names, and refuses those that are not there, not yours or taken', async () => {
    const [council, other] = [anOrganisation(), anOrganisation()];
    const [one, two] = [await publish(council, [w.rowOf('a')]), await publish(council, [w.rowOf('b')])];
    const theirs = await publish(other, [w.rowOf('a')]);
    const named = (...batches: string[]) => submit(council, { batches });
    expect((await named(two.receipt.batch)).submission).toMatchObject({ rowCount: 1 });
    const table: [string[], string][] = [
      [[two.receipt.batch], 'ALREADY_SUBMITTED'],
      [[theirs.receipt.batch], 'UNKNOWN_BATCH'],
      [[`${council}:batch-00000000-0000-7000-8000-000000000000`], 'UNKNOWN_BATCH'],
      [[one.receipt.batch, one.receipt.batch], 'BAD_USER_INPUT'],
      [[], 'NOTHING_TO_SUBMIT'],
    ];
    for (const [batches, code] of table) expect([batches, ...codes(await named(...batches))]).toEqual([batches, code]);
    expect((await submit(council)).submission).toMatchObject({ number: 2, rowCount: 2 });
  });

  it('is refused for nothing, for no period and for one that has not begun, and to all but publishers', async () => {
    const council = anOrganisation();
    expect(codes(await submit(council))).toEqual(['NOTHING_TO_SUBMIT']);
    await publish(council, [w.rowOf('refused', { state: 'COMMITTED' })]);
    expect(codes(await submit(council))).toEqual(['NOTHING_TO_SUBMIT']);
    await publish(council, [w.rowOf('a')]);
    for (const period of ['P00', 'P13', 'p01', ''])
      expect(codes(await submit(council, { period }))).toEqual(['BAD_USER_INPUT']);
    expect(codes(await submit(council, { financialYear: '2998-99' }))).toEqual(['BAD_USER_INPUT']);
    for (const as of [w.officer(council), w.missionUnit, w.auditor])
      expect((await deed('publishSubmission', as, of)).errors![0].extensions.code).toBe('FORBIDDEN');
  });

  it('is done once for a key, and twice at once without losing or doubling a batch', async () => {
    const council = anOrganisation();
    await publish(council, [w.rowOf('a')]);
    const dry = await submit(council, { dryRun: true });
    expect(dry.submission).toMatchObject({ number: 1, rowCount: 1 });
    const again = { idempotencyKey: 'submitted once' };
    const [one, other] = [await submit(council, again), await submit(council, again)];
    expect(other).toMatchObject({ replayed: true, submission: { id: one.submission.id } });
    await publish(council, [w.rowOf('b')]);
    // All five are under way before any of them may write.
    await owner.query('begin; lock table submission_batch in share mode');
    const five = [1, 2, 3, 4, 5].map(() => submit(council));
    const waiting = `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await service.query(waiting)).rows[0].count < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await owner.query('rollback');
    const together = await Promise.all(five);
    expect(together.flatMap(codes)).toEqual(Array(4).fill('NOTHING_TO_SUBMIT'));
    expect(await submissionsOf(council, 'number rowCount')).toEqual({
      totalCount: 2,
      nodes: [
        { number: 2, rowCount: 2 },
        { number: 1, rowCount: 1 },
      ],
    });
  });
});

describe('certifySubmission', () => {
  it('names the officer who answers for it, and the history of both stays readable', async () => {
    const council = anOrganisation();
    await publish(council, [w.rowOf('a')]);
    const first = (await submit(council)).submission;
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await certify(first)).submission).toMatchObject({
      ...{ state: 'CERTIFIED', version: 2, certifiedBy: w.officer(council) },
    });
    await publish(council, [w.rowOf('b')]);
    const second = (await submit(council)).submission;
    await certify(second, { expectedVersion: 1 });
    expect(await historyOf(council)).toEqual([
      `1 PUBLISHED ${w.publisher(council)}`,
      `1 CERTIFIED ${w.officer(council)}`,
      `2 PUBLISHED ${w.publisher(council)}`,
      `2 CERTIFIED ${w.officer(council)}`,
    ]);
    expect(await historyOf(council, { asKnownAt: before })).toEqual([`1 PUBLISHED ${w.publisher(council)}`]);
    expect(await submissionsOf(council, 'number state certifiedBy', { asKnownAt: before })).toEqual({
      totalCount: 1,
      nodes: [{ number: 1, state: 'PUBLISHED', certifiedBy: null }],
    });
    expect(await submissionsOf(council, 'number state certifiedBy')).toEqual({
      totalCount: 2,
      nodes: [
        { number: 2, state: 'CERTIFIED', certifiedBy: w.officer(council) },
        { number: 1, state: 'SUPERSEDED', certifiedBy: w.officer(council) },
      ],
    });
  });

  it('binds the hash, and refuses what is stale, certified, superseded or not there', async () => {
    const council = anOrganisation();
    await publish(council, [w.rowOf('a')]);
    const first = (await submit(council)).submission;
    const nowhere = { ...first, id: `${council}:submission-00000000-0000-7000-8000-000000000000` };
    expect(codes(await certify(nowhere))).toEqual(['NOT_FOUND']);
    expect(codes(await certify({ ...first, hash: 'a'.repeat(64) }))).toEqual(['NOT_LAST_VERSION']);
    expect((await certify(first, { expectedVersion: 2 })).userErrors).toMatchObject([
      { code: 'STALE_VERSION', current: 1 },
    ]);
    await certify(first);
    expect((await certify(first)).userErrors).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', state: 'CERTIFIED', allowed: ['SUPERSEDED'] },
    ]);
    await publish(council, [w.rowOf('b')]);
    const second = (await submit(council)).submission;
    await publish(council, [w.rowOf('c')]);
    await submit(council);
    expect((await certify(second)).userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION', state: 'SUPERSEDED' }]);
  });

  it('is for an accounting officer of the same organisation who published nothing of it', async () => {
    const council = anOrganisation();
    const { rows } = await publish(council, [w.rowOf('a')]);
    const version = { contribution: rows[0].id, number: 1, hash: rows[0].versionHash, verdict: 'UNCHANGED' };
    await by(
      council,
      'publisher',
      insertBatch,
      [
        ...[
          `${council}:batch-00000000-0000-7000-8000-000000000001`,
          council,
          JSON.stringify([version]),
          w.officer(council),
        ],
      ],
      'commit',
    );
    const { submission } = await submit(council);
    expect(codes(await certify(submission))).toEqual(['SEPARATION_OF_DUTIES']);
    for (const as of [w.officer(w.education), w.publisher(council), w.missionFinance, w.auditor])
      expect((await certify(submission, {}, as)).errors![0].extensions.code).toBe('FORBIDDEN');
  });
});

const insertBatch = `insert into published_batch (id, contributor_id, rows, row_count, new_count, changed_count, unchanged_count, refused_count, by_subject, by_organisation)
  values ($1, $2, $3::jsonb, 1, 0, 0, 1, 0, $4, $2)`;

/** Runs SQL with the rights of the service, for somebody; answers its error. What it did is rolled back unless said. */
async function by(organisation: string, roles: string, sql: string, params: unknown[] = [], end = 'rollback') {
  await service.query('begin');
  try {
    await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
      organisation,
      roles,
    ]);
    await service.query(sql, params.length > 0 ? params : undefined);
    await service.query('set constraints all immediate');
    if (end === 'commit') await service.query('commit');
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (end === 'rollback') await service.query('rollback');
  }
}

describe('a submission', () => {
  it('shows beside each other what is stated as paid and what the ledger received', async () => {
    const council = anOrganisation();
    const paid = [{ status: 'STATED_PAID', paidOn: '2026-05-01', amount: w.pounds('60.00') }];
    const due = [{ status: 'DUE', dueOn: '2026-09-01', amount: w.pounds('40.00') }];
    const outside = { state: 'AGREED', agreement: { instrument: 'GRANT', signedOn: '2026-02-01' } };
    const { rows } = await publish(council, [
      w.rowOf('paid', { ...outside, terms: w.termsOf('100.00', { instalments: [...paid, ...due] }) }),
      w.rowOf('aligned', { pooling: 'ALIGNED', terms: w.termsOf('60.00', { instalments: paid }) }),
    ]);
    const { submission } = await submit(council);
    const discrepancy = async () =>
      (
        await world.ask(
          `{ submission(id: "${submission.id}") { discrepancy { statedPaid { amount } received { amount } difference { amount currency } } } }`,
        )
      ).data.submission.discrepancy;
    const line = (received: string, difference: string) => [
      {
        statedPaid: { amount: '60.00' },
        received: { amount: received },
        difference: { amount: difference, currency: 'GBP' },
      },
    ];
    expect(await discrepancy()).toEqual(line('0.00', '60.00'));
    const approval = { contribution: rows[0].id, versionHash: rows[0].versionHash };
    for (const as of [w.officer(council), w.missionFinance]) await w.does(world, 'commitContribution', as, approval);
    const deposits = [
      {
        contributionId: rows[0].id,
        deposited: '75.00',
        committed: '100.00',
        currency: 'GBP',
        effectiveOn: '2026-06-01',
      },
    ];
    await world.event('contributions', { id: w.newKey(), type: 'budgets.deposited', data: { deposits } });
    expect(await discrepancy()).toEqual(line('75.00', '-15.00'));
  });

  it('shows nothing that is published but not submitted, or a draft, to anybody', async () => {
    const council = anOrganisation();
    const { rows } = await publish(council, [w.rowOf('canary')]);
    await w.pledges(world, council, { publicName: 'canary', draft: true });
    const seen = `(select count(*)::int from published_batch where contributor_id = $1) as batches,
      (select count(*)::int from submitted_row where contributor_id = $1) as rows`;
    const countsFor = async (organisation: string, roles: string) => {
      await service.query(`select set_config('app.organisation', $1, false), set_config('app.roles', $2, false)`, [
        organisation,
        roles,
      ]);
      return (await service.query(`select ${seen}`, [council])).rows[0];
    };
    const outsiders = [
      ['', ''],
      [w.education, 'publisher'],
      ['mission-delivery-unit', 'mission-unit,mission-finance'],
    ] as const;
    for (const [organisation, roles] of outsiders)
      expect(await countsFor(organisation, roles)).toEqual({ batches: 0, rows: 0 });
    expect(await countsFor(council, 'publisher')).toEqual({ batches: 1, rows: 0 });
    await owner.query('alter table published_batch disable row level security');
    try {
      for (const [organisation, roles] of outsiders) expect((await countsFor(organisation, roles)).batches).toBe(1);
    } finally {
      await owner.query('alter table published_batch enable row level security');
    }
    for (const as of [undefined, w.publisher(w.education), w.missionUnit])
      expect(await submissionsOf(council, 'id', { as })).toEqual({ totalCount: 0, nodes: [] });
    const { submission } = await submit(council);
    expect(submission.rowCount).toBe(1);
    for (const as of [undefined, w.publisher(w.education)]) {
      const nodes = [{ rows: { nodes: [{ contribution: { id: rows[0].id } }] } }];
      expect((await submissionsOf(council, 'rows { nodes { contribution { id } } }', { as })).nodes).toEqual(nodes);
    }
    await service.query(`select set_config('app.organisation', '', false), set_config('app.roles', '', false)`);
  });

  it('is named as missing while its store is away, and others are shown', async () => {
    const one = (id: string) => `{ __typename: "Organisation", id: "${id}" }`;
    const document = `{ _entities(representations: [${one(w.transport)}, ${one('council-1')}]) { ... on Organisation { submissions { nodes { number } } } } }`;
    await line.cut();
    const { data, errors } = await world.ask(document);
    expect(data._entities[0].submissions).toBeNull();
    expect(data._entities[1].submissions.nodes.length).toBeGreaterThan(0);
    expect(errors!.map(({ extensions }) => [extensions.code, extensions.organisation])).toEqual([
      ['STORE_UNAVAILABLE', w.transport],
    ]);
    await line.mend();
    while ((await world.ask(document)).errors) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('lies in the store of its organisation, with its batches, rows and certification', async () => {
    const { receipt } = await publish(w.transport, [w.rowOf('a'), w.rowOf('b')]);
    expect(receipt).toMatchObject({ store: 'OWN', rowCount: 2, newCount: 2 });
    const { submission } = await submit(w.transport);
    expect((await certify(submission)).submission.state).toBe('CERTIFIED');
    const parts = ['published_batch', 'submission_batch', 'submitted_row', 'submission', 'submission_certification'];
    const count = `select concat_ws(' ', ${parts.map((table) => `(select count(*) from ${table} where contributor_id = '${w.transport}')`).join(', ')}) as counts`;
    const countsIn = (url: string) =>
      withConnection(url, async (client) => {
        await client.query(`select set_config('app.organisation', '${w.transport}', false)`);
        return (await client.query(count)).rows[0].counts as string;
      });
    expect(await countsIn(world.stores[w.transport]!.serviceUrl)).toBe('1 1 2 1 1');
    const shared = await withConnection(world.databases.contributions.serviceUrl, (client) =>
      client.query(`select 1 from submission where contributor_id = $1`, [w.transport]),
    );
    expect(shared.rowCount).toBe(0);
    expect((await submissionsOf(w.transport, 'id state')).nodes).toEqual([{ id: submission.id, state: 'CERTIFIED' }]);
    expect(await historyOf(w.transport)).toHaveLength(2);
    await moveStore({
      ...{ organisation: w.transport, to: 'shared', progress: unseen, say: () => undefined },
      firstUrl: adminUrlOf(world.databases.contributions),
      storeUrl: adminUrlOf(world.stores[w.transport]!),
    });
    expect(await countsIn(world.databases.contributions.serviceUrl)).toBe('1 1 2 1 1');
    expect((await submissionsOf(w.transport, 'id state')).nodes).toEqual([{ id: submission.id, state: 'CERTIFIED' }]);
    expect((await publish(w.transport, [w.rowOf('c')])).receipt.store).toBe('SHARED');
    expect((await submit(w.transport)).submission).toMatchObject({ number: 2, supersedes: { id: submission.id } });
  });
});

describe('PostgreSQL itself', () => {
  const tables = ['published_batch', 'submission', 'submission_batch', 'submitted_row', 'submission_certification'];

  it('refuses to change or take away what was published, submitted or certified', async () => {
    for (const table of tables) {
      for (const sql of [
        `update ${table} set contributor_id = contributor_id`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ])
        await expect(owner.query(sql)).rejects.toThrow(/is only added to/);
      expect(await by(w.education, 'publisher', `delete from ${table}`)).toMatch(/permission denied/);
    }
  });

  it('refuses batches, submissions and certifications that are another’s, or do not say what is there', async () => {
    const council = anOrganisation();
    const { rows, receipt } = await publish(council, [w.rowOf('a')]);
    const { submission } = await submit(council);
    await publish(council, [w.rowOf('b')]);
    const later = (await submit(council)).submission;
    const batch = (more: object) => [
      `${council}:batch-00000000-0000-7000-8000-000000000001`,
      council,
      JSON.stringify([{ contribution: rows[0].id, number: 1, hash: rows[0].versionHash, verdict: 'NEW', ...more }]),
      'x',
    ];
    const id = `${council}:submission-00000000-0000-7000-8000-000000000001`;
    const insertSubmission = (period: string, number: number, supersedes: string | null) =>
      `insert into submission (id, contributor_id, financial_year, period, number, supersedes_id, content_hash, hash, row_count,
         new_count, changed_count, unchanged_count, refused_count, by_subject, by_organisation)
       values ('${id}', '${council}', '2025-26', '${period}', ${number}, ${supersedes ? `'${supersedes}'` : 'null'},
         '${submission.contentHash}', '${submission.hash}', 1, 1, 0, 0, 0, 'x', 'x')`;
    const unpublished = `insert into submitted_row (submission_id, contributor_id, contribution_id, number, hash, verdict)
      values ('${id}', '${council}', '${rows[0].id}', 1, '${rows[0].versionHash}', 'NEW')`;
    const certification = `insert into submission_certification (submission_id, contributor_id, hash, by_subject, by_organisation) values ($1, $2, $3, $4, $2)`;
    const part = `insert into submitted_row (submission_id, contributor_id, contribution_id, number, hash, verdict) values ($1, $2, $3, 1, $4, 'NEW')`;
    const publisher = [council, 'publisher'] as const;
    const officer = [council, 'accounting-officer'] as const;
    const cases: [readonly [string, string], string, unknown[], RegExp | null][] = [
      [publisher, insertBatch, batch({}), null],
      [publisher, insertBatch, batch({ hash: 'a'.repeat(64) }), /version of .* that is not there/],
      [publisher, insertBatch, batch({ number: 2 }), /that is not there/],
      [[w.education, 'publisher'], insertBatch, batch({}), /row-level security/],
      [officer, insertBatch, batch({}), /row-level security/],
      [publisher, insertSubmission('P06', 2, submission.id), [], /does not follow the last one/],
      [publisher, insertSubmission('P06', 3, submission.id), [], /does not follow the last one/],
      [publisher, insertSubmission('P08', 1, null), [], /does not say what is in it/],
      [publisher, `${unpublished}; ${insertSubmission('P08', 1, null)}`, [], /not those of its batches/],
      [[w.education, 'publisher'], insertSubmission('P08', 1, null), [], /row-level security|does not say/],
      [publisher, part, [submission.id, council, rows[0].id, rows[0].versionHash], /duplicate key|cannot be changed/],
      [publisher, `insert into submission_batch values ($1, $2, $3)`, [receipt.batch, id, council], /duplicate key/],
      [officer, certification, [later.id, council, later.hash, 'somebody'], null],
      [officer, certification, [later.id, council, submission.hash, 'somebody'], /not of what it says/],
      [officer, certification, [submission.id, council, submission.hash, 'somebody'], /is superseded/],
      [officer, certification, [later.id, council, later.hash, w.publisher(council)], /does not certify it/],
      [publisher, certification, [later.id, council, later.hash, 'somebody'], /row-level security/],
      [[w.education, 'accounting-officer'], certification, [later.id, council, later.hash, 'x'], /row-level security/],
    ];
    for (const [[organisation, roles], sql, params, expected] of cases) {
      const said = await by(organisation, roles, sql, params);
      if (expected === null) expect([sql, said]).toEqual([sql, null]);
      else expect(said).toMatch(expected);
    }
    const other = (await publish(council, [w.rowOf('late')])).rows[0];
    expect(await by(council, 'publisher', part, [submission.id, council, other.id, other.versionHash])).toMatch(
      /cannot be changed/,
    );
  });
});
