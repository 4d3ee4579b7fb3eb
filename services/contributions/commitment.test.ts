import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import * as w from './words-for-tests.js';

let world: World;
let owner: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['contributions'], gateway: false });
  owner = await world.owner('contributions');
});
afterAll(() => world?.stop());
// The queue keeps events for budgets, which does not run here; each test sees its own.
beforeEach(() => owner.query('delete from sent_event'));

async function sent() {
  const { rows } = await owner.query(`select event from sent_event order by number`);
  return rows.map(({ event }) => ({ type: event.type, data: event.data }));
}

const codes = ({ userErrors }: w.Deed) => userErrors?.map(({ code }) => code);
const commit = (as: string, input: object) => w.does(world, 'commitContribution', as, input);
const read = async (id: string, fields: string, as?: string) =>
  (await world.ask(`{ contribution(id: "${id}") { ${fields} } }`, { as })).data.contribution;
const stateOf = async (id: string) => (await read(id, 'state')).state;

describe('commitContribution', () => {
  it('needs two people of two organisations, in any order, and tells budgets once', async () => {
    for (const [first, second] of [
      [w.officer(w.education), w.missionFinance],
      [w.missionFinance, w.officer(w.education)],
    ] as const) {
      await owner.query('delete from sent_event');
      const { id, current } = await w.agrees(world, w.education);
      const approval = { contribution: id, versionHash: current.hash, effectiveOn: '2026-04-03' };
      expect((await commit(first, approval)).contribution).toMatchObject({ state: 'AGREED', version: 3 });
      expect(await sent()).toEqual([]);
      expect(codes(await commit(first, approval))).toEqual(['SEPARATION_OF_DUTIES']);
      const done = await commit(second, { ...approval, effectiveOn: undefined });
      expect(done.contribution).toMatchObject({ state: 'COMMITTED', version: 4 });
      const commitment = {
        ...{ contributionId: id, contributorId: w.education, missionId: 'clean-energy', budgetId: 'budget-1' },
        ...{ currency: 'GBP', amount: '1000000.00', effectiveOn: '2026-04-03' },
      };
      expect(await sent()).toEqual([{ type: 'contributions.committed', data: { commitments: [commitment] } }]);
      expect((await commit(second, approval)).userErrors).toMatchObject([
        { code: 'ILLEGAL_TRANSITION', state: 'COMMITTED' },
      ]);
      const { states, approvals } = await read(
        id,
        'states { state effectiveOn } approvals { side subject organisation { id } versionHash }',
      );
      expect(states.at(-1)).toEqual({ state: 'COMMITTED', effectiveOn: '2026-04-03' });
      expect(
        new Set(approvals.map(({ side, subject }: { side: string; subject: null }) => `${side} ${subject}`)),
      ).toEqual(new Set(['CONTRIBUTOR null', 'MISSION null']));
      expect((await read(id, 'approvals { subject }', w.auditor)).approvals[0].subject).toBe(first);
    }
  });

  it('binds the agreed version, and refuses what is not there, not yours, not agreed, or in the future', async () => {
    const { id, current } = await w.agrees(world, w.education);
    const approval = { contribution: id, versionHash: current.hash };
    expect(codes(await commit(w.missionFinance, { ...approval, versionHash: 'a'.repeat(64) }))).toEqual([
      'NOT_LAST_VERSION',
    ]);
    expect(codes(await commit(w.missionFinance, { ...approval, effectiveOn: '2999-01-01' }))).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(codes(await commit(w.missionFinance, { ...approval, contribution: 'nothing:1' }))).toEqual(['NOT_FOUND']);
    expect(codes(await commit(w.missionFinance, { ...approval, expectedVersion: 1 }))).toEqual(['STALE_VERSION']);
    for (const as of [w.officer(w.transport), w.publisher(w.education), w.missionUnit, w.auditor]) {
      expect((await commit(as, approval)).errors![0].extensions.code).toBe('FORBIDDEN');
    }
    const pledged = await w.pledges(world, w.education);
    expect(
      codes(await commit(w.missionFinance, { contribution: pledged.id, versionHash: pledged.current.hash })),
    ).toEqual(['ILLEGAL_TRANSITION']);
  });

  it('refuses pooled money that has no pool to go to', async () => {
    const { id, current } = await w.agrees(world, w.education, { terms: w.termsOf('5.00', { budget: null }) });
    expect(codes(await commit(w.missionFinance, { contribution: id, versionHash: current.hash }))).toEqual([
      'BUDGET_MISSING',
    ]);
  });

  it('is not possible for the mission unit alone, whatever hats its people wear', async () => {
    const unit = 'mission-delivery-unit';
    const { id, current } = await w.pledges(world, unit);
    await w.does(world, 'proposeTerms', w.publisher(unit), { contribution: id });
    await w.does(world, 'acceptTerms', w.missionUnit, {
      ...w.acceptance(id, current.hash, unit),
      signatories: [unit, w.education],
    });
    const approval = { contribution: id, versionHash: current.hash };
    expect((await commit(w.officer(unit), approval)).contribution.state).toBe('AGREED');
    expect(codes(await commit(w.missionFinance, approval))).toEqual(['SEPARATION_OF_DUTIES']);
  });

  it('tells budgets nothing of what does not go into a pool', async () => {
    const aligned = await w.commits(world, w.education, { pooling: 'ALIGNED' });
    await w.commits(world, w.education, {
      kind: 'DATA',
      pooling: 'IN_KIND',
      terms: { quantity: '3', unit: 'data sets' },
    });
    expect(aligned.state).toBe('COMMITTED');
    expect(await sent()).toEqual([]);
  });

  it('commits once when both approvals race', async () => {
    const { id, current } = await w.agrees(world, w.education);
    const approval = { contribution: id, versionHash: current.hash };
    const racers = [w.officer(w.education), w.missionFinance, w.officer(w.education), w.missionFinance];
    const answers = await Promise.all(racers.map((as) => commit(as, approval)));
    expect(answers.filter(({ contribution }) => contribution).length).toBe(2);
    expect(await stateOf(id)).toBe('COMMITTED');
    expect(await sent()).toHaveLength(1);
  });
});

