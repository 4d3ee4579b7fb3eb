import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
  service = await world.serviceRole('contributions');
});
afterAll(() => world?.stop());

const payment = (amount: string, paidOn = '2026-05-01', more: object = {}) => ({
  amount: w.pounds(amount),
  paidOn,
  ...more,
});

interface Verdict {
  accepted: boolean;
  unchanged: boolean;
  state: string | null;
  userErrors: { code: string }[];
}

async function states(as: string, rows: object[], more: object = {}) {
  const document = `mutation ($input: StatePaymentsInput!) { statePayments(input: $input) {
    rows { accepted unchanged id state userErrors { code message path } } replayed userErrors { code } } }`;
  const variables = { input: { idempotencyKey: w.newKey(), rows, ...more } };
  const { data, errors } = await world.ask(document, { as, variables });
  const { rows: verdicts = null, userErrors = [], replayed } = data?.statePayments ?? {};
  return { verdicts: verdicts as Verdict[], userErrors, replayed, errors };
}
const codes = async (as: string, ...rows: object[]) =>
  (await states(as, rows)).verdicts.map(({ userErrors: [first], unchanged, state }) =>
    first ? first.code : `${unchanged ? 'unchanged' : 'stated'}, ${state}`,
  );

const asked = `state statements { number total { amount } payments { paidOn amount { amount } reference } goneBecause statedBy { id } releasedAt }`;
async function read(id: string, as?: string, asKnownAt?: string) {
  const { data } = await world.ask(`{ contribution(id: "${id}") { ${asked} } }`, { as, asKnownAt });
  return data.contribution;
}
const linesOf = ({ statements }: Awaited<ReturnType<typeof read>>) =>
  statements.map(
    (said: { number: number; total: { amount: string }; goneBecause: string | null; payments: object[] }) =>
      [said.number, said.total.amount, said.payments.length, said.goneBecause ?? '-'].join(' | '),
  );
const told = async (id: string) =>
  (
    await owner.query(
      `select event->'data'->'statements' as said from sent_event where event->>'type' = 'contributions.stated' order by number`,
    )
  ).rows
    .flatMap(({ said }) => said)
    .filter(({ contributionId }) => contributionId === id);

