import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startWorld, type World } from '../../test/world.js';
import type { Role } from '../kernel/caller.js';
import { Context } from '../kernel/context.js';
import { ApproveVirement } from './approve-virement.js';
import {
  accountOf,
  type ByHand,
  done,
  faultsIn,
  journalOf,
  MovingMoneyForTests,
  writeByHand,
} from './moving-money-for-tests.js';
import { type Answered, deed, gbp, PoolForTests } from './pool-for-tests.js';
import { RequestVirement } from './request-virement.js';

let world: World;
let owner: Client;
let service: Client;
beforeAll(async () => {
  world = await startWorld({ services: ['budgets'], gateway: false });
  owner = await world.owner('budgets');
  service = await world.serviceRole('budgets');
});
afterAll(() => world?.stop());

/** A pool with 100.00, of which 60.00 are set aside in one allocation and 30.00 in another. */
async function twoAllocations(input: object = {}) {
  const pool = await new PoolForTests(world).open(input);
  await pool.fund('100.00');
  const [from, to] = [await pool.allocate('60.00'), await pool.allocate('30.00')];
  return { pool, money: new MovingMoneyForTests(pool), from, to };
}

/** Money of two control totals: an allocation of 60.00 of one and one of 30.00 of the other. */
async function twoControlTotals() {
  const pool = await new PoolForTests(world).open({ controlTotals: ['CDEL', 'RDEL_PROGRAMME'] });
  const money = new MovingMoneyForTests(pool);
  await money.paidIn(`dfe:${randomUUID()}`, '60.00', { controlTotal: 'RDEL_PROGRAMME' });
  await money.paidIn(`dfe:${randomUUID()}`, '30.00', { controlTotal: 'CDEL' });
  const from = await pool.allocate('60.00', { controlTotal: 'RDEL_PROGRAMME' });
  return { pool, money, from, to: await pool.allocate('30.00', { controlTotal: 'CDEL' }) };
}