describe('commitContributions', () => {
  const document = `mutation ($input: CommitContributionsInput!) { commitContributions(input: $input) {
    replayed userErrors { code } rows { row accepted id state userErrors { code path ... on IllegalTransition { state allowed } } } } }`;
  const commitAll = async (as: string, rows: object[], idempotencyKey = w.newKey()) =>
    (await world.ask(document, { as, variables: { input: { idempotencyKey, rows } } })).data.commitContributions;

  it('gives each row its verdict, and tells budgets of all in one event', async () => {
    const [a, b] = [await w.agrees(world, w.education), await w.agrees(world, w.transport)];
    const pledged = await w.pledges(world, w.education);
    const draft = await w.pledges(world, w.transport, { draft: true });
    const rows = [a, b, pledged, draft].map(({ id, current }) => ({ contribution: id, versionHash: current.hash }));
    const ofEducation = await commitAll(w.officer(w.education), rows);
    expect(ofEducation.rows).toMatchObject([
      { row: 0, accepted: true, id: a.id, state: 'AGREED', userErrors: [] },
      {
        row: 1,
        accepted: false,
        id: b.id,
        state: 'AGREED',
        userErrors: [{ code: 'FORBIDDEN', path: ['contribution'] }],
      },
      {
        row: 2,
        accepted: false,
        id: pledged.id,
        state: 'PLEDGED',
        userErrors: [{ code: 'ILLEGAL_TRANSITION', state: 'PLEDGED' }],
      },
      { row: 3, accepted: false, id: null, state: null, userErrors: [{ code: 'NOT_FOUND' }] },
    ]);
    await commitAll(w.officer(w.transport), [rows[1]!]);
    const wrong = [{ ...rows[0], versionHash: 'x' }, rows[0]!, { ...rows[1], effectiveOn: '2999-01-01' }];
    expect(
      (await commitAll(w.missionFinance, wrong)).rows.map(({ userErrors }: w.Deed) => userErrors[0]!.code),
    ).toEqual(['NOT_LAST_VERSION', 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
    const all = [{ ...rows[0], effectiveOn: '2026-05-01' }, rows[1]!, rows[2]!];
    const [done, again] = [
      await commitAll(w.missionFinance, all, 'all'),
      await commitAll(w.missionFinance, all, 'all'),
    ];
    expect(done.rows.map(({ state }: { state: string }) => state)).toEqual(['COMMITTED', 'COMMITTED', 'PLEDGED']);
    expect(again).toEqual({ ...done, replayed: true });
    const events = await sent();
    expect(events).toHaveLength(1);
    expect(events[0]!.data.commitments.map(({ contributionId }: { contributionId: string }) => contributionId)).toEqual(
      [a.id, b.id],
    );
    expect(events[0]!.data.commitments[0].effectiveOn).toBe('2026-05-01');
    const [late] = (await commitAll(w.missionFinance, [rows[0]!])).rows;
    expect(late.userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION', state: 'COMMITTED' }]);
  });

  it('refuses the same side twice, pooled money without a pool, and more than 500 rows', async () => {
    const [twice, poor] = [
      await w.agrees(world, w.education),
      await w.agrees(world, w.education, { terms: w.termsOf('5.00', { budget: null }) }),
    ];
    const rows = [twice, poor].map(({ id, current }) => ({ contribution: id, versionHash: current.hash }));
    await commitAll(w.missionFinance, [rows[0]!]);
    const { rows: verdicts } = await commitAll(w.missionFinance, rows);
    expect(verdicts.map(({ userErrors }: w.Deed) => userErrors[0]!.code)).toEqual([
      'SEPARATION_OF_DUTIES',
      'BUDGET_MISSING',
    ]);
    for (const many of [[], Array(501).fill(rows[0])]) {
      expect(await commitAll(w.missionFinance, many)).toMatchObject({
        rows: null,
        userErrors: [{ code: 'BAD_USER_INPUT' }],
      });
    }
  });
});

const deposited = (contributionId: string, decimal: string, more: object = {}) => ({
  ...{
    contributionId,
    deposited: decimal,
    committed: '1000000.00',
    currency: 'GBP',
    effectiveOn: '2026-06-01',
    ...more,
  },
});
const arrive = (id: string, ...deposits: object[]) =>
  world.event('contributions', { id, type: 'budgets.deposited', data: { deposits } });

describe('the ledger’s event budgets.deposited', () => {
  it('moves a contribution to PART_DEPOSITED and DEPOSITED, each event exactly once', async () => {
    const { id } = await w.commits(world, w.education);
    for (const _ of [1, 2, 3]) expect(await arrive('event-1', deposited(id, '400000.00'))).toBe(200);
    expect(await arrive('event-2', deposited(id, '500000.00'))).toBe(200);
    expect(await read(id, 'state version')).toEqual({ state: 'PART_DEPOSITED', version: 5 });
    const twice = await Promise.all([1, 2, 3].map(() => arrive('event-3', deposited(id, '1000000.00'))));
    expect(new Set(twice)).toEqual(new Set([200]));
    const { states } = await read(id, 'states { state effectiveOn by { id } }');
    expect(states.slice(-2)).toEqual([
      { state: 'PART_DEPOSITED', effectiveOn: '2026-06-01', by: null },
      { state: 'DEPOSITED', effectiveOn: '2026-06-01', by: null },
    ]);
    const { rows } = await owner.query('select count(*)::int from ledger_deposit where contribution_id = $1', [id]);
    expect(rows[0].count).toBe(3);
  });

  it('takes all deposits of one event together, and none when one of them cannot be', async () => {
    const [a, b] = [await w.commits(world, w.education), await w.commits(world, w.transport)];
    expect(await arrive('event-4', deposited(a.id, '1.00'), deposited('nothing:1', '1.00'))).toBe(500);
    expect(await stateOf(a.id)).toBe('COMMITTED');
    expect(await arrive('event-5', deposited(a.id, '1.00', { currency: 'USD' }))).toBe(500);
    expect(await arrive('event-6', { contributionId: a.id })).toBe(422);
    expect(
      await arrive('event-4', deposited(a.id, '1.00'), deposited(b.id, '1.00'), deposited(b.id, '1000000.00')),
    ).toBe(200);
    expect([await stateOf(a.id), await stateOf(b.id)]).toEqual(['PART_DEPOSITED', 'DEPOSITED']);
  });

  it('keeps the figure alone where the state table has no such step', async () => {
    const { id } = await w.agrees(world, w.education);
    expect(await arrive('event-7', deposited(id, '1000000.00'))).toBe(200);
    expect(await stateOf(id)).toBe('AGREED');
  });

  it('is refused without the gateway’s signature', async () => {
    const body = JSON.stringify({ id: 'forged', type: 'budgets.deposited', data: { deposits: [] } });
    const answer = await fetch(new URL('/events', world.services.contributions.url), { method: 'POST', body });
    expect(answer.status).toBe(404);
  });
});