describe('statePayments', () => {
  it('keeps every statement, tells the ledger, and leaves terms and state alone', async () => {
    const { id, current } = await w.commits(world, w.education);
    const first = [payment('400000.00', '2026-05-01', { reference: 'BACS 1' })];
    expect(await codes(w.publisher(w.education), { contribution: id, payments: first })).toEqual(['stated, COMMITTED']);
    const second = [...first, payment('100000.00', '2026-06-01')];
    expect(await codes(w.publisher(w.education), { contribution: id, payments: second })).toEqual([
      'stated, COMMITTED',
    ]);
    expect(await codes(w.publisher(w.education), { contribution: id, payments: second })).toEqual([
      'unchanged, COMMITTED',
    ]);
    const shown = await read(id);
    expect(linesOf(shown)).toEqual(['1 | 400000.00 | 1 | -', '2 | 500000.00 | 2 | -']);
    const { data } = await world.ask(`{ contribution(id: "${id}") { version current { hash number } } }`);
    expect(data.contribution.current).toEqual({ hash: current.hash, number: current.number });
    const events = await told(id);
    expect(events).toMatchObject([
      { ordinal: 1, currency: 'GBP', payments: [{ amount: '400000.00', reference: 'BACS 1' }], goneBecause: null },
      { ordinal: 2, payments: [{ paidOn: '2026-05-01' }, { paidOn: '2026-06-01', reference: null }] },
    ]);
  });

  it('shows references to the two sides and auditors only, by the policy too', async () => {
    const { id } = await w.commits(world, w.education);
    await states(w.publisher(w.education), [
      { contribution: id, payments: [payment('1.00', '2026-05-01', { reference: 'canary' })] },
    ]);
    const referenceTo = async (as?: string) => (await read(id, as)).statements[0].payments[0].reference;
    for (const as of [undefined, w.publisher(w.transport)]) expect(await referenceTo(as)).toBeNull();
    for (const as of [w.publisher(w.education), w.missionUnit, w.auditor]) expect(await referenceTo(as)).toBe('canary');
    const seen = async (organisation: string) => {
      await service.query('begin');
      await service.query(
        `select set_config('app.organisation', $1, true), set_config('app.roles', 'publisher', true)`,
        [organisation],
      );
      const { rowCount } = await service.query(`select from payment_evidence where contribution_id = $1`, [id]);
      await service.query('rollback');
      return rowCount;
    };
    expect([await seen(w.education), await seen(w.transport)]).toEqual([1, 0]);
  });

  it('says with a reason what cannot be stated, row by row', async () => {
    const mine = await w.commits(world, w.education);
    const draft = await w.pledges(world, w.education, { draft: true });
    const theirDraft = await w.pledges(world, w.transport, { draft: true });
    const theirs = await w.pledges(world, w.transport);
    const tomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString();
    const rows: [string, object][] = [
      ['NOT_FOUND', { contribution: theirDraft.id, payments: [payment('1.00')] }],
      ['FORBIDDEN', { contribution: theirs.id, payments: [payment('1.00')] }],
      ['ILLEGAL_TRANSITION', { contribution: draft.id, payments: [payment('1.00')] }],
      [
        'CURRENCY_MISMATCH',
        { contribution: mine.id, payments: [{ ...payment('1.00'), amount: { amount: '1.00', currency: 'EUR' } }] },
      ],
      [
        'RELEASED_OUT_OF_ORDER',
        { contribution: mine.id, payments: [payment('2.00')], releasedAt: '2026-01-01T00:00:00Z' },
      ],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: [payment('0.00')] }],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: [payment('1.00', tomorrow.slice(0, 10))] }],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: [payment('1.00', '2026-05-01', { reference: ' ' })] }],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: Array.from({ length: 101 }, () => payment('1.00')) }],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: [payment('1.00')], goneBecause: 'gone' }],
      ['BAD_USER_INPUT', { contribution: mine.id, goneBecause: ' ' }],
      ['BAD_USER_INPUT', { contribution: mine.id, payments: [payment('1.00')], releasedAt: tomorrow }],
    ];
    await states(w.publisher(w.education), [{ contribution: mine.id, payments: [payment('1.00')] }]);
    for (const [code, row] of rows) expect(await codes(w.publisher(w.education), row)).toEqual([code]);
    expect(linesOf(await read(mine.id))).toHaveLength(1);
    const twice = { contribution: mine.id, payments: [] };
    expect((await states(w.publisher(w.education), [twice, twice])).userErrors).toEqual([{ code: 'BAD_USER_INPUT' }]);
    expect((await states(w.publisher(w.education), [])).userErrors).toEqual([{ code: 'BAD_USER_INPUT' }]);
    expect((await states(w.officer(w.education), [twice])).errors?.[0].extensions.code).toBe('FORBIDDEN');
  });

  it('changes nothing in a dry run, and answers a repeated key from memory', async () => {
    const { id } = await w.commits(world, w.education);
    const rows = [{ contribution: id, payments: [payment('5.00')] }];
    expect((await states(w.publisher(w.education), rows, { dryRun: true })).verdicts[0]).toMatchObject({
      accepted: true,
      unchanged: false,
    });
    expect(linesOf(await read(id))).toEqual([]);
    const key = { idempotencyKey: w.newKey() };
    await states(w.publisher(w.education), rows, key);
    expect((await states(w.publisher(w.education), rows, key)).replayed).toBe(true);
    expect(linesOf(await read(id))).toHaveLength(1);
  });
});