/** What allocations can still draw, by id. */
async function availableIn(...ids: string[]): Promise<string[]> {
  const keys = ids.map((id) => ({ __typename: 'Allocation', id }));
  const document = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Allocation { available { amount } } } }`;
  const { data } = await world.ask(document, { variables: { keys } });
  return data._entities.map(({ available }: Answered) => available.amount);
}

const ask = async (document: string, variables: object, asked: object = {}): Promise<Answered> => {
  const { data, errors } = await world.ask(document, { variables, ...asked });
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
};
const forbidden = ({ errors }: Answered) => errors?.[0]?.extensions.code;

/** A request of one person who holds several roles, which no demo client does. */
const personWith = (organisation: string, ...roles: Role[]) =>
  new Context(world.services.budgets.orm, {
    caller: { subject: 'one-person', organisation, roles: new Set(roles) },
    ...{ knownAt: null, correlationId: 'test', fromGateway: true },
  });

describe('a virement', () => {
  it('moves nothing until another person approves it, and then both halves at once', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const before = await pool.statement();
    const { virement } = done(await money.requestVirement(from, to, '25.00'));
    expect(virement).toMatchObject({ state: 'REQUESTED', consent: null, version: 1 });
    expect([await availableIn(from, to), await pool.statement()]).toEqual([['60.00', '30.00'], before]);
    const approved = done(await money.approveVirement(virement.id, { hash: virement.hash, expectedVersion: 1 }));
    expect(approved.virement).toMatchObject({ state: 'APPROVED', version: 2 });
    expect([await availableIn(from, to), await pool.statement()]).toEqual([['35.00', '55.00'], before]);
    expect(await journalOf(pool, 'VIREMENT')).toEqual([
      '2025-10-01 VIREMENT 2025-26 RDEL_PROGRAMME: ALLOCATION_AVAILABLE -25.00, UNALLOCATED 25.00',
      '2025-10-01 VIREMENT 2025-26 RDEL_PROGRAMME: UNALLOCATED -25.00, ALLOCATION_AVAILABLE 25.00',
    ]);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('with consent goes into another control total by a switch, and each control total adds up', async () => {
    const { pool, money, from, to } = await twoControlTotals();
    await money.move(from, to, '20.00', { consent: 'HM Treasury letter of 2025-09-20' });
    expect(await journalOf(pool, 'VIREMENT', 'SWITCH')).toEqual([
      '2025-10-01 VIREMENT 2025-26 RDEL_PROGRAMME: ALLOCATION_AVAILABLE -20.00, UNALLOCATED 20.00',
      '2025-10-01 SWITCH 2025-26 CDEL: UNALLOCATED of RDEL_PROGRAMME -20.00, UNALLOCATED 20.00',
      '2025-10-01 VIREMENT 2025-26 CDEL: UNALLOCATED -20.00, ALLOCATION_AVAILABLE 20.00',
    ]);
    expect({
      RDEL: await pool.statement('(controlTotal: RDEL_PROGRAMME)'),
      CDEL: await pool.statement('(controlTotal: CDEL)'),
    }).toEqual({
      RDEL: { deposited: '60.00', allocated: '40.00', switched: '-20.00' },
      CDEL: { deposited: '30.00', allocated: '50.00', switched: '20.00' },
    });
    const document = `query ($id: ID!) { pooledBudget(id: $id) { transfers(first: 3) { nodes { consent virement { id } } } } }`;
    const { nodes } = (await ask(document, { id: pool.id })).pooledBudget.transfers;
    expect(nodes.map(({ consent }: Answered) => consent)).toEqual(Array(3).fill('HM Treasury letter of 2025-09-20'));
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('is refused for what makes no sense: UNKNOWN_ALLOCATION, BAD_USER_INPUT, CURRENCY_MISMATCH, ILLEGAL_TRANSITION', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const codes = async (...asked: Parameters<typeof money.requestVirement>) =>
      (await money.requestVirement(...asked)).codes;
    expect(await codes('allocation-none', to, '1.00')).toEqual(['UNKNOWN_ALLOCATION']);
    expect(await codes(from, 'allocation-none', '1.00')).toEqual(['UNKNOWN_ALLOCATION']);
    expect(await codes(from, from, '1.00')).toEqual(['BAD_USER_INPUT']);
    expect(await codes(from, to, '0.00')).toEqual(['BAD_USER_INPUT']);
    expect(await codes(from, to, '1.00', { reason: ' ' })).toEqual(['BAD_USER_INPUT']);
    expect(await codes(from, to, '1.00', { amount: { amount: '1.00', currency: 'USD' } })).toEqual([
      'CURRENCY_MISMATCH',
    ]);
    const proposed = (await pool.propose('1.00')).allocation.id;
    expect(await codes(from, proposed, '1.00')).toEqual(['ILLEGAL_TRANSITION']);
    expect(await codes(proposed, to, '1.00')).toEqual(['ILLEGAL_TRANSITION']);
    const asked = { from, to, amount: gbp('1.00'), reason: 'x' };
    expect(forbidden(await deed(world, 'recipient-council.publisher', 'requestVirement', asked))).toBe('FORBIDDEN');
    expect(forbidden(await money.do('approver', 'requestVirement', asked))).toBe('FORBIDDEN');
  });

  it('stays in its pool and in its financial year, whoever consents: POOL_MISMATCH, FINANCIAL_YEAR_MISMATCH', async () => {
    const [one, other] = [await twoAllocations(), await twoAllocations()];
    const consent = { consent: 'the board' };
    expect((await one.money.requestVirement(one.from, other.to, '1.00', consent)).codes).toEqual(['POOL_MISMATCH']);
    const pool = await new PoolForTests(world).open({ annual: true });
    const money = new MovingMoneyForTests(pool);
    await money.paidIn(`dfe:${randomUUID()}`, '10.00', { financialYear: '2025-26' });
    await money.paidIn(`dfe:${randomUUID()}`, '10.00', { financialYear: '2026-27' });
    const [from, to] = [
      await pool.allocate('10.00', { financialYear: '2025-26' }),
      await pool.allocate('10.00', { financialYear: '2026-27' }),
    ];
    expect((await money.requestVirement(from, to, '1.00', consent)).codes).toEqual(['FINANCIAL_YEAR_MISMATCH']);
  });

  it('crosses a control total or a ring-fence with a named consent only: CONTROL_TOTAL_MISMATCH, RING_FENCE', async () => {
    const totals = await twoControlTotals();
    const crossing = await totals.money.requestVirement(totals.from, totals.to, '1.00', { consent: ' ' });
    expect(crossing.userErrors).toMatchObject([{ code: 'CONTROL_TOTAL_MISMATCH', path: ['consent'] }]);
    const { pool, money, to } = await twoAllocations();
    const fenced = await pool.allocate('5.00', { ringFence: 'Warm homes' });
    expect((await money.requestVirement(fenced, to, '1.00')).codes).toEqual(['RING_FENCE']);
    expect((await money.requestVirement(to, fenced, '1.00')).codes).toEqual(['RING_FENCE']);
    await money.move(fenced, to, '1.00', { consent: 'the owner of the ring-fence' });
    const alike = await pool.allocate('5.00', { ringFence: 'Warm homes' });
    await money.move(fenced, alike, '1.00');
    expect(await availableIn(fenced, to, alike)).toEqual(['3.00', '31.00', '6.00']);
  });

  it('is approved as it was asked for, once: HASH_MISMATCH, STALE_VERSION, ILLEGAL_TRANSITION, UNKNOWN_VIREMENT', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const { id } = done(await money.requestVirement(from, to, '25.00')).virement;
    expect((await money.approveVirement(id, { hash: 'other' })).codes).toEqual(['HASH_MISMATCH']);
    expect((await money.approveVirement(id, { expectedVersion: 7 })).codes).toEqual(['STALE_VERSION']);
    expect((await money.approveVirement(id, { effectiveOn: '2999-01-01' })).codes).toEqual(['BAD_USER_INPUT']);
    expect((await money.approveVirement('virement-none')).codes).toEqual(['UNKNOWN_VIREMENT']);
    expect(forbidden(await money.approveVirement(id, {}, 'publisher'))).toBe('FORBIDDEN');
    const stranger = await deed(world, 'other-department.approver', 'approveVirement', { virement: id });
    expect(forbidden(stranger)).toBe('FORBIDDEN');
    const input = { idempotencyKey: randomUUID() };
    done(await money.approveVirement(id, input));
    expect((await money.approveVirement(id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    expect(await money.approveVirement(id, input)).toMatchObject({ replayed: true, virement: { id } });
    expect(await journalOf(pool, 'VIREMENT')).toHaveLength(2);
  });

  it('is not approved by the person who asked for it: SEPARATION_OF_DUTIES', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const context = () => personWith(pool.host, 'publisher', 'approver', 'accounting-officer');
    const key = () => ({ idempotencyKey: randomUUID(), dryRun: false });
    const asked = { ...key(), from, to, amount: gbp('1.00'), reason: 'x' };
    const { virement } = await new RequestVirement().requestVirement(asked, context());
    const approval = { ...key(), virement: virement!.id };
    const { userErrors } = await new ApproveVirement().approveVirement(approval, context());
    expect(userErrors).toMatchObject([{ code: 'SEPARATION_OF_DUTIES' }]);
    done(await money.approveVirement(virement!.id));
  });

  it('above the limit of the pool is approved by the accounting officer only: LIMIT_EXCEEDED', async () => {
    const { money, from, to } = await twoAllocations({ virementLimit: gbp('20.00') });
    const { id } = done(await money.requestVirement(from, to, '20.01')).virement;
    const refused = await money.approveVirement(id);
    expect(refused.userErrors).toMatchObject([
      { __typename: 'LimitExceeded', code: 'LIMIT_EXCEEDED', limit: gbp('20.00') },
    ]);
    done(await money.approveVirement(id, {}, 'accounting-officer'));
    expect(await availableIn(from, to)).toEqual(['39.99', '50.01']);
  });

  it('counts with those between the same two allocations, in either direction, within 30 days: LIMIT_EXCEEDED', async () => {
    const { pool, money, from, to } = await twoAllocations({ virementLimit: gbp('20.00') });
    const third = await pool.allocate('10.00');
    await money.move(from, to, '12.00');
    await money.move(to, from, '5.00');
    await money.move(from, third, '20.00');
    const { id } = done(await money.requestVirement(from, to, '3.01')).virement;
    expect((await money.approveVirement(id)).codes).toEqual(['LIMIT_EXCEEDED']);
    await money.move(from, to, '3.00');
    expect((await money.approveVirement(id, { effectiveOn: '2026-03-01' })).codes).toEqual(['LIMIT_EXCEEDED']);
  });

  it('stands alone when what moved between them before was recorded and took effect over 30 days ago', async () => {
    const { pool, money, from, to } = await twoAllocations({ virementLimit: gbp('20.00') });
    const old = await movedLongAgo(pool, from, to, 1_500);
    expect(old).toBe('written');
    const { id } = done(await money.requestVirement(from, to, '19.00')).virement;
    expect((await money.approveVirement(id, { effectiveOn: '2025-07-15' })).codes).toEqual(['LIMIT_EXCEEDED']);
    done(await money.approveVirement(id, { effectiveOn: '2025-08-15' }));
    expect(await availableIn(from, to)).toEqual(['26.00', '64.00']);
  });

  it('takes what is available and not asked for, on its day and ever since: NOT_ENOUGH_FUNDS, PERIOD_CLOSED', async () => {
    const { pool, money, from, to } = await twoAllocations();
    await pool.draw(from, '50.00', '2025-09-01');
    const { id } = done(await money.requestVirement(from, to, '10.01')).virement;
    expect((await money.approveVirement(id)).userErrors).toMatchObject([{ available: gbp('10.00') }]);
    expect((await money.approveVirement(id, { effectiveOn: '2025-05-31' })).userErrors).toMatchObject([
      { code: 'NOT_ENOUGH_FUNDS', available: gbp('0.00') },
    ]);
    const closed = Array.from({ length: 12 }, (_, place) => `2025-26 P${String(place + 1).padStart(2, '0')}`);
    await owner.query('update pooled_budget set closed_periods = $2 where id = $1', [pool.id, closed]);
    expect((await money.approveVirement(id)).codes).toEqual(['PERIOD_CLOSED']);
    expect(await availableIn(from, to)).toEqual(['10.00', '30.00']);
  });

  it('is taken back before it is approved, not after: ILLEGAL_TRANSITION, STALE_VERSION, UNKNOWN_VIREMENT', async () => {
    const { money, from, to } = await twoAllocations();
    const { id } = done(await money.requestVirement(from, to, '1.00')).virement;
    const withdraw = (virement: string, input: object = {}) =>
      money.do('publisher', 'withdrawVirement', { virement, ...input });
    expect((await withdraw(id, { expectedVersion: 2 })).codes).toEqual(['STALE_VERSION']);
    expect((await withdraw('virement-none')).codes).toEqual(['UNKNOWN_VIREMENT']);
    expect(forbidden(await money.do('approver', 'withdrawVirement', { virement: id }))).toBe('FORBIDDEN');
    expect(done(await withdraw(id)).virement).toMatchObject({ state: 'WITHDRAWN' });
    expect((await money.approveVirement(id)).codes).toEqual(['ILLEGAL_TRANSITION']);
    const moved = await money.move(from, to, '1.00');
    expect((await withdraw(moved)).userErrors).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }]);
  });

  it('is not reversed by halves, nor is the allocation that it went into: NOT_REVERSIBLE', async () => {
    const { pool, money, from, to } = await twoAllocations();
    await money.move(from, to, '5.00');
    const reversed = async (kind: string, allocation: string) => {
      const sql = `select id from transfer where kind = $1 and allocation_id = $2`;
      return (await pool.reverse((await owner.query(sql, [kind, allocation])).rows[0].id)).codes;
    };
    expect(await reversed('VIREMENT', from)).toEqual(['NOT_REVERSIBLE']);
    expect(await reversed('VIREMENT', to)).toEqual(['NOT_REVERSIBLE']);
    expect(await reversed('ALLOCATION', to)).toEqual(['NOT_REVERSIBLE']);
    expect(await reversed('ALLOCATION', from)).toEqual(['NOT_ENOUGH_FUNDS']);
    await money.move(to, from, '5.00');
    expect(await reversed('ALLOCATION', to)).toEqual([]);
  });

  it('as a dry run answers as if it were done and leaves nothing', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const journal = await journalOf(pool);
    const dry = { dryRun: true };
    expect(done(await money.requestVirement(from, to, '1.00', dry)).virement.state).toBe('REQUESTED');
    const { id } = done(await money.requestVirement(from, to, '1.00')).virement;
    expect(done(await money.approveVirement(id, dry)).virement.state).toBe('APPROVED');
    expect(done(await money.do('publisher', 'withdrawVirement', { virement: id, ...dry })).virement.state).toBe(
      'WITHDRAWN',
    );
    const { rows } = await owner.query('select id, state from virement where pool_id = $1', [pool.id]);
    expect(rows).toEqual([{ id, state: 'REQUESTED' }]);
    expect(await journalOf(pool)).toEqual(journal);
  });

  it('for the last pound is done once of 20 at once', async () => {
    const { pool, money, from, to } = await twoAllocations();
    await pool.draw(from, '59.00', '2025-09-01');
    const asked = await Promise.all(Array.from({ length: 20 }, () => money.requestVirement(from, to, '1.00')));
    const answers = await Promise.all(asked.map(({ virement }) => money.approveVirement(virement.id)));
    const codes = answers.map(({ codes, errors }) => errors ?? codes[0] ?? 'done').sort();
    expect(codes).toEqual([...Array(19).fill('NOT_ENOUGH_FUNDS'), 'done']);
    expect(await availableIn(from, to)).toEqual(['0.00', '31.00']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('split among 20 people at once passes no limit', async () => {
    const { money, from, to } = await twoAllocations({ virementLimit: gbp('2.00') });
    const asked = await Promise.all(Array.from({ length: 20 }, () => money.requestVirement(from, to, '1.00')));
    const answers = await Promise.all(asked.map(({ virement }) => money.approveVirement(virement.id)));
    const codes = answers.map(({ codes, errors }) => errors ?? codes[0] ?? 'done').sort();
    expect(codes).toEqual([...Array(18).fill('LIMIT_EXCEEDED'), 'done', 'done']);
  });

  it('is read with its allocations and transfers, now and as known before, and hides people from the public', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const { virement } = done(await money.requestVirement(from, to, '1.00'));
    const asked = await owner.query('select recorded_at from virement where id = $1', [virement.id]);
    done(await money.approveVirement(virement.id));
    const document = `query ($id: ID!) { pooledBudget(id: $id) { virements { nodes { id state amount { amount } reason
      from { id } to { id } budget { id } requestedBy approvedBy transfers { kind virement { id } } } } } }`;
    const read = async (input: object) => (await ask(document, { id: pool.id }, input)).pooledBudget.virements.nodes;
    const content = { id: virement.id, amount: { amount: '1.00' }, reason: 'It is needed there' };
    const half = { kind: 'VIREMENT', virement: { id: virement.id } };
    const whole = { ...content, from: { id: from }, to: { id: to }, budget: { id: pool.id } };
    const people = { requestedBy: 'host-department.publisher', approvedBy: 'host-department.approver' };
    expect(await read({ as: 'national-audit-office.auditor' })).toEqual([
      { ...whole, ...people, state: 'APPROVED', transfers: [half, half] },
    ]);
    const nobody = { requestedBy: null, approvedBy: null };
    expect(await read({ asKnownAt: asked.rows[0].recorded_at.toISOString() })).toEqual([
      { ...whole, ...nobody, state: 'REQUESTED', transfers: [] },
    ]);
  });
});

const virementRow = `insert into virement (id, pool_id, currency, from_id, to_id, amount_minor, reason, consent, hash, state,
  requested_by, approved_by, approved_as) values ($1, $2, 'GBP', $3, $4, $5, 'by hand', $6, 'h', $7, 'by hand', $8, $9)`;

const halves = async (pool: PoolForTests, id: string, from: string, to: string, minor: number, row: object = {}) => {
  const available = await accountOf(owner, pool, 'ALLOCATION_AVAILABLE');
  const unallocated = await accountOf(owner, pool, 'UNALLOCATED');
  const half = (allocation_id: string, lines: ByHand['lines']): ByHand => ({
    ...{ kind: 'VIREMENT', row: { virement_id: id, allocation_id, ...row }, lines },
  });
  return [
    half(from, [
      [available, -minor],
      [unallocated, minor],
    ]),
    half(to, [
      [unallocated, -minor],
      [available, minor],
    ]),
  ];
};

/** A virement that took effect, and was recorded, on 2025-07-01. */
async function movedLongAgo(pool: PoolForTests, from: string, to: string, minor: number): Promise<string> {
  const id = `virement-${randomUUID()}`;
  const then = { effective_on: '2025-07-01', recorded_at: '2025-07-01T12:00:00Z' };
  return writeByHand(owner, pool, await halves(pool, id, from, to, minor, then), [
    [virementRow, [id, pool.id, from, to, minor, null, 'APPROVED', 'somebody', 'approver']],
  ]);
}

describe('the database, asked by hand to move money between allocations,', () => {
  const both = async (attempt: (client: Client) => Promise<string>) => [await attempt(service), await attempt(owner)];
  const approvedRow = (pool: PoolForTests, from: string, to: string, more: { consent?: string; as?: string } = {}) => {
    const id = `virement-${randomUUID()}`;
    const params = [id, pool.id, from, to, 500, more.consent ?? null, 'APPROVED', 'somebody', more.as ?? 'approver'];
    return { id, sql: [[virementRow, params]] as [string, unknown[]][] };
  };

  it('takes a whole virement, and refuses it unmoved, by halves, of another amount or on two days', async () => {
    const { pool, from, to } = await twoAllocations();
    const attempt = (shape: (moves: ByHand[]) => ByHand[], minor = 500) =>
      both(async (client) => {
        const { id, sql } = approvedRow(pool, from, to);
        return writeByHand(client, pool, shape(await halves(pool, id, from, to, minor)), sql);
      });
    expect(await attempt((moves) => moves)).toEqual(['written', 'written']);
    expect(await attempt(() => [])).toEqual(['HB007', 'HB007']);
    expect(await attempt(([taken]) => [taken!])).toEqual(['HB007', 'HB007']);
    expect(await attempt(([, given]) => [given!])).toEqual(['HB007', 'HB007']);
    expect(await attempt((moves) => moves, 499)).toEqual(['HB007', 'HB007']);
    const later = ([taken, given]: ByHand[]) => [
      taken!,
      { ...given!, row: { ...given!.row, effective_on: '2025-10-02' } },
    ];
    expect(await attempt(later)).toEqual(['HB007', 'HB007']);
    expect(await faultsIn(owner, pool)).toEqual([]);
  });

  it('refuses one across pools, years, control totals or ring-fences without its consent', async () => {
    const [one, other, totals] = [await twoAllocations(), await twoAllocations(), await twoControlTotals()];
    const fenced = await one.pool.allocate('5.00', { ringFence: 'Warm homes' });
    const attempt = (pool: PoolForTests, from: string, to: string, consent?: string) =>
      both((client) => writeByHand(client, pool, [], approvedRow(pool, from, to, { consent }).sql));
    expect(await attempt(one.pool, one.from, other.to, 'the board')).toEqual(['HB014', 'HB014']);
    expect(await attempt(totals.pool, totals.from, totals.to)).toEqual(['HB014', 'HB014']);
    expect(await attempt(one.pool, fenced, one.to)).toEqual(['HB014', 'HB014']);
    const unmoved = await attempt(one.pool, fenced, one.to, 'the owner of the ring-fence');
    expect(unmoved).toEqual(['HB007', 'HB007']);
    const pool = await new PoolForTests(world).open({ annual: true });
    const [from, to] = await Promise.all(
      ['2025-26', '2026-27'].map(
        async (financialYear) => (await pool.propose('1.00', { financialYear })).allocation.id,
      ),
    );
    expect(await attempt(pool, from, to, 'the board')).toEqual(['HB014', 'HB014']);
  });

  it('refuses an approver above the limit, however it is split, and its approval by who asked', async () => {
    const { pool, from, to } = await twoAllocations({ virementLimit: gbp('7.00') });
    const attempt = (as: string) =>
      both(async (client) => {
        const { id, sql } = approvedRow(pool, from, to, { as });
        return writeByHand(client, pool, await halves(pool, id, from, to, 500), sql);
      });
    expect(await attempt('approver')).toEqual(['written', 'HB010']);
    expect(await attempt('accounting-officer')).toEqual(['written', 'written']);
    const own = `update virement set state = 'APPROVED', approved_by = requested_by where pool_id = '${pool.id}'`;
    expect(await both((client) => writeByHand(client, pool, [], [[own, []]]))).toEqual([
      ...['approved_by_another_person', 'approved_by_another_person'],
    ]);
  });

  it('refuses a reversal of one half, other content, and an allocation that is not approved and holds money', async () => {
    const { pool, money, from, to } = await twoAllocations();
    const id = await money.move(from, to, '5.00');
    const [taken] = await halves(pool, id, to, from, 500);
    const sql = `select id from transfer where virement_id = $1 and allocation_id = $2`;
    const { rows } = await owner.query(sql, [id, to]);
    const back = { ...taken!, row: { ...taken!.row, reverses_id: rows[0].id } };
    expect(await both((client) => writeByHand(client, pool, [back]))).toEqual(['HB004', 'HB004']);
    const change = (text: string) => both((client) => writeByHand(client, pool, [], [[text, [id]]]));
    expect(await change('update virement set amount_minor = 1 where id = $1')).toEqual(['42501', 'HB002']);
    const undone = `update virement set state = 'REQUESTED', approved_by = null, approved_as = null where id = $1`;
    expect(await change(undone)).toEqual(['HB007', 'HB007']);
    const unapproved = `update allocation set state = 'PROPOSED', approved_by = null, approved_hash = null,
      approved_as = null where id = (select to_id from virement where id = $1)`;
    expect(await change(unapproved)).toEqual(['HB007', 'HB007']);
  });
});