describe('a contribution that its source does not list any more', () => {
  it('stays with a tombstone: a pledge is WITHDRAWN with the reason, what binds keeps its state', async () => {
    const pledged = await w.pledges(world, w.education);
    const bound = await w.commits(world, w.education);
    const goneBecause = 'The file of August does not list it.';
    const rows = [pledged, bound].map(({ id }) => ({ contribution: id, goneBecause }));
    expect(await codes(w.publisher(w.education), ...rows)).toEqual(['stated, WITHDRAWN', 'stated, COMMITTED']);
    expect(await read(bound.id)).toMatchObject({
      state: 'COMMITTED',
      statements: [{ goneBecause, total: { amount: '0.00' } }],
    });
    const { data } = await world.ask(
      `{ contribution(id: "${pledged.id}") { state states { state reason } current { total { amount } } } }`,
    );
    expect(data.contribution).toMatchObject({ state: 'WITHDRAWN', current: { total: { amount: '1000000.00' } } });
    expect(data.contribution.states.at(-1)).toEqual({ state: 'WITHDRAWN', reason: goneBecause });
    expect(await told(bound.id)).toMatchObject([{ ordinal: 1, payments: [], goneBecause }]);
    const listed = { contribution: bound.id, payments: [payment('3.00')] };
    expect(await codes(w.publisher(w.education), listed)).toEqual(['stated, COMMITTED']);
  });

  it('is there as it was for who asks as known before', async () => {
    const released = { releasedAt: '2025-10-20T00:00:00Z', effectiveOn: '2025-04-01' };
    const row = w.rowOf('ISL-002', {
      ...released,
      terms: w.termsOf('100.00', {
        instalments: [{ status: 'STATED_PAID', paidOn: '2025-04-01', amount: w.pounds('40.00') }],
      }),
    });
    const input = { idempotencyKey: w.newKey(), rows: [row] };
    const { data } = await world.ask(w.publishRows, { as: w.publisher(w.education), variables: { input } });
    const [{ id }] = data.publishContributions.rows;
    const gone = { contribution: id, goneBecause: 'Gone.', releasedAt: '2026-08-22T00:00:00Z' };
    expect(await codes(w.publisher(w.education), gone)).toEqual(['stated, WITHDRAWN']);
    const at = async (instant?: string) => {
      const found = await read(id, undefined, instant);
      return found && [found.state, ...linesOf(found)];
    };
    expect(await at('2025-10-19T00:00:00Z')).toBeNull();
    expect(await at('2026-08-21T00:00:00Z')).toEqual(['PLEDGED', '1 | 40.00 | 1 | -']);
    expect(await at()).toEqual(['WITHDRAWN', '1 | 40.00 | 1 | -', '2 | 0.00 | 0 | Gone.']);
  });
});

describe('a deposit that the ledger reverses', () => {
  const arrive = (contributionId: string, deposited: string) => {
    const deposit = { contributionId, deposited, committed: '1000000.00', currency: 'GBP', effectiveOn: '2026-06-01' };
    return world.event('contributions', { id: w.newKey(), type: 'budgets.deposited', data: { deposits: [deposit] } });
  };
  const state = async (id: string) =>
    (await world.ask(`{ contribution(id: "${id}") { state } }`)).data.contribution.state;

  it('takes its contribution back to where that leaves it; the rest is written off with its reason', async () => {
    const { id } = await w.commits(world, w.education);
    const seen: string[] = [];
    for (const deposited of ['1000000.00', '400000.00', '0.00', '700000.00', '0.00']) {
      expect(await arrive(id, deposited)).toBe(200);
      seen.push(await state(id));
    }
    expect(seen).toEqual(['DEPOSITED', 'PART_DEPOSITED', 'COMMITTED', 'PART_DEPOSITED', 'COMMITTED']);
    const gone = { contribution: id, amount: w.pounds('1000000.00'), reason: 'Its source does not list it any more.' };
    await w.writesOff(world, w.education, gone);
    const { data } = await world.ask(
      `{ contribution(id: "${id}") { state states { state reason } writeOffs { reason amount { amount } } } }`,
    );
    expect(data.contribution).toMatchObject({
      state: 'WRITTEN_OFF',
      writeOffs: [{ amount: { amount: '1000000.00' } }],
    });
    expect(
      data.contribution.states.filter(({ reason }: { reason: string }) => reason?.includes('reversed')),
    ).toHaveLength(3);
  });

  it('leaves one that is not binding yet where it is', async () => {
    const { id } = await w.agrees(world, w.education);
    await arrive(id, '0.00');
    expect(await state(id)).toBe('AGREED');
  });

  it('cannot take it back while the ledger says that it is there: PostgreSQL refuses it', async () => {
    const { id } = await w.commits(world, w.education);
    await arrive(id, '1000000.00');
    const back = async (to: string) => {
      await service.query('begin');
      try {
        await service.query(`select set_config('app.roles', 'event', true)`);
        await service.query(
          `insert into contribution_state (contribution_id, contributor_id, sequence, state, number, effective_on, by_subject)
           select id, contributor_id, version + 1, $2, number, '2026-06-01', 'ledger' from contribution where id = $1`,
          [id, to],
        );
        await service.query('update contribution set state = $2, version = version + 1 where id = $1', [id, to]);
        return 'written';
      } catch (error) {
        return (error as Error).message;
      } finally {
        await service.query('rollback');
      }
    };
    for (const to of ['COMMITTED', 'PART_DEPOSITED']) expect(await back(to)).toContain('lacks what this state needs');
  });
});

describe('publishContributions', () => {
  it('states what its rows say is paid into a pool, with each change of it', async () => {
    const paid = (amount: string) => ({
      status: 'STATED_PAID',
      paidOn: '2026-04-01',
      amount: w.pounds(amount),
      reference: 'r',
    });
    const publish = async (id: string, instalments: object[], more: object = {}) => {
      const row = w.rowOf(id, { terms: w.termsOf('100.00', { instalments }), ...more });
      const { data } = await world.ask(w.publishRows, {
        ...{ as: w.publisher(w.education), variables: { input: { idempotencyKey: w.newKey(), rows: [row] } } },
      });
      return data.publishContributions.rows[0];
    };
    const { id } = await publish('paid', [paid('10.00')]);
    await publish('paid', [paid('10.00'), paid('20.00')]);
    await publish('paid', []);
    expect(linesOf(await read(id))).toEqual(['1 | 10.00 | 1 | -', '2 | 30.00 | 2 | -', '3 | 0.00 | 0 | -']);
    expect((await told(id)).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
    const none = await publish('nothing', []);
    expect(linesOf(await read(none.id))).toEqual([]);
    const aligned = await publish('aligned', [paid('10.00')], { pooling: 'ALIGNED' });
    expect(linesOf(await read(aligned.id))).toEqual([]);
    await states(w.publisher(w.education), [{ contribution: id, payments: [payment('1.00')] }]);
    const older = await publish('paid', [paid('9.00')], { releasedAt: '2026-01-01T00:00:00Z' });
    expect(older.userErrors[0].code).toBe('RELEASED_OUT_OF_ORDER');
  });
});

describe('PostgreSQL', () => {
  const write = async (organisation: string, roles: string, row: object) => {
    await service.query('begin');
    try {
      await service.query(`select set_config('app.organisation', $1, true), set_config('app.roles', $2, true)`, [
        organisation,
        roles,
      ]);
      const all = {
        currency: 'GBP',
        stated: 500,
        payments: '[{"minor": "500", "paidOn": "2026-01-01"}]',
        by_subject: 'x',
        by_organisation: organisation,
        ...row,
      };
      const columns = Object.keys(all);
      await service.query(
        `insert into payment_statement (${columns}) values (${columns.map((_, place) => `$${place + 1}`)})`,
        Object.values(all),
      );
      return 'written';
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await service.query('rollback');
    }
  };

  it('refuses statements by others, of drafts, out of turn, that do not add up, or that are changed', async () => {
    const { id } = await w.commits(world, w.education);
    const draft = await w.pledges(world, w.education, { draft: true });
    const one = { contribution_id: id, contributor_id: w.education, ordinal: 1 };
    expect(await write(w.education, 'publisher', one)).toBe('written');
    expect(await write(w.transport, 'publisher', one)).toBe('42501');
    expect(await write(w.education, 'accounting-officer', one)).toBe('42501');
    for (const wrong of [
      { contribution_id: draft.id },
      { ordinal: 2 },
      { stated: 400 },
      { currency: 'EUR' },
      { gone_because: 'gone' },
      { payments: '[{"minor": "-500", "paidOn": "2026-01-01"}]', stated: 0 },
    ])
      expect(await write(w.education, 'publisher', { ...one, ...wrong })).toBe('23514');
    await states(w.publisher(w.education), [
      { contribution: id, payments: [payment('1.00', '2026-05-01', { reference: 'r' })] },
    ]);
    expect(await write(w.education, 'publisher', { ...one, ordinal: 2, released_at: '2020-01-01' })).toBe('23514');
    for (const sql of ['update payment_statement set stated = 1', 'delete from payment_evidence'])
      await expect(owner.query(sql)).rejects.toMatchObject({ code: '23001' });
  });
});
